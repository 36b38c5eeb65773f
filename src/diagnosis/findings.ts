import type { AccountFacts } from './accountFacts.ts';
import { owners } from './labels.ts';
import type { NotAsked, Reach, Step } from './reach.ts';
import type { Report } from './report.ts';

/** Seconds that two clocks may differ before a token counts as not yet valid or as expired. */
const clockTolerance = 60;
/** Milliseconds after which a person notices a slow secret storage. */
const slowStore = 2_000;
/** Megabytes of free space below which a disk counts as nearly full. */
const littleRoom = 100;

const names: Readonly<Record<Reach['name'], string>> = { issuer: 'sign-in service', backEnd: 'backend', api: 'API' };

/** Problems as sentences: what prevents a sign-in comes first. */
export function findings(report: Report): readonly string[] {
  return [
    ...(report.machine.sqlite.length === 0
      ? [
          'The extension host runs on a Node.js version without SQLite (sqliteMissing). Install the extension locally instead of on the remote machine, or update the editor.',
        ]
      : []),
    ...report.network.services.flatMap(service => ('problem' in service ? [notAsked(service)] : serviceFindings(service, report))),
    ...networkFindings(report),
    ...portFindings(report),
    ...storageFindings(report),
    ...accountFindings(report),
    ...(typeof report.codexCli !== 'string' && report.codexCli.isOpenToOthers
      ? ["Other users of this computer can read the Codex CLI's session file."]
      : []),
  ];
}

function notAsked({ name, problem }: NotAsked): string {
  return `The URL of the ${names[name]} in the settings is not valid (${problem}). Nothing was sent to it.`;
}

function serviceFindings(reach: Reach, { network }: Report): string[] {
  const { name, dns, tunnel, tls, answer } = reach;
  const service = names[name];
  const found: string[] = [];
  // Behind a proxy, the proxy resolves the host name.
  if (wordsOf(dns) !== undefined && 'code' in answer)
    found.push(`The host name of the ${service} was not found on this computer (${list(wordsOf(dns))}).`);
  if (tunnel === 'asksForSignIn') found.push(`The proxy requires authentication (407) for requests to the ${service}.`);
  else if (tunnel !== undefined && tunnel !== 'open' && tunnel !== 'notTried')
    found.push(`The proxy does not forward requests to the ${service} (${typeof tunnel === 'string' ? tunnel : list(tunnel.words)}).`);
  const certificate = wordsOf(tls)?.filter(isAboutCertificate) ?? [];
  if (certificate.length > 0) {
    const isTrustedBySystem = 'status' in answer && network.editor.systemCertificates;
    found.push(
      isTrustedBySystem
        ? `The certificate of the ${service} is issued by an authority that only this system trusts (${list(certificate)}): a company proxy or another program decrypts the connection. VS Code accepts the certificate.`
        : `The certificate of the ${service} is not trusted (${list(certificate)}).`,
    );
  }
  if ('code' in answer) {
    found.push(
      `The ${service} cannot be reached through VS Code (${answer.code}${answer.words.length > 0 ? `: ${list(answer.words)}` : ''}).`,
    );
  } else {
    if (answer.kind === 'page')
      found.push(`The ${service} returned a web page instead of a response (blocked, status ${String(answer.status)}).`);
    if (answer.kind === 'unavailable') found.push(`The ${service} is not available (serviceUnavailable, status ${String(answer.status)}).`);
    if (answer.kind === 'notUnderstood') found.push(`The ${service} returned an unexpected response (answerNotUnderstood).`);
    if (Math.abs(answer.clockAhead ?? 0) > clockTolerance)
      found.push(`The clocks of the ${service} and this computer differ by ${String(Math.abs(answer.clockAhead ?? 0))} seconds.`);
  }
  return found;
}

