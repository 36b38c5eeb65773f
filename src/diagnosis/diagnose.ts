/**
 * The diagnosis room: what *Diagnose Sign-In* finds out and reports. Start here: `diagnose` asks everything, the files beside it ask
 * one thing each, `report.ts` is what a report can hold, `findings.ts` what follows from it and `render.ts` its text.
 */
import { lstatSync } from 'node:fs';
import type { AccountDiagnostics } from '../accounts/store/signedInAccounts.ts';
import type { ApiKey } from '../apiKeys/apiKey.ts';
import { codexDefaults, codexRedirectPorts } from '../oauth/services/codexClient.ts';
import type { UsageState } from '../usage/usageView.ts';
import { accountFacts, apiKeyFacts } from './accountFacts.ts';
import { probeCodexCli } from './codexCliFacts.ts';
import type { RecordedFailure } from '../shell/failures.ts';
import { probePort } from './ports.ts';
import type { ProbeFailure } from './probe.ts';
import { probe } from './probe.ts';
import type { ProxySources } from './proxy.ts';
import { findProxy, usualApi } from './proxy.ts';
import type { NotAsked, ReachOptions, Target } from './reach.ts';
import { reach } from './reach.ts';
import type { CertificateFile, Host, Machine, Report } from './report.ts';
import { asReport } from './report.ts';
import type { SettingSchema } from './settings.ts';
import { changedSettings, editorNetwork } from './settings.ts';
import type { StorageParts } from './storage.ts';
import { probeFolder, probeLock, probeVault } from './storage.ts';
import { architectures, editorHosts, editors, networkWordsIn, platforms, remotes, surroundings, versionOf, wordOf } from './words.ts';

