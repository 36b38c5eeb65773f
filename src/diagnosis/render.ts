import type { AccountFacts, ApiKeyFacts, UsageFacts } from './accounts.ts';
import { findings } from './findings.ts';
import type { CodexCliFacts } from './codexCli.ts';
import type { PortHolder } from './ports.ts';
import type { ProbeFailure } from './probe.ts';
import type { ProxyFacts, AddressKind } from './proxy.ts';
import type { NotAsked, Reach, Step, Tunnel } from './reach.ts';
import type { FailureFacts, Report } from './report.ts';
import type { ChangedSetting } from './settings.ts';
import type { FolderState, KeyState, Timed } from './storage.ts';
import type { Version } from './words.ts';

/**
 * The report as Markdown: short sections of short lines, in an order that can be listened to. In English, for whoever reads an
 * issue.
 * @param preface what it says before all else, in the person's language
 */
export function render(report: Report, preface: readonly string[]): string {
  const { machine, host, ports, network, folder, vault, secretStore } = report;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['What stands out', orElse(findings(report), 'Nothing. What went wrong before is listed under "Errors in this window".')],
    [
      'Errors in this window',
      orElse(
        report.failures.map(failure => failureLine(failure, report.at)),
        'None since it was opened.',
      ),
    ],
    [
      'Versions',
      [
        `Extension: ${version(machine.extension)}`,
        `Editor: ${machine.editor} ${version(machine.editorVersion)}`,
        `Node: ${version(machine.node)}, SQLite: ${version(machine.sqlite)}`,
        `System: ${machine.platform} ${version(machine.platformVersion)}, ${machine.architecture}`,
      ],
    ],
    [
      'Host',
      [
        `Kind: ${host.kind}, window: ${host.ui}, remote: ${host.remote}, the extension runs as: ${host.runs}`,
        `Without a choice a sign-in begins with: ${host.way}`,
        `Set in the environment: ${host.surroundings.join(', ') || 'none of those that matter'}`,
      ],
    ],
    [
      'Ports',
      ports.map((state, index) =>
        typeof state === 'string'
          ? `Port number ${String(index + 1)}: ${probeFailures[state]}`
          : `${String(state.port)}: ${holders[state.holder]}`,
      ),
    ],
    [
      'Network',
      [
        `Proxy: ${proxyLine(network.proxy)}`,
        `VS Code: http.proxySupport ${network.editor.proxySupport}, http.proxyStrictSSL ${onOff(network.editor.proxyStrictSsl)}, http.systemCertificates ${onOff(network.editor.systemCertificates)}, entries of http.noProxy: ${String(network.editor.proxyExceptions)}`,
        `Certificate files: SSL_CERT_FILE ${network.certificateFiles.SSL_CERT_FILE}, NODE_EXTRA_CA_CERTS ${network.certificateFiles.NODE_EXTRA_CA_CERTS}`,
        ...network.services.flatMap(serviceLines),
      ],
    ],
    ['Folder', typeof folder === 'string' ? [probeFailures[folder]] : folderLines(folder)],
    [
      'Vault',
      [
        `Read: ${timed(vault.read)}, format: ${vault.format === undefined ? 'not known' : String(vault.format)}`,
        `Written (without a change): ${timed(vault.write)}`,
        ...vault.keys.map((key, index) => `Key ${String(index + 1)}: ${keyLine(key)}`),
        ...(vault.signingOut > 0 ? [`Sessions still to be revoked: ${String(vault.signingOut)}`] : []),
      ],
    ],
    ['Secret storage', [`Answer: ${timed(secretStore.answers)}`, `Keeps secrets: ${memories[secretStore.memory]}`]],
    ['Accounts: ChatGPT plan, usage windows', listed(report.accounts, accountLine)],
    ['API keys: metered by token', listed(report.apiKeys, apiKeyLine)],
    ['Codex CLI', typeof report.codexCli === 'string' ? [probeFailures[report.codexCli]] : codexCliLines(report.codexCli)],
    ['Settings that differ from the default', orElse(report.settings.map(settingLine), 'None.')],
  ];
  const title = `# Diagnosis of ${iso(report.at)}`;
  return (
    [title, ...preface, ...sections.map(([heading, lines]) => [`## ${heading}`, '', ...lines.map(line => `- ${line}`)].join('\n'))].join(
      '\n\n',
    ) + '\n'
  );
}

