import { describe, expect, it } from 'vitest';
import { chooseMenuItem, offersSignIn, quickPick, showsStatus, signedOutText, signInAs, soon, useStage } from './stage.ts';
import { accountsMenuLabels, dialogButton, notification, openAccountsMenu, runCommand, visibleText } from './workbench.ts';

const menuText = 'Select an account or an action';

useStage(stage => {
  const isSignedOut = async () => {
    await showsStatus(stage, signedOutText);
    await offersSignIn(stage);
    expect(await accountsMenuLabels(stage.window)).not.toContain(`${stage.label('ada@example.com')} (ChatGPT)`);
    const sessions = await stage.simulator.sessions({ all: true });
    expect(sessions.at(-1)).toMatchObject({ account: 'ada', revoked: 'revoked' });
    expect(await stage.simulator.sessions()).toEqual([]);
    await notification(stage.window, `Signed out of ${stage.label('ada@example.com')}. The session is revoked.`).waitFor();
  };

  describe('signing out', () => {
    it('the command asks once, and cancelling the dialog changes nothing', async () => {
      const { window, simulator } = stage;
      await signInAs(stage, 'ada');
      await runCommand(window, 'ChatGPT: Sign Out');
      await dialogButton(window, 'Cancel').click();
      await expect.poll(() => visibleText(window)).toMatchObject({ dialogs: [] });
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      expect(await simulator.counts()).toMatchObject({ revoke: 0 });

      await runCommand(window, 'ChatGPT: Sign Out');
      await dialogButton(window, 'Sign Out').waitFor();
      const { dialogs } = await visibleText(window);
      expect(dialogs).toHaveLength(1);
      expect(dialogs[0]).toContain(`Sign out of ${stage.label('ada@example.com')}?`);
      expect(dialogs[0]).toContain('This signs you out in every window on this computer and revokes the session.');
      await dialogButton(window, 'Sign Out').click();
      await isSignedOut();
      expect((await visibleText(window)).dialogs).toEqual([]);
      expect(await simulator.counts()).toMatchObject({ revoke: 1 });
    });

    it('the account menu signs out', async () => {
      const { window } = stage;
      await signInAs(stage, 'ada');
      await runCommand(window, 'ChatGPT: Manage Accounts');
      await quickPick(window, menuText).getByRole('option', { name: 'Sign Out…' }).click();
      await dialogButton(window, 'Sign Out').click();
      await isSignedOut();
    });

    it("the account's own menu signs out", async () => {
      const { window } = stage;
      await signInAs(stage, 'ada');
      await runCommand(window, 'ChatGPT: Manage Accounts');
      const account = quickPick(window, menuText).getByRole('option', { name: stage.label('ada@example.com') });
      await account.click();
      await account.waitFor({ state: 'detached' });
      await quickPick(window, menuText).getByRole('option', { name: 'Sign Out…' }).click();
      await dialogButton(window, 'Sign Out').click();
      await isSignedOut();
    });

    it("VS Code's Accounts menu signs out", async () => {
      const { window } = stage;
      await signInAs(stage, 'ada');
      await (await openAccountsMenu(window)).filter({ hasText: stage.label('ada@example.com') }).hover();
      await chooseMenuItem(window.locator('.monaco-menu .action-label').getByText('Sign Out', { exact: true }));
      await dialogButton(window, 'Sign Out').click();
      await isSignedOut();
    });

    it('the command without an account says that nobody is signed in', async () => {
      await runCommand(stage.window, 'ChatGPT: Sign Out');
      await notification(stage.window, "You're not signed in to ChatGPT.").waitFor();
      await showsStatus(stage, signedOutText);
    });

    it('signing out while the service is unreachable removes the account, and says how to end the session [R32]', async () => {
      const { window, simulator } = stage;
      await signInAs(stage, 'ada');
      await simulator.fail({ route: 'revoke', fault: 'drop', times: 10 });
      await runCommand(window, 'ChatGPT: Sign Out');
      await dialogButton(window, 'Sign Out').click();
      await showsStatus(stage, signedOutText);
      await offersSignIn(stage);
      await notification(
        window,
        `Signed out of ${stage.label('ada@example.com')} on this computer, but the session could not be revoked. ` +
          "You can end it in the account's security settings.",
      ).waitFor();
      expect((await simulator.counts()).revoke).toBeGreaterThan(0);
      // The service never got the revocation; a person would end the session there.
      expect(await simulator.endSession('ada')).toBe(1);
    });

    it('signing out shows its progress while the service responds late, and the account is gone at once', async () => {
      const { window, simulator } = stage;
      await signInAs(stage, 'ada');
      await simulator.set({ revokeDelayMs: 3000 });
      await runCommand(window, 'ChatGPT: Sign Out');
      await dialogButton(window, 'Sign Out').click();
      await showsStatus(stage, 'ChatGPT: Signing out', 'ChatGPT, signing out.');
      expect(await accountsMenuLabels(window)).not.toContain(`${stage.label('ada@example.com')} (ChatGPT)`);
      await expect.poll(() => simulator.sessions(), soon).toEqual([]);
      await isSignedOut();
    });
  });
});
