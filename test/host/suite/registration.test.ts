// What VS Code knows of the extension right after it starts.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { authentication, commands, ConfigurationTarget, extensions, workspace } from 'vscode';
import { extensionId, labelOf, providerId, signIn, simulator, startAfresh } from './support/accounts.ts';
import { consumer } from './support/consumer.ts';
import { until } from './support/until.ts';

interface Manifest {
  readonly enabledApiProposals?: unknown;
  readonly contributes: {
    readonly authentication: readonly { id: string; label: string }[];
    readonly commands: readonly { command: string; category: string; title: string }[];
    readonly configuration: { readonly properties: Record<string, { scope: string; ignoreSync?: boolean; default: unknown }> };
  };
}

describe('The extension', () => {
  const extension = extensions.getExtension(extensionId);
  assert.ok(extension);
  const manifest = extension.packageJSON as Manifest;
  const { properties } = manifest.contributes.configuration;

  beforeEach(startAfresh);

  it('the extension activates by itself, and its authentication provider responds', async () => {
    await until('the activation', () => extension.isActive);
    assert.deepEqual(await authentication.getAccounts(providerId), []);
  });

  it('the extension registers its provider before any asynchronous work: activate() is not async', async () => {
    const main = pathToFileURL(path.join(extension.extensionPath, 'dist', 'extension.cjs'));
    // The running instance, from the module cache.
    const { default: entry } = (await import(main.href)) as { default: { activate: unknown } };
    assert.equal(Object.prototype.toString.call(entry.activate), '[object Function]');
  });

  it('the authentication providers of the manifest are registered under their labels', async () => {
    assert.deepEqual(manifest.contributes.authentication, [
      { id: providerId, label: 'ChatGPT' },
      { id: 'openai-api-key', label: 'OpenAI API key' },
    ]);
    const before = (await consumer.heard()).length;
    await signIn('ada');
    await until('the change', async () => (await consumer.heard()).length > before);
    assert.equal((await consumer.heard()).at(-1), 'ChatGPT');
  });

  it('every command of the manifest is registered, in the category ChatGPT', async () => {
    const declared = manifest.contributes.commands;
    assert.deepEqual(
      declared.map(({ command, category, title }) => [command, `${category}: ${title}`]),
      [
        ['chatgptSignIn.signIn', 'ChatGPT: Sign In'],
        ['chatgptSignIn.signInWithBrowser', 'ChatGPT: Sign In with Browser'],
        ['chatgptSignIn.signInWithDeviceCode', 'ChatGPT: Sign In with Device Code'],
        ['chatgptSignIn.signOut', 'ChatGPT: Sign Out'],
        ['chatgptSignIn.signOutAll', 'ChatGPT: Disconnect All Accounts'],
        ['chatgptSignIn.addApiKey', 'ChatGPT: Add API Key'],
        ['chatgptSignIn.removeApiKey', 'ChatGPT: Remove API Key'],
        ['chatgptSignIn.useCodexCli', "ChatGPT: Use the Codex CLI's Sign-In"],
        ['chatgptSignIn.signInCodexCli', 'ChatGPT: Sign In to the Codex CLI'],
        ['chatgptSignIn.manageAccounts', 'ChatGPT: Manage Accounts'],
        ['chatgptSignIn.showUsage', 'ChatGPT: Show Usage'],
        ['chatgptSignIn.refreshUsage', 'ChatGPT: Refresh Usage'],
        ['chatgptSignIn.exportUsageHistory', 'ChatGPT: Export Usage History'],
        ['chatgptSignIn.useModels', 'ChatGPT: Use the Plan in Chat'],
        ['chatgptSignIn.stopUsingModels', 'ChatGPT: Stop Using the Plan in Chat'],
        ['chatgptSignIn.manageModels', 'ChatGPT: Manage Models'],
        ['chatgptSignIn.manageModelAccess', 'ChatGPT: Manage Access to Models'],
        ['chatgptSignIn.diagnose', 'ChatGPT: Diagnose Sign-In'],
        ['chatgptSignIn.openWalkthrough', 'ChatGPT: First Steps'],
        ['chatgptSignIn.showLog', 'ChatGPT: Show Log'],
      ],
    );
    const registered = await commands.getCommands(true);
    for (const { command } of declared) assert.ok(registered.includes(command), `${command} is not registered`);
  });

  it('the manifest uses no proposed API', () => {
    assert.equal(manifest.enabledApiProposals, undefined);
  });

  it('sign-in settings are machine-wide, so that no workspace can redirect tokens, and only the sign-in method is synced [R53]', () => {
    const aboutSignIn = Object.entries(properties).filter(([name]) => !name.startsWith('chatgptSignIn.usage.'));
    assert.deepEqual(
      aboutSignIn.map(([name]) => name),
      [
        'chatgptSignIn.service',
        'chatgptSignIn.issuer',
        'chatgptSignIn.clientId',
        'chatgptSignIn.backendUrl',
        'chatgptSignIn.signInMethod',
        'chatgptSignIn.allowedWorkspace',
        'chatgptSignIn.apiUrl',
        'chatgptSignIn.codexPath',
        'chatgptSignIn.models.enabled',
        'chatgptSignIn.models.account',
      ],
    );
    for (const [name, property] of aboutSignIn) {
      assert.equal(property.scope, 'application', name);
      assert.equal(property.ignoreSync ?? false, name !== 'chatgptSignIn.signInMethod', name);
    }
  });

  describe('in a workspace whose settings name another service', () => {
    const folder = path.join(workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', '.vscode');
    const elsewhere = 'http://127.0.0.2:9';

    before(async () => {
      mkdirSync(folder, { recursive: true });
      const settings = {
        'chatgptSignIn.issuer': elsewhere,
        'chatgptSignIn.clientId': 'another',
        'chatgptSignIn.backendUrl': elsewhere,
        'editor.wordWrapColumn': 77,
      };
      writeFileSync(path.join(folder, 'settings.json'), JSON.stringify(settings));
      const isRead = () => workspace.getConfiguration('editor').get('wordWrapColumn') === 77;
      await until("the workspace's settings", isRead);
    });

    after(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    it('a sign-in goes to the service of the user settings [R14] [R53]', async () => {
      assert.equal(workspace.getConfiguration('chatgptSignIn').get('issuer'), simulator.issuer);
      await signIn('ada');
      const accounts = await authentication.getAccounts(providerId);
      assert.deepEqual(
        accounts.map(({ label }) => label),
        [labelOf('ada')],
      );
      const requests = await simulator.requests();
      assert.equal(requests.filter(({ kind }) => kind === 'authorize').length, 1);
      assert.equal(requests.find(({ kind }) => kind === 'authorize')?.params['client_id'], 'app_EMoamEEZ73f0CkXaXp7hrann');
      await until('the usage from the same service', async () => (await simulator.counts()).usage === 1);
    });

    it('a sign-in setting cannot be written to the workspace [R53]', async () => {
      const update = workspace.getConfiguration('chatgptSignIn').update('issuer', elsewhere, ConfigurationTarget.Workspace);
      await assert.rejects(Promise.resolve(update));
    });
  });
});
