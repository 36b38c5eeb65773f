import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.mjs';
import type { AccountChange } from '../simulator/contract.ts';
import { opensPage, showsStatus, signInAs, soon, useStage } from './stage.ts';
import { UsagePanelPage } from './usagePanel.ts';
import { addHistory, passSpacing } from './usageStore.ts';
import { notification, runCommand, screenshot, setTheme, statusItem, visibleText, type Theme } from './workbench.ts';

const fixtureTime = 1_795_449_600;
const hour = 3600;
const largest = 220_000;
const left = 'Plus · 5h 66% · wk 42% left';
const tall = { width: 1280, height: 1500 };
const usual = { width: 1280, height: 800 };

/** A captured response of the service, with some fields replaced. */
function captured(name: string, over: Record<string, unknown> = {}): AccountChange {
  const payload = JSON.parse(readFileSync(path.join(root, 'test', 'fixtures', 'usage', `${name}.json`), 'utf8')) as Record<string, unknown>;
  return { account: 'ada', reported: { payload: { ...payload, ...over }, at: fixtureTime } };
}

function used(five: number, weekly: number): AccountChange {
  const resets = { '5h': 2.2 * hour, weekly: 75 * hour };
  return {
    account: 'ada',
    used: { '5h': { percent: five, resetsInSeconds: resets['5h'] }, weekly: { percent: weekly, resetsInSeconds: resets.weekly } },
  };
}

const weekWindow = { used_percent: 10, limit_window_seconds: 604_800, reset_at: fixtureTime + 80 * hour };
const everySection = {
  plan_type: 'team',
  code_review_rate_limit: { allowed: true, limit_reached: false, primary_window: weekWindow },
  credits: { has_credits: true, unlimited: false, balance: '812', approx_local_messages: [40, 210], approx_cloud_messages: [10, 60] },
  spend_control: {
    reached: false,
    individual_limit: {
      source: 'individual',
      limit: '1000',
      used: '860',
      remaining: '140',
      used_percent: 86,
      reset_at: fixtureTime + 190 * hour,
    },
  },
  rate_limit_reset_credits: { available_count: 2 },
};

