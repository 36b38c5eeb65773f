import type { AccountFacts } from './accounts.ts';
import type { NotAsked, Reach, Step } from './reach.ts';
import type { Report } from './report.ts';

/** Seconds that two clocks may be apart before tokens are taken to be too young or too old. */
const clockTolerance = 60;
/** Milliseconds that a secret store may take before a person notices. */
const slowStore = 2_000;
/** Megabytes below which a disk is as good as full. */
const littleRoom = 100;

const names: Readonly<Record<Reach['name'], string>> = { issuer: 'sign-in service', backEnd: 'back end', api: 'API' };

/** What is out of order, as sentences: first what keeps a sign-in from going through. */
export function findings(report: Report): readonly string[] {
  return [
    ...report.network.services.flatMap(service => ('problem' in service ? [notAsked(service)] : serviceFindings(service, report))),
    ...networkFindings(report),
    ...portFindings(report),
    ...storageFindings(report),
    ...accountFindings(report),
    ...(typeof report.codexCli !== 'string' && report.codexCli.isOpenToOthers
      ? ["Other users of this machine can read the Codex CLI's session file."]
      : []),
  ];
}

function notAsked({ name, problem }: NotAsked): string {
  return `The setting of the ${names[name]}'s address cannot be used (${problem}), so nothing was sent there.`;
}

function serviceFindings(reach: Reach, { network }: Report): string[] {
  const { name, dns, tunnel, tls, answer } = reach;
  const service = names[name];
  const found: string[] = [];
  // Behind a proxy it is the proxy that has to know the name.
  if (wordsOf(dns) !== undefined && 'code' in answer) found.push(`The name of the ${service} was not found here (${list(wordsOf(dns))}).`);
  if (tunnel === 'asksForSignIn') found.push(`The proxy wants to know who asks (407) before it lets anything through to the ${service}.`);
  else if (tunnel !== undefined && tunnel !== 'open' && tunnel !== 'notTried')
    found.push(`The proxy does not let requests through to the ${service} (${typeof tunnel === 'string' ? tunnel : list(tunnel.words)}).`);
  const certificate = wordsOf(tls)?.filter(isAboutCertificate) ?? [];
  if (certificate.length > 0) {
    const isTrustedBySystem = 'status' in answer && network.editor.systemCertificates;
    found.push(
      isTrustedBySystem
        ? `The certificate of the ${service} comes from an authority that only this system trusts (${list(certificate)}): something in between, such as a company's proxy, reads along. VS Code accepts it.`
        : `The certificate of the ${service} is not trusted (${list(certificate)}).`,
    );
  }
  if ('code' in answer) {
    found.push(
      `The ${service} cannot be reached through VS Code (${answer.code}${answer.words.length > 0 ? `: ${list(answer.words)}` : ''}).`,
    );
  } else {
    if (answer.kind === 'page') found.push(`A page stands where the ${service} should answer (blocked, status ${String(answer.status)}).`);
    if (answer.kind === 'unavailable') found.push(`The ${service} is not available (serviceUnavailable, status ${String(answer.status)}).`);
    if (answer.kind === 'notUnderstood') found.push(`The answer of the ${service} is not what it should be (answerNotUnderstood).`);
    if (Math.abs(answer.clockAhead ?? 0) > clockTolerance)
      found.push(`The clock of the ${service} and this machine's are ${String(Math.abs(answer.clockAhead ?? 0))} seconds apart.`);
  }
  return found;
}

function networkFindings({ network }: Report): string[] {
  const { editor, certificateFiles, tlsVerificationDisabled: believesAll } = network;
  const missing = Object.entries(certificateFiles).flatMap(([name, state]) => (state === 'missing' ? [name] : []));
  return [
    ...missing.map(name => `${name} names a file that is not there.`),
    ...(editor.systemCertificates ? [] : ['VS Code is set to ignore the certificates of the system (http.systemCertificates).']),
    ...(editor.proxyStrictSsl && !believesAll ? [] : ['Certificates are not checked: any proxy can read every token.']),
  ];
}

function portFindings({ ports }: Report): string[] {
  const busy = ports.filter(state => typeof state !== 'string' && state.holder !== 'nobody' && state.holder !== 'ours');
  if (busy.length === 0) return [];
  return busy.length === ports.length
    ? ['Both ports that the browser can come back to are taken (portsBusy). A device code needs none.']
    : ['One of the two ports that the browser can come back to is taken: the other is used.'];
}

function storageFindings({ folder, vault, secretStore }: Report): string[] {
  const found: string[] = [];
  if (typeof folder !== 'string') {
    if (folder.owner !== 'ours' && folder.owner !== 'missing') found.push(`The folder of the sign-ins is not used: ${folder.owner}.`);
    if (folder.openToOthers > 0 || ((folder.mode ?? 0) & 0o077) !== 0)
      found.push('Other users of this machine can get at the files of the sign-ins.');
    if (folder.hasUnreliableLocks) found.push('The sign-ins lie on a network drive, where locks cannot be relied on.');
    if (folder.freeMegabytes !== undefined && folder.freeMegabytes < littleRoom) found.push('The disk is nearly full (diskFull).');
  }
  for (const [what, step] of [
    ['read', vault.read],
    ['written', vault.write],
  ] as const) {
    if (typeof step === 'string') found.push(`The saved sign-ins cannot be ${what} in time (vaultLocked).`);
    else if ('code' in step) found.push(`The saved sign-ins cannot be ${what} (${step.code}).`);
  }
  const { answers, memory } = secretStore;
  if (typeof answers === 'string' || 'code' in answers) found.push("VS Code's secret storage does not answer (secretStoreUnavailable).");
  else if (answers.ms > slowStore) found.push(`VS Code's secret storage took ${String(answers.ms)} ms to answer.`);
  if (memory === 'seemsVolatile')
    found.push("VS Code's secret storage has lost a key: it seems to keep secrets in memory only (secretStoreVolatile).");
  const closed = vault.keys.filter(
    ({ place, seals }) => place !== 'here' && place !== 'notTold' && Object.values(seals).some(count => count > 0),
  );
  if (closed.length > 0) found.push(`Some saved sign-ins cannot be opened here, for want of their key (keyMissing).`);
  return found;
}

function accountFindings({ accounts }: Report): string[] {
  if (typeof accounts === 'string') return ['The accounts could not be listed.'];
  const numbered = (wanted: (account: AccountFacts) => boolean) =>
    accounts.flatMap((account, index) => (wanted(account) ? [index + 1] : []));
  const found: string[] = [];
  for (const number of numbered(({ state }) => state === 'expired'))
    found.push(`The session of account ${String(number)} is over (signedOut).`);
  for (const number of numbered(({ state, unanswered }) => state === 'refreshing' && unanswered > 0))
    found.push(`The last renewal of account ${String(number)} got no answer; it is tried again.`);
  for (const number of numbered(({ lock }) => lock === 'held'))
    found.push(`Another window is renewing account ${String(number)}, or hangs.`);
  return found;
}

function wordsOf<T extends object>(step: Step<T> | undefined): readonly string[] | undefined {
  return typeof step === 'object' && 'words' in step ? step.words : undefined;
}

function isAboutCertificate(word: string): boolean {
  return /CERT|SIGNED|ISSUER|LEAF_SIGNATURE|CA$|CRL|HOSTNAME/.test(word);
}

function list(words: readonly string[] | undefined): string {
  return words === undefined || words.length === 0 ? 'no known word' : words.join(', ');
}
