import { describe, expect, it } from 'vitest';
import { offersSignIn, quickPick, showsStatus, signedOutText, signInAs, soon, statusText, tooltip, useStage } from './stage.ts';
import { accountsMenuLabels, dialogButton, runCommand } from './workbench.ts';

const menuText = 'Select an account or an action';

useStage(stage => {
  const inAccountsMenu = async () =>
    (await accountsMenuLabels(stage.window)).filter(label => label.endsWith(' (ChatGPT)')).map(label => label.replace(' (ChatGPT)', ''));

  describe('several accounts', () => {
    it('several accounts, also two workspaces of one person, are signed in side by side, and one of them signs out', async () => {
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
        expect.stringContaining(`${team}, Team`),
      ]);
      await choices.filter({ hasText: sam }).click();
      await dialogButton(window, 'Sign Out').waitFor();
      expect(await window.locator('.monaco-dialog-box').innerText()).toContain(`Sign out of ${sam}?`);
      await dialogButton(window, 'Sign Out').click();
      await expect.poll(inAccountsMenu, soon).toEqual([ada, team]);
      // The account is gone at once, and its session is revoked a moment later.
      const sessions = async () => (await simulator.sessions()).map(({ account, workspace }) => `${account} ${workspace}`);
      await expect.poll(sessions, soon).toEqual(['ada personal', 'sam team']);
      await offersSignIn(stage, false);
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
    });

    it('signing in to the same account again replaces its session', async () => {
      const { simulator } = stage;
      await signInAs(stage, 'ada');
      await signInAs(stage, 'ada');
      expect(await inAccountsMenu()).toEqual([stage.label('ada@example.com')]);
      await expect.poll(() => simulator.sessions({ all: true }).then(all => all.filter(({ revoked }) => !revoked)), soon).toHaveLength(1);
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
      for (let step = 0; step < 10; step++) {
        items.push(await focused());
        await keyboard.press('ArrowDown');
      }
      expect(items).toEqual([
        expect.stringContaining(`${stage.label('ada@example.com')}, Plus`),
        expect.stringContaining(`${stage.label('pia@example.com')}, Pro`),
        expect.stringContaining('Sign In with Another Account…, Included in your ChatGPT plan'),
        expect.stringContaining('Add API Key…, Billed per token (API key)'),
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