const probeFailures: Readonly<Record<ProbeFailure, string>> = { timedOut: 'no answer in time', failed: 'could not be told' };

const holders: Readonly<Record<PortHolder, string>> = {
  nobody: 'free',
  reserved: 'reserved by the system, for nobody to listen on',
  taken: 'taken by something that does not answer',
  ours: 'a sign-in of this extension waits there',
  codexCli: 'a server like the one that a Codex CLI signs in with',
  webServer: 'another program, which speaks HTTP',
  otherProgram: 'another program, which does not speak HTTP',
  silent: 'another program, which says nothing',
};

const places: Readonly<Record<AddressKind, string>> = {
  usual: 'the usual address',
  thisMachine: 'an address on this machine',
  elsewhere: 'another address',
};

const names: Readonly<Record<Reach['name'], string>> = { issuer: 'Sign-in service', backEnd: 'Back end', api: 'API' };

const tunnels: Readonly<Record<Tunnel, string>> = {
  open: 'lets it through',
  asksForSignIn: 'asks for a sign-in (407)',
  refuses: 'refuses',
  notAProxy: 'does not answer as a proxy does',
  notTried: 'not tried',
};

const memories: Readonly<Record<Report['secretStore']['memory'], string>> = {
  lasting: 'yes, those of an earlier window are there',
  seemsVolatile: 'it seems in memory only: a key that it had is gone',
  notKnown: 'not known, there was none before this window',
};

