import type { AccountFacts, ApiKeyFacts, UsageFacts } from './accountFacts.ts';
import { findings } from './findings.ts';
import { authFiles, executables, owners, responses } from './labels.ts';
import type { CodexCliFacts } from './codexCliFacts.ts';
import type { PortHolder } from './ports.ts';
import type { ProbeFailure } from './probe.ts';
import type { ProxyFacts, AddressKind } from './proxy.ts';
import type { NotAsked, Reach, Step, Tunnel } from './reach.ts';
import type { FailureFacts, Report } from './report.ts';
import type { ChangedSetting } from './settings.ts';
import type { FolderState, KeyState, Timed } from './storage.ts';
import type { Version } from './words.ts';

/**
 * The report as Markdown, in short sections of short lines, which a screen reader reads in a useful order. It is in English for the
 * reader of a bug report.
 * @param preface its first paragraphs, in the person's display language
 */
export function render(report: Report, preface: readonly string[]): string {
  const { machine, host, ports, network, folder, vault, secretStore } = report;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Findings', orElse(findings(report), 'None. Earlier errors are listed under "Errors in this window".')],
    [
      'Errors in this window',
      orElse(
        report.failures.map(failure => failureLine(failure, report.at)),
        'None since the window was opened.',
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
        `Default sign-in method: ${host.method}`,
        `Environment variables that are set: ${host.surroundings.join(', ') || 'none of the relevant ones'}`,
      ],
    ],
    [
      'Ports',
      ports.map((state, index) =>
        typeof state === 'string'
          ? `Port ${String(index + 1)}: ${probeFailures[state]}`
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
        `Read: ${timed(vault.read)}, format: ${vault.format === undefined ? 'unknown' : String(vault.format)}`,
        `Write (without changes): ${timed(vault.write)}`,
        ...vault.keys.map((key, index) => `Key ${String(index + 1)}: ${keyLine(key)}`),
        ...(vault.signingOut > 0 ? [`Sessions to be revoked: ${String(vault.signingOut)}`] : []),
      ],
    ],
    ['Secret storage', [`Response: ${timed(secretStore.answers)}`, `Keeps secrets: ${memories[secretStore.memory]}`]],
    ['Accounts (included in your ChatGPT plan)', listed(report.accounts, accountLine)],
    ['API keys (billed per token)', listed(report.apiKeys, apiKeyLine)],
    ['Codex CLI', typeof report.codexCli === 'string' ? [probeFailures[report.codexCli]] : codexCliLines(report.codexCli)],
    ['Changed settings', orElse(report.settings.map(settingLine), 'None.')],
  ];
  const title = `# Diagnosis of ${iso(report.at)}`;
  return (
    [title, ...preface, ...sections.map(([heading, lines]) => [`## ${heading}`, '', ...lines.map(line => `- ${line}`)].join('\n'))].join(
      '\n\n',
    ) + '\n'
  );
}

const probeFailures: Readonly<Record<ProbeFailure, string>> = { timedOut: 'no response in time', failed: 'could not be checked' };

const holders: Readonly<Record<PortHolder, string>> = {
  nobody: 'free',
  reserved: 'reserved by the operating system',
  taken: 'used by a program that does not respond',
  ours: 'used by a sign-in of this extension',
  codexCli: 'probably used by a sign-in of the Codex CLI',
  webServer: 'used by another program (HTTP)',
  otherProgram: 'used by another program (not HTTP)',
  silent: 'used by another program (silent)',
};

const places: Readonly<Record<AddressKind, string>> = {
  usual: 'the default URL',
  thisMachine: 'a URL on this computer',
  elsewhere: 'another URL',
};

const names: Readonly<Record<Reach['name'], string>> = { issuer: 'Sign-in service', backEnd: 'Backend', api: 'API' };

const tunnels: Readonly<Record<Tunnel, string>> = {
  open: 'connected',
  asksForSignIn: 'requires authentication (407)',
  refuses: 'refused',
  notAProxy: 'not a proxy',
  notTried: 'not tried',
};

const memories: Readonly<Record<Report['secretStore']['memory'], string>> = {
  lasting: 'yes, secrets of an earlier window are present',
  seemsVolatile: 'probably in memory only, an encryption key is lost',
  notKnown: 'unknown, no earlier window stored one',
};

function serviceLines(service: Reach | NotAsked): string[] {
  const name = names[service.name];
  if ('problem' in service) return [`${name}: no request sent, ${service.problem}`];
  const { dns, tunnel, tls, answer } = service;
  const steps = [
    dns === undefined ? undefined : `DNS: ${outcome(dns, found => `addresses: ${String(found.addresses)} (${String(found.ms)} ms)`)}`,
    tunnel === undefined
      ? undefined
      : `proxy: ${typeof tunnel === 'string' ? { ...tunnels, ...probeFailures }[tunnel] : words(tunnel.words)}`,
    tls === undefined ? undefined : `TLS with Node's certificates: ${outcome(tls, ({ version, ms }) => `${version} (${String(ms)} ms)`)}`,
  ].filter(step => step !== undefined);
  return [`${name}: ${places[service.place]}; ${[...steps, `request by VS Code: ${responseLine(answer)}`].join('; ')}`];
}

