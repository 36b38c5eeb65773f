import { release } from 'node:os';
import { env, ExtensionKind, ProgressLocation, UIKind, version, window, workspace } from 'vscode';
import { diagnose } from '../diagnose.ts';
import { render } from '../render.ts';
import type { Core } from '../../core.ts';
import type { Report } from '../report.ts';
import type { AccountDiagnostics } from '../../accounts/store/signedInAccounts.ts';
import type { ApiKey } from '../../apiKeys/apiKey.ts';
import type { UsageState } from '../../usage/usageView.ts';
import type { SettingSchema } from '../settings.ts';
import { signInEnvironment, signInMethod } from '../../shell/settings.ts';
import { texts } from './texts.ts';

/** What the rooms hand in for the report. */
export interface Probes {
  readonly accounts: () => Promise<readonly AccountDiagnostics[]>;
  readonly apiKeys: () => Promise<readonly ApiKey[]>;
  readonly usageOf: (account: { readonly hash: string }) => UsageState | undefined;
}

/** Runs the diagnosis with a notification that can be cancelled, and opens the report as a plain document. */
export async function showDiagnosis(core: Core, probes: Probes): Promise<void> {
  const report = await window.withProgress(
    { location: ProgressLocation.Notification, title: texts.running(), cancellable: true },
    async (progress, token) => {
      const cancel = new AbortController();
      token.onCancellationRequested(() => {
        cancel.abort();
      });
      const done = await gather(core, probes, cancel.signal, share => {
        progress.report({ increment: share });
      });
      return cancel.signal.aborted ? undefined : done;
    },
  );
  if (!report) return;
  const content = render(report, texts.preface());
  const document = await workspace.openTextDocument({ language: 'markdown', content });
  await window.showTextDocument(document, { preview: false });
  void offerCopy(content);
}

async function offerCopy(content: string): Promise<void> {
  const choice = await window.showInformationMessage(texts.ready(), texts.copy());
  if (choice !== texts.copy()) return;
  await env.clipboard.writeText(content);
  window.setStatusBarMessage(texts.copied(), 5_000);
}

/** @param onProgress gets the share of each part that is done, in percent */
function gather(core: Core, probes: Probes, signal: AbortSignal, onProgress: (share: number) => void): Promise<Report> {
  const { vault, locks, sealKeys: keys, folder, clock, failures, originator, context } = core;
  const { extension } = context;
  const manifest = extension.packageJSON as {
    version: string;
    contributes: { configuration: { properties: Record<string, SettingSchema> } };
  };
  const isWithBrowser = signInEnvironment(extension.extensionKind).isWithBrowser;
  const method = signInMethod();
  return diagnose({
    ...{ vault, locks, keys, folder, clock, signal },
    ...probes,
    fetch: (url, init) => globalThis.fetch(url, init),
    agent: originator,
    said: {
      extension: manifest.version,
      editor: env.appName,
      editorVersion: version,
      node: process.versions.node,
      sqlite: process.versions['sqlite'],
      platform: process.platform,
      platformVersion: release(),
      architecture: process.arch,
      editorHost: env.appHost,
      remote: env.remoteName,
      environment: process.env,
    },
    host: {
      ui: env.uiKind === UIKind.Desktop ? 'desktop' : 'web',
      runs: extension.extensionKind === ExtensionKind.UI ? 'ui' : 'workspace',
      method: method === 'auto' ? (isWithBrowser ? 'browser' : 'deviceCode') : method,
    },
    schemas: manifest.contributes.configuration.properties,
    valueOf: name => workspace.getConfiguration().get(name),
    workspaces: workspace.workspaceFolders?.map(({ uri }) => uri.fsPath) ?? [],
    failures: () => failures.all,
    onProgress: (_done, of) => {
      onProgress(100 / of);
    },
  });
}
