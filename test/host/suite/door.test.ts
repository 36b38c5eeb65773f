// With nobody signed in, the Accounts menu offers to sign in for the extension itself.
import assert from 'node:assert/strict';
import { commands, extensions } from 'vscode';
import { extensionId, labelOf, signIn, signOut, simulator, startAfresh } from './support/accounts.ts';
import { until } from './support/until.ts';
import { describeWindows, testWindow } from './support/window.ts';

describeWindows('The entry of the Accounts menu', () => {
  const door = 'Sign in with ChatGPT to use ChatGPT Account & Usage (unofficial) (1)';
  const menu = () => testWindow.accountsMenu();
  const isOpen = async () => (await menu()).includes(door);

  beforeEach(startAfresh);

  it('is there when nobody is signed in, once', async () => {
    await until('the entry', isOpen);
    assert.equal((await menu()).filter(label => label === door).length, 1);
    const { displayName } = extensions.getExtension(extensionId)?.packageJSON as { displayName: string };
    assert.ok(door.includes(displayName));
  });

  it('signs in without a further question', async () => {
    await until('the entry', isOpen);
    const command = (await commands.getCommands()).find(id => id.startsWith(`chatgpt-sign-in:${extensionId}:signIn`));
    assert.ok(command);
    await simulator.set({ autoApprove: 'ada' });
    await commands.executeCommand(command);
    assert.ok((await menu()).includes(`${labelOf('ada')} (ChatGPT)`));
  });

  it('gives way to the account that is signed in, and comes back when the last one has gone', async () => {
    await until('the entry', isOpen);
    await signIn('ada');
    await until('the entry to go', async () => !(await isOpen()));
    assert.ok((await menu()).includes(`${labelOf('ada')} (ChatGPT)`));
    await signIn('ben');
    await signOut(labelOf('ada'));
    const labels = await menu();
    assert.ok(!labels.includes(door) && labels.includes(`${labelOf('ben')} (ChatGPT)`), labels.join(', '));
    await signOut(labelOf('ben'));
    await until('the entry to come back', isOpen);
  });

  it('stays away while an account keeps its place whose session the service has ended', async () => {
    await signIn('ada');
    await simulator.endSession('ada');
    void commands.executeCommand('chatgptSignIn.refreshUsage');
    await testWindow.statusSays('ChatGPT: Sign in again');
    const labels = await menu();
    assert.ok(!labels.includes(door) && labels.includes(`${labelOf('ada')} (ChatGPT)`), labels.join(', '));
  });
});