function serviceLines(service: Reach | NotAsked): string[] {
  const name = names[service.name];
  if ('problem' in service) return [`${name}: not asked, ${service.problem}`];
  const { dns, tunnel, tls, answer } = service;
  const steps = [
    dns === undefined ? undefined : `name ${said(dns, found => `has addresses: ${String(found.addresses)} (${String(found.ms)} ms)`)}`,
    tunnel === undefined
      ? undefined
      : `proxy ${typeof tunnel === 'string' ? { ...tunnels, ...probeFailures }[tunnel] : words(tunnel.words)}`,
    tls === undefined ? undefined : `TLS by Node's own authorities ${said(tls, hand => `${hand.version} (${String(hand.ms)} ms)`)}`,
  ].filter(step => step !== undefined);
  return [`${name}: ${places[service.place]}; ${[...steps, `VS Code's own request: ${answerLine(answer)}`].join('; ')}`];
}

function answerLine(answer: Reach['answer']): string {
  if ('code' in answer) return `${answer.code}${answer.words.length > 0 ? ` (${words(answer.words)})` : ''} after ${String(answer.ms)} ms`;
  const clock = answer.clockAhead === undefined ? 'its clock does not say' : `its clock is ${String(answer.clockAhead)} s ahead`;
  return `${answer.kind}, status ${String(answer.status)}, ${String(answer.ms)} ms, ${clock}`;
}

function proxyLine(proxy: ProxyFacts | 'none'): string {
  if (proxy === 'none') return 'none in the settings or the environment; the system may have one';
  const { source, scheme, place, hasCredentials } = proxy;
  return `by ${source}, ${scheme.replace(':', '')}, on ${place === 'thisMachine' ? 'this machine' : 'another machine'}, ${hasCredentials ? 'with' : 'without'} credentials in its address`;
}

function folderLines(folder: FolderState): string[] {
  const { owner, mode, freeMegabytes, hasUnreliableLocks, vaults, locks, openToOthers } = folder;
  return [
    `Owner: ${owner}, mode: ${mode === undefined ? 'none' : mode.toString(8).padStart(4, '0')}, files open to others: ${String(openToOthers)}`,
    `Vaults: ${String(vaults)}, locks: ${String(locks)}, file system: ${hasUnreliableLocks ? 'of another machine, whose locks may lie' : 'local'}`,
    `Free: ${freeMegabytes === undefined ? 'not known' : `${String(freeMegabytes)} MB`}`,
  ];
}

function keyLine({ place, isKept, seals }: KeyState): string {
  const where = { here: 'here', lost: 'lost by the secret storage', elsewhere: 'not of this secret storage', notTold: 'not told' }[place];
  const sealed = Object.entries(seals).flatMap(([state, count]) => (count > 0 ? [`${state} ${String(count)}`] : []));
  return `${where}${isKept ? ', since before this window' : ''}, seals ${sealed.length > 0 ? sealed.join(', ') : 'nothing'}`;
}

function accountLine(account: AccountFacts, index: number): string {
  const { state, service, place, hasWorkspace, generation, minutesLeft, unanswered, lock, usage } = account;
  return [
    `${String(index + 1)}: ${state}`,
    `service: ${service} at ${places[place]}`,
    hasWorkspace ? 'in a workspace' : 'without a workspace',
    `renewals: ${String(generation - 1)}${unanswered > 0 ? `, unanswered: ${String(unanswered)}` : ''}`,
    minutesLeft === undefined
      ? 'the end of its token is not known'
      : `its token ${minutesLeft < 0 ? 'lapsed' : 'is good'}, minutes: ${String(Math.abs(minutesLeft))}`,
    `lock: ${lock === 'timedOut' || lock === 'failed' ? probeFailures[lock] : lock}`,
    `usage: ${usageLine(usage)}`,
  ].join('; ');
}

function apiKeyLine({ lastCheck, place }: ApiKeyFacts, index: number): string {
  return `${String(index + 1)}: ${lastCheck} when it was last checked; for ${places[place]}`;
}

function codexCliLines({ program, version: numbers, isAllowed, session, isOpenToOthers }: CodexCliFacts): string[] {
  return [
    `Program: ${program}, version: ${version(numbers)}`,
    `Its sign-in may be used: ${isAllowed ? 'yes' : 'no'}, by its file: ${session}, open to others: ${isOpenToOthers ? 'yes' : 'no'}`,
  ];
}

function usageLine(usage: UsageFacts): string {
  if (usage === 'notTold') return 'not told by its service';
  if (usage === 'notReadYet') return 'not read yet';
  return 'failure' in usage ? `${usage.failure} (${usage.code})` : `read, minutes ago: ${String(usage.minutesOld)}`;
}

function failureLine({ code, times, at, networkWords: known }: FailureFacts, now: number): string {
  const network = known.length > 0 ? ` (${words(known)})` : '';
  return `${code}${network}, times: ${String(times)}, last ${iso(at)}, seconds ago: ${String(Math.max(0, Math.round((now - at) / 1000)))}`;
}

function settingLine({ name, value }: ChangedSetting): string {
  if (value === 'set') return `${name}: set`;
  return `${name}: ${typeof value === 'object' ? `entries: ${String(value.entries)}` : String(value)}`;
}

function said<T extends object>(step: Step<T>, tell: (step: T) => string): string {
  if (typeof step === 'string') return probeFailures[step];
  return 'words' in step ? words(step.words) : tell(step);
}

function timed(step: Timed): string {
  if (typeof step === 'string') return probeFailures[step];
  return 'code' in step ? step.code : `${String(step.ms)} ms`;
}

function words(known: readonly string[]): string {
  return known.length > 0 ? known.join(', ') : 'an error without a known word';
}

function version(numbers: Version): string {
  return numbers.length > 0 ? numbers.join('.') : 'not known';
}

function onOff(isOn: boolean): string {
  return isOn ? 'on' : 'off';
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function listed<T>(all: readonly T[] | ProbeFailure, line: (each: T, index: number) => string): readonly string[] {
  return typeof all === 'string' ? [probeFailures[all]] : orElse(all.map(line), 'None.');
}

function orElse(lines: readonly string[], otherwise: string): readonly string[] {
  return lines.length > 0 ? lines : [otherwise];
}
