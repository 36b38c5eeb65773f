import { release } from 'node:os';
import type { ExtensionContext } from 'vscode';
import { env, ExtensionKind, ProgressLocation, UIKind, version, window, workspace } from 'vscode';
import type { AccountStore } from '../../accounts/store/accountStore.ts';
import { diagnose } from '../diagnose.ts';
import type { Failures } from '../../shell/failures.ts';
import { render } from '../render.ts';
import type { Report } from '../report.ts';
import type { SettingSchema } from '../settings.ts';
import type { StorageParts } from '../storage.ts';
import type { UsageService } from '../../usage/polling/usageService.ts';
import { signInEnvironment, signInMethod } from '../../shell/settings.ts';
import { texts } from './texts.ts';

export interface DiagnosisParts extends StorageParts {
  readonly custody: Pick<AccountStore, 'accounts' | 'apiKeys'>;
  readonly usageService: Pick<UsageService, 'state'>;
  readonly failures: Failures;
  /** Our own name and version. */
  readonly originator: string;
  readonly context: Pick<ExtensionContext, 'extension'>;
}

/** Asks, with its progress in a notification that can be cancelled, and opens what it learns as a plain document. */
export async function showDiagnosis(parts: DiagnosisParts): Promise<void> {
  const report = await window.withProgress(
    { location: ProgressLocation.Notification, title: texts.running(), cancellable: true },
    async (progress, token) => {
      const cancel = new AbortController();
      token.onCancellationRequested(() => {
        cancel.abort();
      });
      const done = await gather(parts, cancel.signal, share => {
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

/** @param tell is told of each part that is done, in percent */
function gather(parts: DiagnosisParts, signal: AbortSignal, tell: (share: number) => void): Promise<Report> {
  const { custody, usageService: usageService, failures, originator, context } = parts;
  const { extension } = context;
  const manifest = extension.packageJSON as {
    version: string;
    contributes: { configuration: { properties: Record<string, SettingSchema> } };
  };
  const isWithBrowser = signInEnvironment(extension.extensionKind).isWithBrowser;
  const method = signInMethod();
  return diagnose({
    ...parts,
    signal,
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
      way: method === 'auto' ? (isWithBrowser ? 'browser' : 'deviceCode') : method,
    },
    schemas: manifest.contributes.configuration.properties,
    valueOf: name => workspace.getConfiguration().get(name),
    accounts: () => custody.accounts(),
    workspaces: workspace.workspaceFolders?.map(({ uri }) => uri.fsPath) ?? [],
    apiKeys: () => custody.apiKeys.list(),
    usageOf: account => usageService.state(account.hash),
    failures: () => failures.all,
    onProgress: (_done, of) => {
      tell(100 / of);
    },
  });
}
