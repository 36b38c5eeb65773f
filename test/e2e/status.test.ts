import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.mjs';
import type { AccountChange, FaultOrder } from '../simulator/contract.ts';
import { opensPage, showsStatus, signedOutText, signingInText, signInAs, signOutByCommand, soon, tooltip, useStage } from './stage.ts';
import { UsagePanelPage } from './usagePanel.ts';
import { inUsage, passSpacing, passTime } from './usageStore.ts';
import { notification, runCommand, statusItem } from './workbench.ts';

const fixtureTime = 1_795_449_600;
const hour = 3600;

/** A captured response of the service, with some fields replaced. */
function captured(name: string, over: Record<string, unknown> = {}): Omit<AccountChange, 'account'> {
  const payload = JSON.parse(readFileSync(path.join(root, 'test', 'fixtures', 'usage', `${name}.json`), 'utf8')) as Record<string, unknown>;
  return { reported: { payload: { ...payload, ...over }, at: fixtureTime } };
}

const used = (five: number, weekly: number): Omit<AccountChange, 'account'> => ({
  used: { '5h': { percent: five, resetsInSeconds: 2.2 * hour }, weekly: { percent: weekly, resetsInSeconds: 75 * hour } },
});
const fault = (each: FaultOrder['fault']): FaultOrder => ({ route: 'usage', times: 10, fault: each });

interface Case {
  readonly what: string;
  readonly state: Omit<AccountChange, 'account'> | FaultOrder;
  readonly text: string | RegExp;
  readonly label: RegExp;
  /** A line of the tooltip. */
  readonly says: RegExp;
  readonly kind?: 'warning' | 'error';
}

const cases: Case[] = [
  {
    what: 'a limit that runs low',
    state: used(86, 58),
    text: 'Plus · 5h 14% · wk 42% left',
    label: /^Warning\. 5-hour limit 14 percent left, resets .+\. Weekly limit 42 percent left, .+\.$/,
    says: /^5-hour limit is running low; resets .+\.$/,
    kind: 'warning',
  },
  {
    what: 'a weekly limit that is used up beside an unused 5-hour limit',
    state: captured('05-weekly-exhausted-blocks-5h'),
    text: /^wk used up · .+[AP]M$/,
    label: /^ChatGPT blocked by the weekly limit until .+\.$/,
    says: /^Blocked by the weekly limit until .+\. You can't use the 5-hour limit \(99% left\) until then\.$/,
    kind: 'error',
  },
  {
    what: 'a service that cannot be reached',
    state: fault('drop'),
    text: 'ChatGPT',
    label: /^ChatGPT usage unavailable, offline\.$/,
    says: /^(Can't reach .+|Couldn't load usage\. .+) Next attempt: .+\.$/,
  },
];