useStage(stage => {
  const panel = () => new UsagePanelPage(stage.window);
  const open = async (): Promise<UsagePanelPage> => {
    await runCommand(stage.window, 'ChatGPT: Show Usage');
    await panel().main.locator('h1').waitFor();
    return panel();
  };
  const clear = async () => {
    await runCommand(stage.window, 'Notifications: Clear All Notifications');
    await expect.poll(() => visibleText(stage.window), soon).toEqual({ dialogs: [], notifications: [] });
  };
  /** Refreshes usage, and waits until the panel shows this. */
  const refresh = async (headline: RegExp) => {
    passSpacing(stage.workbench);
    await panel().button('Refresh').click();
    await expect.poll(() => panel().main.innerText(), soon).toMatch(headline);
  };

  describe('the usage panel', () => {
    afterEach(async () => {
      await stage.window.setViewportSize(usual);
      await runCommand(stage.window, 'View: Close All Editors');
      await panel().tab.waitFor({ state: 'detached' });
    });

    // Unit tests check what each state says, a person how it looks, axe-core whether it is accessible.
    describe.each<Theme>(['dark', 'light', 'hc'])('the usage panel in the %s theme', theme => {
      const check = async (name: string) => {
        const { window } = stage;
        await window.mouse.move(200, 5);
        await expect.poll(() => panel().isFitting(), soon).toBe(true);
        expect(await panel().violations(), name).toEqual([]);
        expect(await panel().overflow(), name).toBe(0);
        expect((await screenshot(window, `usage-${name}-${theme}`)).length).toBeLessThan(largest);
      };

      it('limits and their history, as a chart and a table, are accessible', async () => {
        const { window, simulator, workbench } = stage;
        await setTheme(window, theme);
        await simulator.account(used(34, 58));
        await signInAs(stage, 'ada');
        await showsStatus(stage, left);
        addHistory(workbench, {
          now: Date.now(),
          '5h': { used: 34, left: 2.2 * hour },
          weekly: { used: 58, left: 75 * hour },
        });
        await clear();
        await open();
        await panel().meter('Weekly limit').waitFor();
        await expect
          .poll(() => panel().chart.getAttribute('aria-label'), soon)
          .toMatch(/^Weekly limit, 7 days: chart with \d{3} data points$/);
        await check('plus');
        await window.setViewportSize(tall);
        await panel().button('56 days').click();
        await panel().button('Show as Table').click();
        await panel().main.locator('tbody tr').nth(300).waitFor({ state: 'attached' });
        await check('history-56');
        await panel().button('Hide Table').click();
        await panel().button('5-hour limit').click();
        await expect.poll(() => panel().chart.getAttribute('aria-label'), soon).toMatch(/^5-hour limit, 56 days/);
        await check('history-5h-56');
        await panel().button('7 days').click();
        await panel().chart.focus();
        await window.keyboard.press('End');
        await window.keyboard.press('PageUp');
        await check('history-5h');
        await panel().button('Weekly limit').click();

        // Not by the Command Palette: the panel takes the focus back a moment later, which would close the next palette.
        const sideBar = window.locator('.part.titlebar [aria-label^="Toggle Primary Side Bar"]');
        await sideBar.click();
        await window.locator('.part.sidebar').waitFor({ state: 'hidden' });
        await window.setViewportSize({ width: 560, height: 1500 });
        await expect.poll(() => panel().overflow(), soon).toBe(0);
        await check('narrow');
        await window.setViewportSize(usual);
        await sideBar.click();
        await window.locator('.part.sidebar').waitFor();
      });

      it('every section and every blocking state is accessible', async () => {
        const { window, simulator } = stage;
        await setTheme(window, theme);
        await window.setViewportSize({ width: 1280, height: 2000 });
        await simulator.account(captured('04-pro-with-spark-additional-limits', everySection));
        await signInAs(stage, 'ada');
        await clear();
        await open();
        await panel().text('Estimated local messages').waitFor();
        await panel().meter('Code review: Weekly limit').waitFor();
        await check('everything');
        await window.setViewportSize(usual);
        for (const [name, state, says] of [
          ['blocked', captured('05-weekly-exhausted-blocks-5h'), /^Blocked by the weekly limit until/m],
          ['low', { reported: null, ...used(86, 58) }, /^5-hour limit is running low/m],
          ['critical', { reported: null, ...used(86, 98) }, /^Only 2% of the weekly limit left/m],
          ['credits', captured('07-enterprise-credits-no-windows'), /69,000 of 250,000 credits left/],
          ['out-of-credits', captured('06-team-weekly-exhausted-with-spend-control'), /^Workspace out of credits/m],
          ['nothing', captured('09-no-rate-limit-object', { credits: null }), /^OpenAI reported no usage limits/m],
        ] as const) {
          await simulator.account(state);
          await refresh(says);
          await clear();
          await check(name);
        }
      });

      it('the signed-out, loading, failing and expired states are accessible', async () => {
        const { window, simulator } = stage;
        await setTheme(window, theme);
        await open();
        await panel().says("Sign in with ChatGPT to see your plan's limits.");
        await check('signed-out');

        await simulator.set({ usageDelayMs: 3_000 });
        await signInAs(stage, 'ada');
        await panel().says('Loading your usage…');
        await check('loading');
        await panel().meter('5-hour limit').waitFor();
        await simulator.set({ usageDelayMs: 0 });
        await clear();

        await simulator.fail({ route: 'usage', fault: { status: 500 }, times: 10 });
        await refresh(/The service is currently unavailable or too busy\./);
        await panel().meter('5-hour limit').waitFor();
        await check('trouble');
        await simulator.reset();
        await expect.poll(() => simulator.expireSession('ada'), soon).toBe(1);
        await refresh(/^Your ChatGPT session has expired\.$/m);
        // Dismissed by its own button: clearing all leaves out what is in progress.
        await notification(window, 'has expired').getByRole('button', { name: 'Cancel' }).click();
        await clear();
        await check('ended');
        await simulator.set({ autoApprove: 'ada' });
        const page = await opensPage(stage, () => panel().button('Sign In Again').click());
        await page.getByText("You're signed in").waitFor();
        await page.close();
        await simulator.set({ autoApprove: null });
        await window.bringToFront();
        await panel().banner.waitFor({ state: 'detached' });
      });
    });

    it('the page is small, loads nothing, and has no inline style', async () => {
      await open();
      const { size, fetched, styled } = await panel().main.evaluate(main => {
        const { ownerDocument } = main;
        // VS Code adds a style sheet of its own.
        const parts = [...ownerDocument.querySelectorAll('script, style')].map(({ textContent }) => textContent);
        return {
          size: new Blob([...parts, ownerDocument.body.innerHTML]).size,
          fetched: ownerDocument.querySelectorAll('[src], [href]').length,
          styled: ownerDocument.body.querySelectorAll('[style]').length,
        };
      });
      expect(size).toBeGreaterThan(10_000);
      expect(size).toBeLessThan(60 * 1024);
      expect([fetched, styled]).toEqual([0, 0]);
    });

    it('an unreachable service is reported before the first reading', async () => {
      await stage.simulator.fail({ route: 'usage', fault: 'drop', times: 20 });
      await signInAs(stage, 'ada');
      await open();
      await panel().says(/(Can't reach|Couldn't load usage).+ Next attempt/);
      await screenshot(stage.window, 'usage-offline');
      expect(await panel().violations()).toEqual([]);
    });

    it('a click on the status bar opens the panel, which refreshes by command and shows one account at a time', async () => {
      const { window, simulator } = stage;
      await simulator.account(used(34, 58));
      await signInAs(stage, 'ada');
      await showsStatus(stage, left);
      await statusItem(window).click();
      await panel().meter('Weekly limit').waitFor();
      expect(await panel().meter('Weekly limit').getAttribute('aria-valuenow')).toBe('42');
      expect(await panel().meter('Weekly limit').getAttribute('aria-valuetext')).toMatch(/^Weekly limit 42 percent left, resets \w+/);

      await signInAs(stage, 'pia');
      const select = panel().main.getByLabel('Account');
      await select.selectOption({ label: stage.label('pia@example.com') });
      await panel().main.locator('dd').getByText('Pro', { exact: true }).waitFor();
      await panel().meter('5-hour limit').waitFor({ state: 'detached' });
      // Accounts are read one after the other, seconds apart.
      await panel().meter('Weekly limit').waitFor();
      await clear();
      await screenshot(window, 'usage-accounts');
      expect(await panel().violations()).toEqual([]);
      // A second click brings the panel to the front unchanged.
      await statusItem(window).click();
      await expect.poll(() => panel().hasKeyboard(), soon).toBe(true);
      expect(await panel().tab.count()).toBe(1);
      await expect.poll(() => select.inputValue(), soon).not.toBe('');
      expect(await select.locator('option:checked').innerText()).toBe(stage.label('pia@example.com'));
    });

    it('the panel works with the keyboard alone, in reading order', async () => {
      const { window, simulator, workbench } = stage;
      await simulator.account(used(34, 58));
      await signInAs(stage, 'ada');
      await showsStatus(stage, left);
      addHistory(workbench, { now: Date.now(), '5h': { used: 34, left: 2.2 * hour }, weekly: { used: 58, left: 75 * hour } });
      await open();
      await expect.poll(() => panel().chart.getAttribute('aria-label'), soon).toMatch(/chart with \d{3} data points$/);
      await panel().button('Refresh').focus();
      const order = [await panel().focused()];
      for (let step = 0; step < 10; step++) {
        await window.keyboard.press('Tab');
        order.push(await panel().focused());
      }
      expect(order).toEqual([
        ...['Refresh', 'Copy Diagnostics', 'Export History…', 'Open ChatGPT Usage Page'],
        ...['5-hour limit', 'Weekly limit', '7 days', '30 days', '56 days'],
        expect.stringMatching(/^Weekly limit, 7 days: chart with \d+ data points$/),
        'Show as Table',
      ]);

      await window.keyboard.press('Shift+Tab');
      await window.keyboard.press('End');
      await expect.poll(() => panel().announcement.innerText(), soon).toMatch(/ · 58% used · 42% left$/);
      const last = await panel().announcement.innerText();
      await window.keyboard.press('ArrowLeft');
      await expect.poll(() => panel().announcement.innerText(), soon).not.toBe(last);
      await window.keyboard.press('Home');
      const first = await panel().announcement.innerText();
      await window.keyboard.press('ArrowLeft');
      expect(await panel().announcement.innerText()).toBe(first);
      await window.keyboard.press('Tab');
      await window.keyboard.press('Enter');
      await panel().main.getByRole('table', { name: 'Weekly limit, 7 days, newest first' }).waitFor();
      expect(await panel().focused()).toBe('Hide Table');
    });

    it('the selection is kept while the panel is hidden, and across a reload', async () => {
      const { window, simulator } = stage;
      await simulator.account(used(34, 58));
      await signInAs(stage, 'ada');
      await showsStatus(stage, left);
      await open();
      await panel().button('30 days').click();
      await panel().button('5-hour limit').click();
      await panel().button('Show as Table').click();
      const isAsLeft = async () => {
        await panel().button('Hide Table').waitFor();
        await expect.poll(() => panel().chart.getAttribute('aria-label'), soon).toMatch(/^5-hour limit, 30 days/);
      };
      await isAsLeft();
      await runCommand(window, 'File: New Untitled Text File');
      await panel().main.waitFor({ state: 'detached' });
      await panel().tab.click();
      await isAsLeft();
      // The command stores first what is open; the browser's reload does not.
      const loaded = window.waitForEvent('load');
      await runCommand(window, 'Developer: Reload Window');
      await loaded;
      await panel().tab.waitFor();
      await panel().tab.click();
      await isAsLeft();
      await panel().button('7 days').click();
      await panel().button('Weekly limit').click();
    });

    it("the panel copies diagnostics without personal data, exports the history and opens the service's page", async () => {
      const { window, simulator } = stage;
      await simulator.account(used(34, 58));
      await signInAs(stage, 'ada');
      await showsStatus(stage, left);
      await open();
      await panel().button('Copy Diagnostics').click();
      await notification(window, 'Copied the diagnostics to the clipboard.').waitFor();
      const text = await window.evaluate(() => navigator.clipboard.readText());
      expect(text).not.toMatch(/ada|@|user-/i);
      expect(JSON.parse(text)).toMatchObject({ account: { plan: 'plus' }, snapshot: { windows: [{ used: 34 }, { used: 58 }] } });
      await panel().button('Export History…').click();
      await window.locator('.quick-input-widget:visible').getByText('Export Usage History').waitFor();
      await window.keyboard.press('Escape');
      const page = await opensPage(stage, () => panel().button('Open ChatGPT Usage Page').click());
      expect(page.url()).toBe(`${new URL(simulator.issuer).origin}/codex/settings/usage`);
      await page.close();
    });
  });
});
