// What another extension asks about one of two accounts, besides its session.
import assert from 'node:assert/strict';
import { commands, extensions } from 'vscode';
import type { Exports } from '../../../src/api/ui/types.ts';
import { extensionId, labelOf, signInForConsumer, simulator, startAfresh } from './support/accounts.ts';
import { consumer } from './support/consumer.ts';
import { describeWindows, testWindow } from './support/window.ts';

async function idOf(name: string): Promise<string> {
  return (await consumer.getAccounts()).find(({ label }) => label === labelOf(name))?.id ?? '';
}

describe('The exported API', () => {
  beforeEach(startAfresh);

  it('names the back end that a token belongs to, and has no token', async () => {
    await signInForConsumer(consumer, 'ada');
    const api = extensions.getExtension<Exports>(extensionId)?.exports.api(1);
    assert.equal(await api?.backendUrl(await idOf('ada')), simulator.backendUrl);
    assert.equal(await api?.backendUrl('user-nobody'), undefined);
    const told = JSON.stringify([await api?.accounts(), await api?.usage(await idOf('ada')), await api?.models.status(), api]);
    const secrets = (await simulator.secrets()).filter(({ value }) => told.includes(value));
    assert.deepEqual(secrets, []);
    assert.ok(told.includes(labelOf('ada')), told);
  });
});

describeWindows('The command Show Usage of another extension', () => {
  beforeEach(startAfresh);
  afterEach(() => commands.executeCommand('workbench.action.closeAllEditors'));

  it('shows the account that it names, and goes on with it where it names none', async () => {
    await simulator.account({ account: 'ada', used: { '5h': 34 } });
    await simulator.account({ account: 'ben', used: { '5h': 90 } });
    await signInForConsumer(consumer, 'ada');
    await signInForConsumer(consumer, 'ben');
    await consumer.runCommand('chatgptSignIn.showUsage', await idOf('ben'));
    await testWindow.panelSays('10% left');
    await consumer.runCommand('chatgptSignIn.showUsage', await idOf('ada'));
    await testWindow.panelSays('66% left');
    await consumer.runCommand('chatgptSignIn.showUsage', 'user-nobody');
    await testWindow.panelSays('66% left');
  });
});