useStage(stage => {
  /** The color kind of the item; undefined for the plain one. */
  const kind = async () => {
    const classes = (await statusItem(stage.window).getAttribute('class')) ?? '';
    return /\b(warning|error)-kind\b/.exec(classes)?.[1];
  };

  /** Refreshes usage by command, as if a while after the last response. */
  const refresh = async () => {
    passSpacing(stage.workbench);
    await runCommand(stage.window, 'ChatGPT: Refresh Usage');
  };

  describe('the status bar', () => {
    it.each(cases)('the status bar shows $what', async ({ state, text, label, says, kind: wanted }) => {
      if ('route' in state) await stage.simulator.fail(state);
      else await stage.simulator.account({ account: 'ada', ...state });
      await signInAs(stage, 'ada');
      await showsStatus(stage, text, label);
      const lines = await tooltip(stage);
      expect(lines[0]).toContain(stage.label('ada@example.com'));
      expect(lines).toContainEqual(expect.stringMatching(says));
      expect(await kind()).toBe(wanted);
    });

    it('clicking the signed-out status bar starts a sign-in, which it then shows', async () => {
      const { window, panel } = stage;
      await showsStatus(stage, signedOutText, 'ChatGPT, not signed in. Sign in.');
      const page = await opensPage(stage, () => statusItem(window).click());
      await showsStatus(stage, signingInText, 'ChatGPT, signing in.');
      await window.bringToFront();
      await page.close();
      await panel.button('Cancel').click();
      await showsStatus(stage, signedOutText, 'ChatGPT, not signed in. Sign in.');
    });

    it('the status bar shows that usage is loading, then the usage, and keeps it while the tooltip refreshes it', async () => {
      const { window, simulator } = stage;
      await simulator.set({ usageDelayMs: 2000 });
      await Promise.all([signInAs(stage, 'ada'), showsStatus(stage, 'ChatGPT', 'ChatGPT usage, loading.')]);
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      await simulator.account({ account: 'ada', used: { '5h': 50, weekly: 99.5 } });
      await simulator.set({ usageDelayMs: 0 });
      passSpacing(stage.workbench);
      await tooltip(stage);
      await window.locator('.workbench-hover').getByText('Refresh', { exact: true }).click();
      await showsStatus(stage, /^wk <1% left · /, /^Critical\. Weekly limit less than 1 percent left until /);
    });

    it('a limit whose reset has passed is shown as not confirmed until the service responds', async () => {
      await stage.simulator.account({ account: 'ada', used: { '5h': { percent: 85, resetsInSeconds: 12 }, weekly: 58 } });
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 15% · wk 42% left', /^Warning/);
      await showsStatus(
        stage,
        'Plus · 5h – · wk 42% left',
        /^ChatGPT Plus\. 5-hour limit should have reset .+, not confirmed yet\. Weekly/,
      );
      expect(await tooltip(stage)).toContainEqual(
        expect.stringMatching(/^5-hour limit should have reset .+; waiting for OpenAI to confirm\.$/),
      );
    });

    it.each([
      ['a browser check', 'html', /As of .+, .+\. Usage refresh paused\.$/],
      ['a 429 with Retry-After', { retryAfterSeconds: 1800, as: 'seconds' }, /As of .+, .+\. Next attempt: .+\.$/],
    ] as const)('the last reading stays, without a color, after %s', async (_what, each, label) => {
      const { simulator } = stage;
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      await simulator.fail(fault(each));
      await refresh();
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left', label);
      expect(await kind()).toBeUndefined();
    });

    it('a failure to read usage is explained, and the usage shown once it works again', async () => {
      const { window, simulator } = stage;
      await simulator.fail({ route: 'usage', fault: { status: 500 }, times: 10 });
      await signInAs(stage, 'ada');
      const sentence = "Couldn't load usage. The service is currently unavailable or too busy.";
      await showsStatus(stage, 'ChatGPT', new RegExp(`^ChatGPT usage unavailable\\. ${sentence} Next attempt: .+\\.$`));
      expect((await tooltip(stage)).slice(1, 3)).toEqual(['Included in your ChatGPT plan', expect.stringContaining(sentence)]);
      // A scheduled reading that fails shows no notification; one by command does.
      expect(await notification(window, 'not available').count()).toBe(0);
      await refresh();
      const notice = notification(window, 'The service is currently unavailable or too busy.');
      await notice.waitFor();
      await simulator.reset();
      passSpacing(stage.workbench);
      await notice.getByRole('button', { name: 'Try Again' }).click();
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
    });

    it('a 401 that is not about the token keeps the reading and the session, and spends no refresh token', async () => {
      const { simulator } = stage;
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      await simulator.fail(fault({ status: 401, body: { detail: 'Workspace is not authorized in this region.' } }));
      const invalidated = { error: { code: 'refresh_token_invalidated' } };
      await simulator.fail({ route: 'refresh', fault: { status: 401, body: invalidated }, times: 10 });
      await refresh();
      await expect.poll(async () => (await tooltip(stage)).join('\n'), soon).toContain('refuses to report the usage of this account.');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left', /^ChatGPT Plus\. 5-hour limit 66 percent left/);
      expect(await kind()).toBeUndefined();
      expect(await notification(stage.window, 'Sign in again').count()).toBe(0);
      expect(await simulator.counts()).toMatchObject({ usage: 2, refresh: 0 });
      expect(await simulator.sessions()).toMatchObject([{ account: 'ada', generation: 0 }]);
    });

    it('an old reading shows its age, without a color', async () => {
      const { simulator, workbench } = stage;
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      await simulator.fail(fault('drop'));
      passTime(workbench, 20 * 60_000);
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left', /As of .+, 20 minutes ago\.$/);
      expect(await kind()).toBeUndefined();
    });

    it('an inactive workspace is shown once a second response confirms it', async () => {
      const { simulator, workbench } = stage;
      await simulator.fail(fault({ status: 402, body: { detail: { code: 'deactivated_workspace' } } }));
      await signInAs(stage, 'ben');
      await showsStatus(stage, 'ChatGPT', /^ChatGPT usage unavailable\. Couldn't load usage\. .+ Next attempt: .+\.$/);
      passTime(workbench, 2 * 60_000);
      await showsStatus(stage, 'ChatGPT: Choose workspace', 'ChatGPT workspace no longer active. Sign in to another workspace.');
      expect(await kind()).toBe('warning');
    });

    it('an expired session is shown, and a click on the status bar signs in again', async () => {
      const { window, simulator } = stage;
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      expect(await simulator.expireSession('ada')).toBe(1);
      await refresh();
      await showsStatus(stage, 'ChatGPT: Sign in again', 'ChatGPT session expired. Sign in again.');
      await notification(window, `The session of ${stage.label('ada@example.com')} has expired. Sign in again to continue.`).waitFor();
      expect(await kind()).toBe('warning');
      const lines = await tooltip(stage);
      expect(lines[0]).toContain(stage.label('ada@example.com'));
      expect(lines[2]).toMatch(/^Your ChatGPT session has expired\. Last usage update: .+\.$/);
      await runCommand(window, 'Notifications: Clear All Notifications');

      await simulator.set({ autoApprove: 'ada' });
      const page = await opensPage(stage, () => statusItem(window).click());
      await page.getByText("You're signed in").waitFor();
      await window.bringToFront();
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      await simulator.set({ autoApprove: null });
      await signOutByCommand(stage);
    });
  });

  describe('an alert', () => {
    it('an alert opens the usage panel, and can mute its limit until the reset', async () => {
      const { window, simulator, workbench } = stage;
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      const marks = () =>
        inUsage(workbench, "SELECT value ->> 'kind' AS kind, value ->> 'windowId' AS id FROM usage, json_each(marks)").map(
          ({ kind, id }) => `${String(kind)} ${String(id)}`,
        );
      await simulator.account({ account: 'ada', used: { '5h': 100, weekly: 58 } });
      await refresh();
      const five = notification(window, /ChatGPT 5-hour limit: used up\./);
      await five.getByRole('button', { name: 'Show Usage' }).click();
      const panel = new UsagePanelPage(window);
      await panel.meter('Weekly limit').waitFor();
      await expect.poll(() => panel.hasKeyboard(), soon).toBe(true);
      await runCommand(window, 'View: Close All Editors');
      expect(marks()).not.toContain('back codex:5h');

      await simulator.account({ account: 'ada', used: { '5h': 100, weekly: 100 } });
      await refresh();
      const weekly = notification(window, /ChatGPT weekly limit: used up\./);
      await weekly.getByRole('button', { name: 'Mute Until Reset' }).click();
      await expect.poll(marks, soon).toContain('back codex:weekly');
      expect(marks()).not.toContain('back codex:5h');
    });
  });

  describe('a limit that is given back under the same reset', () => {
    it('each time that it is used up is told once, and its return once', async () => {
      const { window, simulator, workbench } = stage;
      const readAs = async (percent: number) => {
        await simulator.account({ account: 'ada', used: { weekly: { percent, keepsReset: true } } });
        const { usage } = await simulator.counts();
        passTime(workbench, 2 * 60_000);
        await refresh();
        await expect.poll(async () => (await simulator.counts()).usage, soon).toBe(usage + 1);
      };
      const marks = () =>
        inUsage(workbench, "SELECT value ->> 'kind' AS kind FROM usage, json_each(marks) WHERE value ->> 'windowId' = 'codex:weekly'").map(
          ({ kind }) => kind,
        );
      const usedUp = notification(window, /ChatGPT weekly limit: used up\./);
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      await readAs(100);
      await usedUp.waitFor();
      await showsStatus(stage, /^wk used up · /);
      await runCommand(window, 'Notifications: Clear All Notifications');
      await readAs(0);
      await showsStatus(stage, 'Plus · 5h 66% · wk 100% left');
      expect(marks()).not.toContain('back');
      await readAs(0);
      await expect.poll(marks, soon).toContain('back');
      await readAs(100);
      await usedUp.waitFor();
      await readAs(100);
      await showsStatus(stage, /^wk used up · /);
      expect(await usedUp.count()).toBe(1);
      expect(marks().filter(kind => kind === 'spent')).toHaveLength(2);
    });
  });

  describe('the usage history', () => {
    it.each(['csv', 'json'])('the history is exported as %s to the chosen file', async format => {
      const { window, workbench } = stage;
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      const file = path.join(workbench.home, `history.${format}`);
      await runCommand(window, 'ChatGPT: Export Usage History');
      const dialog = window.locator('.quick-input-widget:visible');
      const name = dialog.locator('input').first();
      await expect.poll(() => name.inputValue(), soon).toMatch(/chatgpt-usage-\d{4}-\d\d-\d\d\.csv$/);
      await name.fill(file);
      // The dialog accepts a key only after it has read the folder.
      const gone = async () => {
        await name.press('Enter', { timeout: 1000 }).catch(() => undefined);
        return await dialog.isHidden();
      };
      await expect.poll(gone, { timeout: 20_000, interval: 500 }).toBe(true);
      await notification(window, 'Exported 2 data points.').waitFor();
      const text = await readFile(file, 'utf8');
      if (format === 'json')
        expect(JSON.parse(text)).toMatchObject({ samples: [{ window: 'codex:5h', used_percent: 34 }, { used_percent: 58 }] });
      else expect(text).toMatch(/^window,at,.*\r\ncodex:5h,.*,34,/);
    });

    it('the history is deleted with its account', async () => {
      const { workbench } = stage;
      const stored = () => inUsage(workbench, 'SELECT (SELECT count(*) FROM usage) AS readings, (SELECT count(*) FROM sample) AS samples');
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      expect(stored()).toEqual([{ readings: 1, samples: 2 }]);
      await signOutByCommand(stage);
      await expect.poll(stored, soon).toEqual([{ readings: 0, samples: 0 }]);
    });
  });
});