function responseLine(answer: Reach['answer']): string {
  if ('code' in answer) return `${answer.code}${answer.words.length > 0 ? ` (${words(answer.words)})` : ''} after ${String(answer.ms)} ms`;
  const clock = answer.clockAhead === undefined ? 'clock difference unknown' : `its clock is ${String(answer.clockAhead)} s ahead`;
  return `${responses[answer.kind]}, status ${String(answer.status)}, ${String(answer.ms)} ms, ${clock}`;
}

function proxyLine(proxy: ProxyFacts | 'none'): string {
  if (proxy === 'none') return 'none in the settings or environment, the system may have one';
  const { source, scheme, place, hasCredentials } = proxy;
  return `set by ${source}, ${scheme.replace(':', '')}, on ${place === 'thisMachine' ? 'this computer' : 'another computer'}, ${hasCredentials ? 'with' : 'without'} credentials in its URL`;
}

function folderLines(folder: FolderState): string[] {
  const { owner, mode, freeMegabytes, hasUnreliableLocks, vaults, locks, openToOthers } = folder;
  return [
    `State: ${owners[owner]}, mode: ${mode === undefined ? 'none' : mode.toString(8).padStart(4, '0')}, files that others can access: ${String(openToOthers)}`,
    `Vaults: ${String(vaults)}, locks: ${String(locks)}, file system: ${hasUnreliableLocks ? 'network drive, with unreliable locks' : 'local'}`,
    `Free: ${freeMegabytes === undefined ? 'unknown' : `${String(freeMegabytes)} MB`}`,
  ];
}

function keyLine({ place, isKept, seals }: KeyState): string {
  const where = { here: 'present', lost: 'lost by the secret storage', elsewhere: 'from another secret storage', unknown: 'unknown' }[
    place
  ];
  const sealed = Object.entries(seals).flatMap(([state, count]) => (count > 0 ? [`${state} ${String(count)}`] : []));
  return `${where}${isKept ? ', since before this window' : ''}, encrypts ${sealed.length > 0 ? sealed.join(', ') : 'nothing'}`;
}

function accountLine(account: AccountFacts, index: number): string {
  const { state, service, place, hasWorkspace, generation, minutesLeft, unanswered, lock, usage } = account;
  return [
    `${String(index + 1)}: ${state}`,
    `service: ${service} at ${places[place]}`,
    hasWorkspace ? 'in a workspace' : 'without a workspace',
    `refreshes: ${String(generation - 1)}${unanswered > 0 ? `, without a response: ${String(unanswered)}` : ''}`,
    minutesLeft === undefined
      ? 'token expiration unknown'
      : minutesLeft < 0
        ? `token expired, minutes ago: ${String(-minutesLeft)}`
        : `token valid, minutes left: ${String(minutesLeft)}`,
    `lock: ${lock === 'timedOut' || lock === 'failed' ? probeFailures[lock] : lock}`,
    `usage: ${usageLine(usage)}`,
  ].join('; ');
}

function apiKeyLine({ lastCheck, place }: ApiKeyFacts, index: number): string {
  return `${String(index + 1)}: ${lastCheck === 'accepted' ? 'valid' : 'rejected'} at the last check; for ${places[place]}`;
}

function codexCliLines({ executable, version: numbers, isAllowed, session, isOpenToOthers }: CodexCliFacts): string[] {
  return [
    `Executable: ${executables[executable]}, version: ${version(numbers)}`,
    `You allow using its sign-in: ${isAllowed ? 'yes' : 'no'}, session file: ${authFiles[session]}, others can read the file: ${isOpenToOthers ? 'yes' : 'no'}`,
  ];
}

function usageLine(usage: UsageFacts): string {
  if (usage === 'unavailable') return 'not available for this account';
  if (usage === 'notReadYet') return 'not loaded yet';
  return 'failure' in usage ? `${usage.failure} (${usage.code})` : `loaded, minutes ago: ${String(usage.minutesOld)}`;
}

function failureLine({ code, times, at, networkWords: known }: FailureFacts, now: number): string {
  const network = known.length > 0 ? ` (${words(known)})` : '';
  return `${code}${network}, times: ${String(times)}, last ${iso(at)}, seconds ago: ${String(Math.max(0, Math.round((now - at) / 1000)))}`;
}

function settingLine({ name, value }: ChangedSetting): string {
  if (value === 'set') return `${name}: set`;
  return `${name}: ${typeof value === 'object' ? `entries: ${String(value.entries)}` : String(value)}`;
}

function outcome<T extends object>(step: Step<T>, format: (step: T) => string): string {
  if (typeof step === 'string') return probeFailures[step];
  return 'words' in step ? words(step.words) : format(step);
}

function timed(step: Timed): string {
  if (typeof step === 'string') return probeFailures[step];
  return 'code' in step ? step.code : `${String(step.ms)} ms`;
}

function words(known: readonly string[]): string {
  return known.length > 0 ? known.join(', ') : 'an error without a known name';
}

function version(numbers: Version): string {
  return numbers.length > 0 ? numbers.join('.') : 'unknown';
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
