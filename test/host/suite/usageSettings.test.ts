// Settings that take effect in an open window.
import assert from 'node:assert/strict';
import { commands, ConfigurationTarget, workspace } from 'vscode';
import { signIn, simulator, startAfresh } from './support/accounts.ts';
import { until } from './support/until.ts';
import { describeWindows, testWindow } from './support/window.ts';

const changed = new Set<string>();

async function set(name: string, value: unknown): Promise<void> {
  changed.add(name);
  await workspace.getConfiguration('chatgptSignIn.usage').update(name, value, ConfigurationTarget.Global);
}

describeWindows('The usage settings', () => {
  beforeEach(async () => {
    await startAfresh();
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
  });
  afterEach(async () => {
    for (const name of changed) await set(name, undefined);
    changed.clear();
  });

  it('display settings change the status bar at once', async () => {
    await signIn('ada');
    await testWindow.statusSays('Plus · 5h 66% · wk 42% left');
    await set('show', 'used');
    await testWindow.statusSays('Plus · 5h 34% · wk 58% used', /34 percent used/);
    await set('statusBar', 'worst');
    await testWindow.statusSays('Plus · wk 58% used');
    await set('statusBar', 'icon');
    await testWindow.statusSays('', /^ChatGPT Plus\. Weekly limit 58 percent used|^ChatGPT Plus\. 5-hour limit 34 percent used/);
    await set('statusBar', 'off');
    await until('no item', async () => (await testWindow.status()) === null);
    await set('statusBar', 'both');
    await set('warnAt', 50);
    await testWindow.statusSays('Plus · 5h 34% · wk 58% used', /^Warning\./);
    await set('criticalAt', 55);
    await testWindow.statusSays(/^wk 58% used · /, /^Critical\./);
  });

  it('turning usage off ends all requests, also those of the command, and turning it on starts them again', async () => {
    await set('enabled', false);
    await signIn('ada');
    await testWindow.statusSays('Plus', 'ChatGPT Plus. Usage is turned off in the settings.');
    // The command resolves when the person closes its notification.
    void commands.executeCommand('chatgptSignIn.refreshUsage');
    await testWindow.tells('Usage is turned off.');
    assert.equal((await simulator.counts()).usage, 0);
    await set('enabled', true);
    await testWindow.statusSays('Plus · 5h 66% · wk 42% left');
    assert.equal((await simulator.counts()).usage, 1);
  });

  it('the interval "manual" reads usage only on command', async () => {
    await set('interval', 'manual');
    await signIn('ada');
    await testWindow.statusSays('Plus', 'ChatGPT Plus, usage not loaded yet.');
    assert.equal((await simulator.counts()).usage, 0);
    await commands.executeCommand('chatgptSignIn.refreshUsage');
    await testWindow.statusSays('Plus · 5h 66% · wk 42% left');
  });
});
