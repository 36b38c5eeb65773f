import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  choose,
  decide,
  offersSignIn,
  opensPage,
  quickPick,
  showsStatus,
  signedOutText,
  signInAs,
  signOutByCommand,
  soon,
  statusText,
  tooltip,
  useStage,
} from './stage.ts';
import { UsagePanelPage } from './usagePanel.ts';
import { accountsMenuLabels, dialogButton, notification, runCommand } from './workbench.ts';

const menuText = 'Select an account or an action';

useStage(stage => {
  const inAccountsMenu = async () =>
    (await accountsMenuLabels(stage.window)).filter(label => label.endsWith(' (ChatGPT)')).map(label => label.replace(' (ChatGPT)', ''));

  describe('several accounts', () => {
    it('several accounts, also two workspaces of one person, are signed in side by side, and the session of that person ends with the last of them [R33]', async () => {
      const { window, simulator } = stage;
      await signInAs(stage, 'ada');
      await signInAs(stage, { account: 'sam', workspace: 'personal' });
      await signInAs(stage, { account: 'sam', workspace: 'team' });
      const ada = stage.label('ada@example.com');
      const sam = stage.label('sam@example.com');
      const team = stage.label('sam@example.com', 'Rivers Design Team');
      await expect.poll(inAccountsMenu, soon).toEqual([ada, sam, team]);

      await runCommand(window, 'ChatGPT: Sign Out');
      const question = quickPick(window, 'Select an account to sign out of');
      const choices = question.getByRole('option');
      await choices.first().waitFor();
      expect(await choices.evaluateAll(rows => rows.map(row => row.getAttribute('aria-label')))).toEqual([
        expect.stringContaining(`${ada}, Plus`),
        expect.stringContaining(`${sam}, Plus`),
        expect.stringContaining(`${team}, Business`),
      ]);
      await choices.filter({ hasText: sam }).click();
      await dialogButton(window, 'Sign Out').waitFor();
      const text = await window.locator('.monaco-dialog-box').innerText();
      expect(text).toContain(`Sign out of ${sam}?`);
      expect(text).toContain(
        `Other accounts of the same user are signed in here: ${team}. The session ends when you sign out of the last one.`,
      );
      await dialogButton(window, 'Sign Out').click();
      await expect.poll(inAccountsMenu, soon).toEqual([ada, team]);
      await notification(window, `Signed out of ${sam} on this computer. The session ends when you also sign out of ${team}.`).waitFor();
      expect((await simulator.counts()).revoke).toBe(0);

      // The other workspace still works: its usage is read again.
      const before = (await simulator.counts()).usage;
      await runCommand(window, 'ChatGPT: Refresh Usage');
      await expect.poll(async () => (await simulator.counts()).usage, soon).toBeGreaterThan(before);
      expect((await simulator.requests()).filter(({ kind, status }) => kind === 'usage' && status === 401)).toEqual([]);

      await runCommand(window, 'ChatGPT: Sign Out');
      await question.getByRole('option').filter({ hasText: team }).click();
      await dialogButton(window, 'Sign Out').waitFor();
      expect(await window.locator('.monaco-dialog-box').innerText()).toContain("and so may the Codex CLI's.");
      await dialogButton(window, 'Sign Out').click();
      const sessions = async () => (await simulator.sessions()).map(({ account, workspace }) => `${account} ${workspace}`);
      await expect.poll(sessions, soon).toEqual(['ada personal']);
      await offersSignIn(stage, false);
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
    });

    it('signing in to the same account again keeps it signed in, at a service where a revocation ends every session [R33]', async () => {
      const { window, simulator } = stage;
      // So short that it is refreshed whenever usage is read.
      await simulator.set({ accessTokenSeconds: 1 });
      await signInAs(stage, 'ada');
      await signInAs(stage, 'ada');
      expect(await inAccountsMenu()).toEqual([stage.label('ada@example.com')]);
      const { refresh } = await simulator.counts();
      await runCommand(window, 'ChatGPT: Refresh Usage');
      await expect.poll(async () => (await simulator.counts()).refresh, soon).toBeGreaterThan(refresh);
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      expect((await simulator.counts()).revoke).toBe(0);
      // Both live, and the newer one was refreshed: nothing was lost with the superseded one.
      expect(await simulator.sessions()).toMatchObject([{ account: 'ada' }, { account: 'ada' }]);
      expect((await simulator.sessions()).at(-1)?.generation).toBeGreaterThan(0);
    });
  });

  describe('a workspace whose name is no mere name', () => {
    const link = '[Renew](command:workbench.action.terminal.new)';

    it('its name is shown as text in messages, menus, pickers, the tooltip and the panel: no link, no icon [R74]', async () => {
      const { window, simulator } = stage;
      const rename = (workspaceName: string) => simulator.account({ account: 'sam', workspace: 'team', workspaceName });
      const isHarmless = async (shown: Locator) => {
        await shown.waitFor();
        expect(await shown.innerText()).toMatch(/Acme\) \[Renew\] ?\(/);
        expect(await shown.locator('a[data-href*="terminal"], a[href*="terminal"], a[title*="terminal"], .codicon-flame').count()).toBe(0);
      };
      await rename(`Acme) ${link}$(flame)`);
      try {
        await signInAs(stage, { account: 'sam', workspace: 'team' });
        await isHarmless(notification(window, 'Signed in as sam@example.com'));
        expect(await inAccountsMenu()).toEqual([expect.stringContaining('sam@example.com (Acme) [Renew] (')]);
        await runCommand(window, 'ChatGPT: Manage Accounts');
        const row = quickPick(window, menuText).getByRole('option', { name: 'sam@example.com' });
        await isHarmless(row);
        await row.click();
        await quickPick(window, menuText).getByRole('option', { name: 'Sign Out…' }).waitFor();
        await isHarmless(window.locator('.quick-input-titlebar'));
        await window.keyboard.press('Escape');
        expect((await tooltip(stage))[0]).toMatch(/^Business · sam@example\.com \(Acme\) \[Renew\] \(/);
        expect(await window.locator('.workbench-hover a[data-href*="terminal"], .workbench-hover .codicon-flame').count()).toBe(0);
        await runCommand(window, 'ChatGPT: Show Usage');
        const { main } = new UsagePanelPage(window);
        await main.locator('dd', { hasText: 'Acme) [Renew] (' }).first().waitFor();
        expect(await main.locator('a').count()).toBe(0);
        await runCommand(window, 'View: Close All Editors');
        await signOutByCommand(stage);
        await isHarmless(notification(window, 'Signed out of sam@example.com'));
      } finally {
        await rename('Rivers Design Team');
      }
    });
  });

  describe('signing in with another account', () => {
    it('the page asks who signs in although the browser is signed in, and an account that is there already changes nothing', async () => {
      const { window, simulator, panel } = stage;
      const first = await opensPage(stage, () => runCommand(window, 'ChatGPT: Sign In'));
      await choose(first, 'Ada Brightwell');
      await decide(first, 'Approve');
      await window.bringToFront();
      await showsStatus(stage, /^Plus/);
      const [before] = await simulator.sessions();

      await runCommand(window, 'ChatGPT: Manage Accounts');
      const second = await opensPage(stage, () =>
        quickPick(window, menuText)
          .getByRole('option', { name: /Sign In with Another Account/ })
          .click(),
      );
      await choose(second, 'Ada Brightwell');
      expect((await decide(second, 'Approve')).text).toContain("You're not signed in");
      await window.bringToFront();
      const sentence =
        "You're already signed in to this account, so nothing was changed. To add another one, choose it on the sign-in page.";
      await panel.fails(sentence, ['Try Again', 'Use a Device Code', 'Show Log']);
      expect(await simulator.sessions()).toContainEqual(before);
      expect(await inAccountsMenu()).toEqual([stage.label('ada@example.com')]);

      const third = await opensPage(stage, () => panel.button('Try Again').click());
      await choose(third, 'Pia Navarro');
      await decide(third, 'Approve');
      await window.bringToFront();
      await panel.isGone();
      await expect.poll(inAccountsMenu, soon).toEqual([stage.label('ada@example.com'), stage.label('pia@example.com')]);
    });
  });

  describe('the account menu', () => {
    it('the account menu works with the keyboard alone: opening, moving, closing, signing out', async () => {
      const { window, simulator } = stage;
      const { keyboard } = window;
      await signInAs(stage, 'ada');
      await signInAs(stage, 'pia');
      const menu = quickPick(window, menuText);
      const focused = () => menu.locator('.monaco-list-row.focused').getAttribute('aria-label');
      const open = async () => {
        await keyboard.press('F1');
        await window.locator('.quick-input-widget:visible input').fill('>ChatGPT: Manage Accounts');
        await window.locator('.quick-input-widget:visible').getByRole('option', { name: 'ChatGPT: Manage Accounts' }).first().waitFor();
        await keyboard.press('Enter');
        await menu.waitFor();
      };
      await open();
      const items: (string | null)[] = [];
      for (let step = 0; step < 11; step++) {
        items.push(await focused());
        await keyboard.press('ArrowDown');
      }
      expect(items).toEqual([
        expect.stringContaining(`${stage.label('ada@example.com')}, Plus`),
        expect.stringContaining(`${stage.label('pia@example.com')}, Pro`),
        expect.stringContaining('Sign In with Another Account…, Included in your ChatGPT plan'),
        expect.stringContaining('Add API Key…, Billed per token (API key)'),
        expect.stringContaining('Models in chat: off, Use the models of your plan'),
        expect.stringContaining('Plan or API key?'),
        expect.stringContaining('Sign Out…'),
        expect.stringContaining('Disconnect All Accounts…'),
        expect.stringContaining('Refresh Usage'),
        expect.stringContaining('Diagnose Sign-In'),
        expect.stringContaining('Show Log'),
      ]);
      await keyboard.press('Escape');
      await menu.waitFor({ state: 'hidden' });

      await open();
      await keyboard.press('ArrowDown');
      expect(await focused()).toContain(stage.label('pia@example.com'));
      await keyboard.press('Enter');
      await expect.poll(focused, soon).toContain('Show in Status Bar');
      await keyboard.press('ArrowDown');
      await expect.poll(focused, soon).toContain('Sign Out…');
      await keyboard.press('Enter');
      await dialogButton(window, 'Sign Out').waitFor();
      await keyboard.press('Enter');
      await expect.poll(() => simulator.sessions(), soon).toMatchObject([{ account: 'ada' }]);
      await expect.poll(inAccountsMenu, soon).toEqual([stage.label('ada@example.com')]);
    });

    it('the signed-out account menu offers to sign in, add an API key, compare both, diagnose and show the log', async () => {
      const { window } = stage;
      await runCommand(window, 'ChatGPT: Manage Accounts');
      const menu = quickPick(window, menuText);
      await menu.waitFor();
      const names = await menu.getByRole('option').evaluateAll(rows => rows.map(row => row.getAttribute('aria-label')));
      expect(names).toEqual([
        expect.stringContaining('Sign In…, Included in your ChatGPT plan'),
        expect.stringContaining('Add API Key…, Billed per token (API key)'),
        expect.stringContaining('Plan or API key?'),
        expect.stringContaining('Diagnose Sign-In'),
        expect.stringContaining('Show Log'),
      ]);
      await window.keyboard.press('Escape');
      expect(await statusText(stage)).toBe(signedOutText);
    });

    it('the account menu opens from the tooltip of the status bar', async () => {
      const { window } = stage;
      await signInAs(stage, 'ada');
      await tooltip(stage);
      await window.locator('.workbench-hover').getByText('Accounts').click();
      await quickPick(window, menuText)
        .getByRole('option', { name: stage.label('ada@example.com') })
        .waitFor();
      await window.keyboard.press('Escape');
    });
  });
});
