// Settings that change what is shown, and what is asked, while the window is open.
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

describeWindows('The settings of usage', () => {
  beforeEach(async () => {
    await startAfresh();
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
  });
  afterEach(async () => {
    for (const name of changed) await set(name, undefined);
    changed.clear();
  });

  it('change what the bar shows at once', async () => {
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

  it('end every request when it is off, also the one that a person asks for, and begin anew', async () => {
    await set('enabled', false);
    await signIn('ada');
    await testWindow.statusSays('Plus', 'ChatGPT Plus. Usage is turned off in the settings.');
    // It waits for a person to answer its notification.
    void commands.executeCommand('chatgptSignIn.refreshUsage');
    await testWindow.tells('Usage is turned off.');
    assert.equal((await simulator.counts()).usage, 0);
    await set('enabled', true);
    await testWindow.statusSays('Plus · 5h 66% · wk 42% left');
    assert.equal((await simulator.counts()).usage, 1);
  });

  it('leave the reading to a person, where that was chosen', async () => {
    await set('interval', 'manual');
    await signIn('ada');
    await testWindow.statusSays('Plus', 'ChatGPT Plus, usage not loaded yet.');
    assert.equal((await simulator.counts()).usage, 0);
    await commands.executeCommand('chatgptSignIn.refreshUsage');
    await testWindow.statusSays('Plus · 5h 66% · wk 42% left');
  });
});
