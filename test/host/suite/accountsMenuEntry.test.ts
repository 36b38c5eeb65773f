// Without accounts, the Accounts menu offers to sign in for the extension itself.
import assert from 'node:assert/strict';
import { commands, extensions } from 'vscode';
import { extensionId, labelOf, signIn, signOut, simulator, startAfresh } from './support/accounts.ts';
import { until } from './support/until.ts';
import { describeWindows, passSpacing, testWindow } from './support/window.ts';

describeWindows('The sign-in entry of the Accounts menu', () => {
  const entry = 'Sign in with ChatGPT to use ChatGPT Account & Usage (unofficial) (1)';
  const menu = () => testWindow.accountsMenu();
  const isShown = async () => (await menu()).includes(entry);

  beforeEach(startAfresh);

  it('the entry is in the menu once while no account is signed in', async () => {
    await until('the entry', isShown);
    assert.equal((await menu()).filter(label => label === entry).length, 1);
    const { displayName } = extensions.getExtension(extensionId)?.packageJSON as { displayName: string };
    assert.ok(entry.includes(displayName));
  });

  it('the entry signs in without another dialog', async () => {
    await until('the entry', isShown);
    const command = (await commands.getCommands()).find(id => id.startsWith(`chatgpt-sign-in:${extensionId}:signIn`));
    assert.ok(command);
    await simulator.set({ autoApprove: 'ada' });
    await commands.executeCommand(command);
    assert.ok((await menu()).includes(`${labelOf('ada')} (ChatGPT)`));
  });

  it('the entry is gone while an account is signed in, and comes back after the last sign-out', async () => {
    await until('the entry', isShown);
    await signIn('ada');
    await until('the entry to go', async () => !(await isShown()));
    assert.ok((await menu()).includes(`${labelOf('ada')} (ChatGPT)`));
    await signIn('ben');
    await signOut(labelOf('ada'));
    const labels = await menu();
    assert.ok(!labels.includes(entry) && labels.includes(`${labelOf('ben')} (ChatGPT)`), labels.join(', '));
    await signOut(labelOf('ben'));
    await until('the entry to come back', isShown);
  });

  it('the entry stays away while an account has an expired session', async () => {
    await signIn('ada');
    await testWindow.statusSays(/^Plus · .* left$/);
    await simulator.expireSession('ada');
    await passSpacing();
    void commands.executeCommand('chatgptSignIn.refreshUsage');
    await testWindow.statusSays('ChatGPT: Sign in again');
    const labels = await menu();
    assert.ok(!labels.includes(entry) && labels.includes(`${labelOf('ada')} (ChatGPT)`), labels.join(', '));
  });
});