/** What the machine and VS Code say of themselves. It may be any text: the report takes known words and numbers from it alone. */
export interface Said {
  readonly extension: string;
  readonly editor: string;
  readonly editorVersion: string;
  readonly node: string;
  readonly sqlite: string | undefined;
  readonly platform: string;
  readonly platformVersion: string;
  readonly architecture: string;
  readonly editorHost: string;
  readonly remote: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface DiagnosisOptions extends StorageParts, Pick<ReachOptions, 'fetch' | 'agent' | 'signal'> {
  readonly said: Said;
  readonly host: Pick<Host, 'ui' | 'runs' | 'method'>;
  /** The manifest's, by the settings' whole names. */
  readonly schemas: Readonly<Record<string, SettingSchema>>;
  /** What a setting is, ours or VS Code's, by its whole name. */
  readonly valueOf: (name: string) => unknown;
  /** Folders whose programs are not run. */
  readonly workspaces: readonly string[];
  readonly accounts: () => Promise<readonly AccountDiagnostics[]>;
  readonly apiKeys: () => Promise<readonly ApiKey[]>;
  readonly usageOf: (account: AccountDiagnostics) => UsageState | undefined;
  readonly failures: () => readonly RecordedFailure[];
  /** Called as each part is done, of so many. */
  readonly onProgress?: (done: number, of: number) => void;
}

/**
 * Runs all probes at once, each with its timeout. Sends nothing that identifies a person, and changes nothing. Never throws.
 * @returns a report, which names the probes that failed
 */
export async function diagnose(options: DiagnosisOptions): Promise<Report> {
  const { clock, signal } = options;
  const text = (name: string) => {
    const value = options.valueOf(name);
    return typeof value === 'string' ? value : '';
  };
  const sources: ProxySources = { setting: text('http.proxy'), environment: options.said.environment };
  const proxy = options.valueOf('http.proxySupport') === 'off' ? undefined : findProxy(sources);
  const exceptions = [
    options.said.environment['NO_PROXY'] ?? options.said.environment['no_proxy'] ?? '',
    ...listOf(options.valueOf('http.noProxy')),
  ];
  const reachOptions = { ...options, proxy, exceptions };
  const codexCliPlace = {
    configured: text('chatgptSignIn.codexPath'),
    environment: options.said.environment,
    workspaces: options.workspaces,
    folder: options.folder,
  };
  // Read before the probes begin: what they run into is no failure of this window.
  const failures = options.failures().map(({ code, times, at, said }) => ({ code, times, at, networkWords: networkWordsIn(said) }));
  const targets = targetsOf(text);
  const step = steps(options.onProgress);
  const [portStates, services, folder, storage, accounts, apiKeys, codexCli] = await Promise.all([
    step(Promise.all(codexRedirectPorts.map(port => probe(clock, signal, within => probePort(port, within))))),
    step(Promise.all(targets.map(async target => ('problem' in target ? target : reach(target, reachOptions))))),
    step(probeFolder(options, signal)),
    step(probeVault(options, signal)),
    step(probeAccounts(options)),
    step(probe(clock, signal, async () => (await options.apiKeys()).map(apiKeyFacts))),
    step(probeCodexCli(codexCliPlace, clock, signal)),
  ]);
  return asReport({
    at: clock.now(),
    machine: machineOf(options.said),
    host: { ...options.host, ...hostOf(options.said) },
    ports: portStates,
    network: {
      editor: editorNetwork(options.valueOf),
      proxy: proxy?.facts ?? 'none',
      certificateFiles: {
        SSL_CERT_FILE: fileOf(options.said.environment['SSL_CERT_FILE']),
        NODE_EXTRA_CA_CERTS: fileOf(options.said.environment['NODE_EXTRA_CA_CERTS']),
      },
      tlsVerificationDisabled: options.said.environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0',
      services,
    },
    folder,
    ...storage,
    accounts,
    apiKeys,
    codexCli,
    failures,
    settings: changedSettings(options.schemas, options.valueOf),
  });
}

/** Reports progress as each probe ends. */
function steps(onProgress: DiagnosisOptions['onProgress']): <T>(work: Promise<T>) => Promise<T> {
  let of = 0;
  let done = 0;
  return work => {
    of += 1;
    return work.finally(() => {
      done += 1;
      onProgress?.(done, of);
    });
  };
}

/** Routes whose response to a request without credentials is known. The default URLs are not those of another service. */
function targetsOf(setting: (name: string) => string): readonly (Target | NotAsked)[] {
  const isOther = setting('chatgptSignIn.service') === 'oidc';
  const { issuer, backendUrl } = codexDefaults;
  const services: readonly Target[] = [
    { name: 'issuer', address: setting('chatgptSignIn.issuer'), usual: issuer, route: '.well-known/openid-configuration' },
    { name: 'backEnd', address: setting('chatgptSignIn.backendUrl'), usual: backendUrl, route: 'wham/usage' },
    { name: 'api', address: setting('chatgptSignIn.apiUrl'), usual: usualApi, route: 'models' },
  ];
  if (!isOther) return services;
  return services.flatMap((target): (Target | NotAsked)[] => {
    if (target.name === 'api' || target.address !== target.usual) return [target];
    return target.name === 'issuer' ? [{ name: 'issuer', problem: 'settingsIncomplete' }] : [];
  });
}

async function probeAccounts(options: DiagnosisOptions): Promise<Report['accounts']> {
  const { clock, signal } = options;
  const accounts: readonly AccountDiagnostics[] | ProbeFailure = await probe(clock, signal, () => options.accounts());
  if (typeof accounts === 'string') return accounts;
  return Promise.all(
    accounts.map(async account => accountFacts(account, options.usageOf(account), await probeLock(options, account, signal), clock.now())),
  );
}

function machineOf(said: Said): Machine {
  return {
    extension: versionOf(said.extension),
    editor: wordOf(editors, said.editor) ?? 'other',
    editorVersion: versionOf(said.editorVersion),
    node: versionOf(said.node),
    sqlite: versionOf(said.sqlite),
    platform: wordOf(platforms, said.platform) ?? 'other',
    platformVersion: versionOf(said.platformVersion),
    architecture: wordOf(architectures, said.architecture) ?? 'other',
  };
}

function hostOf(said: Said): Pick<Host, 'kind' | 'remote' | 'surroundings'> {
  return {
    kind: wordOf(editorHosts, said.editorHost) ?? 'other',
    remote: said.remote === undefined ? 'none' : (wordOf(remotes, said.remote) ?? 'other'),
    surroundings: surroundings.filter(name => (said.environment[name] ?? '') !== ''),
  };
}

/** Whether the file exists; nothing of it is read. */
function fileOf(path: string | undefined): CertificateFile {
  if (path === undefined || path === '') return 'notSet';
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ? 'there' : 'missing';
  } catch {
    return 'missing';
  }
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(each => typeof each === 'string') : [];
}
