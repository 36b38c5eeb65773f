// What a person is told when the service has ended a session, by this extension and by one that wanted to use it.
import assert from 'node:assert/strict';
import { commands } from 'vscode';
import { labelOf, signIn, signInForConsumer, signOut, simulator, startAfresh } from './support/accounts.ts';
import { consumer } from './support/consumer.ts';
import { until } from './support/until.ts';
import { describeWindows, passSpacing, testWindow } from './support/window.ts';

describeWindows('A session that is over', () => {
  const sentence = () => `The session of ${labelOf('ada')}`;
  const told = async () => (await testWindow.text()).notifications;
  const gone = () => until('the notification to go', async () => !(await told()).some(each => each.includes(sentence())));

  beforeEach(async () => {
    await startAfresh();
    await consumer.forgetAccount();
    await testWindow.command('Notifications: Show Notifications');
  });

  /** Another extension learns of the end first. */
  async function end(): Promise<void> {
    await signInForConsumer(consumer, 'ada');
    await commands.executeCommand('notifications.clearAll');
    await simulator.expireSession('ada');
    assert.deepEqual(await consumer.runCommand('consumer.ask', 'How are you?'), { failed: 'signedOut' });
    await testWindow.tells(sentence());
    assert.equal((await told()).length, 1, (await told()).join('\n'));
  }

  it('is told once, and no more after another extension has signed in again', async () => {
    await end();
    await signInForConsumer(consumer, 'ada');
    await gone();
    assert.deepEqual(await told(), []);
  });

  it('is told no more after a sign-in by command or a sign-out', async () => {
    await end();
    await signIn('ada');
    await gone();
    await simulator.expireSession('ada');
    await passSpacing();
    void commands.executeCommand('chatgptSignIn.refreshUsage');
    await testWindow.tells(sentence());
    await signOut(labelOf('ada'));
    await gone();
  });

  it('is told with a link that signs in again', async () => {
    await end();
    await simulator.set({ autoApprove: 'ada' });
    await testWindow.click('Sign In Again');
    await gone();
    assert.deepEqual(await told(), []);
    assert.deepEqual(await consumer.runCommand('consumer.ask', 'How are you?'), { text: 'The simulator has read: How are you?' });
  });

  it('is told no more once the person has dismissed it', async () => {
    await end();
    await testWindow.click('Cancel');
    await gone();
  });
});