function networkFindings({ network }: Report): string[] {
  const { editor, certificateFiles, tlsVerificationDisabled } = network;
  const missing = Object.entries(certificateFiles).flatMap(([name, state]) => (state === 'missing' ? [name] : []));
  return [
    ...missing.map(name => `${name} names a file that does not exist.`),
    ...(editor.systemCertificates ? [] : ['VS Code ignores system certificates (http.systemCertificates is off).']),
    ...(editor.proxyStrictSsl && !tlsVerificationDisabled ? [] : ['Certificates are not verified: any proxy can read every token.']),
  ];
}

function portFindings({ ports }: Report): string[] {
  const busy = ports.filter(state => typeof state !== 'string' && state.holder !== 'nobody' && state.holder !== 'ours');
  if (busy.length === 0) return [];
  return busy.length === ports.length
    ? ['Other programs use both redirect ports (portsBusy). A device code needs no port.']
    : ['Another program uses one of the two redirect ports. Sign-in uses the other one.'];
}

function storageFindings({ folder, vault, secretStore }: Report): string[] {
  const found: string[] = [];
  if (typeof folder !== 'string') {
    if (folder.owner !== 'ours' && folder.owner !== 'missing')
      found.push(`The folder for the sign-ins is not used, because it is ${owners[folder.owner]}.`);
    if (folder.openToOthers > 0 || ((folder.mode ?? 0) & 0o077) !== 0)
      found.push('Other users of this computer can access the files that store the sign-ins.');
    if (folder.hasUnreliableLocks) found.push('The sign-ins are stored on a network drive, where file locks are unreliable.');
    if (folder.freeMegabytes !== undefined && folder.freeMegabytes < littleRoom) found.push('The disk is nearly full (diskFull).');
  }
  for (const [what, step] of [
    ['read', vault.read],
    ['written', vault.write],
  ] as const) {
    if (typeof step === 'string') found.push(`The saved sign-ins could not be ${what} in time (vaultLocked).`);
    else if ('code' in step) found.push(`The saved sign-ins could not be ${what} (${step.code}).`);
  }
  const { answers, memory } = secretStore;
  if (typeof answers === 'string' || 'code' in answers) found.push("VS Code's secret storage does not respond (secretStoreUnavailable).");
  else if (answers.ms > slowStore) found.push(`VS Code's secret storage took ${String(answers.ms)} ms to respond.`);
  if (memory === 'seemsVolatile')
    found.push("VS Code's secret storage lost an encryption key: it may keep secrets in memory only (secretStoreVolatile).");
  const closed = vault.keys.filter(
    ({ place, seals }) => place !== 'here' && place !== 'unknown' && Object.values(seals).some(count => count > 0),
  );
  if (closed.length > 0) found.push('Some saved sign-ins cannot be decrypted, because their encryption key is missing (keyMissing).');
  return found;
}

function accountFindings({ accounts }: Report): string[] {
  if (typeof accounts === 'string') return ['Could not list the accounts.'];
  const numbered = (wanted: (account: AccountFacts) => boolean) =>
    accounts.flatMap((account, index) => (wanted(account) ? [index + 1] : []));
  const found: string[] = [];
  for (const number of numbered(({ state }) => state === 'expired'))
    found.push(`The session of account ${String(number)} has expired (signedOut).`);
  for (const number of numbered(({ state }) => state === 'accessOnly'))
    found.push(`The session of account ${String(number)} can no longer be refreshed, and ends with its current token.`);
  for (const number of numbered(({ state, unanswered }) => state === 'refreshing' && unanswered > 0))
    found.push(`The last refresh of account ${String(number)} got no response. It will be repeated.`);
  for (const number of numbered(({ lock }) => lock === 'held'))
    found.push(`Another window is refreshing account ${String(number)}, or is unresponsive.`);
  return found;
}

function wordsOf<T extends object>(step: Step<T> | undefined): readonly string[] | undefined {
  return typeof step === 'object' && 'words' in step ? step.words : undefined;
}

function isAboutCertificate(word: string): boolean {
  return /CERT|SIGNED|ISSUER|LEAF_SIGNATURE|CA$|CRL|HOSTNAME/.test(word);
}

function list(words: readonly string[] | undefined): string {
  return words === undefined || words.length === 0 ? 'no known error name' : words.join(', ');
}
