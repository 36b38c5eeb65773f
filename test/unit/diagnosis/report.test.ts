import fc from 'fast-check';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DiagnosisOptions } from '../../../src/diagnosis/diagnose.ts';
import { SignedInAccounts } from '../../../src/accounts/store/signedInAccounts.ts';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { Failures } from '../../../src/shell/failures.ts';
import { findings } from '../../../src/diagnosis/findings.ts';
import type { Reach } from '../../../src/diagnosis/reach.ts';
import { render } from '../../../src/diagnosis/render.ts';
import type { Report } from '../../../src/diagnosis/report.ts';
import { asReport } from '../../../src/diagnosis/report.ts';
import type { SettingSchema } from '../../../src/diagnosis/settings.ts';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { errorCodes } from '../../../src/base/errors.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { codexService } from '../../../src/oauth/services/codexService.ts';
import type { TokenSet } from '../../../src/oauth/tokenSet.ts';
import { root } from '../../../scripts/root.mjs';
import { MemorySealKeyHistory, SharedSecrets } from '../accounts/store/support/secrets.ts';
import type { Window, WindowOptions } from '../accounts/store/support/window.ts';
import { flow, openWindow, storageFolder } from '../accounts/store/support/window.ts';
import { jwt } from '../support/jwt.ts';
import { fetchFailure } from '../support/network.ts';

interface Manifest {
  readonly contributes: { readonly configuration: { readonly properties: Record<string, SettingSchema> } };
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const schemas = manifest.contributes.configuration.properties;
const usual = {
  'http.proxySupport': 'override',
  ...Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, schema.default])),
};

const said: DiagnosisOptions['said'] = {
  extension: '0.1.0',
  editor: 'Visual Studio Code',
  editorVersion: '1.105.0',
  node: '22.19.0',
  sqlite: '3.50.4',
  platform: 'linux',
  platformVersion: '6.1.0-18-amd64',
  architecture: 'x64',
  editorHost: 'desktop',
  remote: undefined,
  environment: { CODEX_HOME: '/nowhere' },
};

/** The options of a diagnosis on a machine without problems, whose services do not respond. */
function options(window: Window, folder: string, change: Partial<DiagnosisOptions> = {}): DiagnosisOptions {
  return {
    ...window,
    folder,
    clock: systemClock,
    said,
    host: { ui: 'desktop', runs: 'ui', method: 'browser' },
    schemas,
    fetch: () => Promise.reject(fetchFailure('ENOTFOUND')),
    agent: 'test/1',
    signal: new AbortController().signal,
    valueOf: name => ({ ...usual, ...offline })[name],
    accounts: () => new SignedInAccounts(window.store, { clock: systemClock, log: window.log, allowedWorkspaces: () => [] }).diagnostics(),
    apiKeys: () => window.apiKeys.list(),
    workspaces: [],
    usageOf: () => undefined,
    failures: () => [],
    ...change,
  };
}

/** Addresses of this machine on which nothing listens: no request of a test leaves the machine. */
const offline = {
  'chatgptSignIn.issuer': 'https://127.0.0.1:9',
  'chatgptSignIn.backendUrl': 'https://127.0.0.1:9',
  'chatgptSignIn.apiUrl': 'https://127.0.0.1:9',
};

function open(change: Partial<WindowOptions> = {}): { folder: string; window: Window } {
  const folder = storageFolder();
  const window = openWindow({ folder, clock: systemClock, ...change });
  // What it does in the background would write to the folder while that is deleted.
  onTestFinished(() => window.store.close());
  return { folder, window };
}

const preface = ['Read it first.'];

/** The lines of a section. */
function section(text: string, heading: string): string[] {
  const [, after = ''] = text.split(`## ${heading}\n`);
  return (after.split('\n## ')[0] ?? '').split('\n').filter(line => line !== '');
}

const person = {
  'https://api.openai.com/auth': { chatgpt_user_id: 'user-SimulatedAda', chatgpt_account_id: 'ws-1234567890', chatgpt_plan_type: 'plus' },
};

function tokens(change: Partial<TokenSet> = {}): TokenSet {
  const now = Date.now();
  const idToken = jwt({ sub: 'auth0|ada', email: 'ada@example.com', ...person });
  return {
    accessToken: 'the-access-token',
    refreshToken: 'the-refresh-token',
    idToken,
    issuedAt: now,
    expiresAt: now + 3_630_000,
    ...change,
  };
}

const service = codexService({
  issuer: 'https://auth.openai.com',
  clientId: '',
  backendUrl: 'https://chatgpt.com/backend-api',
  originator: 't',
});

describe('the diagnosis report', () => {
  it('a report takes no free text: the compiler refuses it [R49]', () => {
    const report = {} as Report;
    // @ts-expect-error free text where one of a fixed list of words belongs
    asReport({ ...report, host: { ...report.host, method: 'any' as string } });
    expect(asReport(report)).toBe(report);
  });

  it('a machine without problems and accounts has the usual values in every section', async () => {
    const { folder, window } = open();
    await window.store.prepare();
    const text = render(await diagnose(options(window, folder)), preface);
    expect(text).toMatch(/^# Diagnosis of 20\d\d-.+Z\n\nRead it first\.\n\n## Findings\n/);
    expect(section(text, 'Errors in this window')).toEqual(['- None since the window was opened.']);
    expect(section(text, 'Versions')).toEqual([
      '- Extension: 0.1.0',
      '- Editor: Visual Studio Code 1.105.0',
      '- Node: 22.19.0, SQLite: 3.50.4',
      '- System: linux 6.1.0, x64',
    ]);
    expect(section(text, 'Folder')[0]).toBe('- State: owned by you, mode: 0700, files that others can access: 0');
    expect(section(text, 'Vault')).toEqual([
      expect.stringMatching(/^- Read: \d+ ms, format: \d$/),
      expect.stringMatching(/^- Write \(without changes\): \d+ ms$/),
      '- Key 1: present, since before this window, encrypts nothing',
    ]);
    expect(section(text, 'Secret storage')[0]).toMatch(/^- Response: \d+ ms$/);
    expect(section(text, 'Accounts (included in your ChatGPT plan)')).toEqual(['- None.']);
    expect(section(text, 'API keys (billed per token)')).toEqual(['- None.']);
    expect(section(text, 'Codex CLI')).toEqual([
      '- Executable: not found, version: unknown',
      '- You allow using its sign-in: no, session file: not read, others can read the file: no',
    ]);
  });

  it('accounts and API keys are numbered, with their state and what is known of their tokens, and without secrets', async () => {
    const { folder, window } = open();
    const account = await window.store.saveSignIn(service, tokens(), flow);
    await window.apiKeys.add({ name: 'work of ada', secret: 'sk-proj-secret', apiUrl: 'https://api.openai.com/v1', owner: {} });
    const text = render(await diagnose(options(window, folder)), preface);
    expect(section(text, 'Accounts (included in your ChatGPT plan)')).toEqual([
      '- 1: ready; service: openai at the default URL; in a workspace; refreshes: 0; token valid, minutes left: 60; lock: free; usage: not loaded yet',
    ]);
    expect(section(text, 'API keys (billed per token)')).toEqual(['- 1: valid at the last check; for the default URL']);
    expect(section(text, 'Vault').at(-1)).toBe('- Key 1: present, since before this window, encrypts ready 1, apiKeys 1');
    for (const secret of [
      account.label,
      account.hash,
      account.keyId,
      'the-access-token',
      'the-refresh-token',
      'sk-proj-secret',
      'work of ada',
      folder,
    ])
      expect(text).not.toContain(secret);
  });

  it.each(errorCodes)('an error of this window is listed by its code: %s', async code => {
    const failures = new Failures(systemClock);
    failures.note(code, ['connect ECONNREFUSED', 'ada@example.com']);
    const report = {
      ...(await emptyReport()),
      failures: [{ code, times: 2, at: Date.now(), networkWords: ['ECONNREFUSED' as const] }],
    };
    expect(section(render(report, preface), 'Errors in this window')[0]).toMatch(
      new RegExp(`^- ${code} \\(ECONNREFUSED\\), times: 2, last `),
    );
    const { folder, window } = open();
    const signal = AbortSignal.abort();
    const [seen] = (await diagnose(options(window, folder, { signal, failures: () => failures.all }))).failures;
    expect(seen).toMatchObject({ code, times: 1, networkWords: ['ECONNREFUSED'] });
  });

  it('a Node.js without SQLite is named in the findings, with the way out', async () => {
    const { folder, window } = open();
    const text = render(await diagnose(options(window, folder, { said: { ...said, node: 'v20.19.0', sqlite: undefined } })), preface);
    expect(section(text, 'Findings').join(' ')).toMatch(/without SQLite \(sqliteMissing\)\. Install the extension locally/);
  });

  it('an account whose lock another window holds and a vault of a newer version are named in the findings', async () => {
    const { folder, window } = open();
    const { hash } = await window.store.saveSignIn(service, tokens(), flow);
    const other = await openWindow({ folder, clock: systemClock }).locks.tryAcquire(hash);
    const text = render(await diagnose(options(window, folder)), preface);
    other?.release();
    expect(text).toContain('lock: held');
    expect(section(text, 'Findings')).toContain('- Another window is refreshing account 1, or is unresponsive.');
    const newer: ErrorCode = 'extensionOutdated';
    const report = await emptyReport();
    expect(render({ ...report, vault: { ...report.vault, read: { code: newer } } }, preface)).toContain(`could not be read (${newer})`);
  });

  it('a host name that only the proxy resolves is not a finding', async () => {
    const report = await emptyReport();
    const reached: Reach = {
      name: 'issuer',
      place: 'usual',
      dns: { words: ['EAI_AGAIN'] },
      tunnel: 'open',
      answer: { kind: 'answers', status: 200, ms: 5 },
    };
    const findingsOf = (service: Reach) => findings({ ...report, network: { ...report.network, services: [service] } }).join(' ');
    expect(findingsOf(reached)).not.toContain('The host name of');
    expect(findingsOf({ ...reached, answer: { code: 'nameNotResolved', words: [], ms: 5 } })).toContain(
      'The host name of the sign-in service',
    );
  });

  it('a proxy is ignored when http.proxySupport is off', async () => {
    const { folder, window } = open();
    const values: Readonly<Record<string, unknown>> = { ...usual, ...offline, 'http.proxy': 'http://127.0.0.1:9' };
    const withProxy = await diagnose(options(window, folder, { valueOf: name => values[name] }));
    expect(withProxy.network.proxy).toMatchObject({ source: 'http.proxy' });
    const off = await diagnose(options(window, folder, { valueOf: name => ({ ...values, 'http.proxySupport': 'off' })[name] }));
    expect(off.network.proxy).toBe('none');
  });

  it.runIf(process.platform !== 'win32')('files that other users can read and a storage folder behind a link are reported', async () => {
    const { folder, window } = open();
    await window.store.prepare();
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
    const text = render(await diagnose(options(window, folder)), preface);
    expect(section(text, 'Findings')).toContain('- Other users of this computer can access the files that store the sign-ins.');
    const link = join(dirname(folder), 'link');
    mkdirSync(join(dirname(folder), 'elsewhere'));
    symlinkSync(join(dirname(folder), 'elsewhere'), link);
    const linked = openWindow({ folder: link, clock: systemClock });
    const led = await diagnose(options(linked, link));
    expect(led).toMatchObject({ folder: { owner: 'leadsElsewhere' }, vault: { read: { code: 'folderNotOurs' } } });
  });

  it('unreliable file locks, a secret storage that lost a key and one that does not respond are reported', async () => {
    const { folder, window } = open({ fileSystemType: () => Promise.resolve(0x6969) });
    await window.store.saveSignIn(service, tokens(), flow);
    const lying = render(await diagnose(options(window, folder)), preface);
    expect(section(lying, 'Findings')).toContain('- The sign-ins are stored on a network drive, where file locks are unreliable.');
    const secrets = new SharedSecrets();
    const history = new MemorySealKeyHistory();
    const first = open({ secrets, history });
    await first.window.store.saveSignIn(service, tokens(), flow);
    const lost = openWindow({ folder: first.folder, clock: systemClock, secrets: new SharedSecrets(), history });
    const text = render(await diagnose(options(lost, first.folder)), preface);
    expect(section(text, 'Findings').join('\n')).toMatch(/secretStoreVolatile[^]*keyMissing/);
    const dumb = { get: () => Promise.reject(new Error('no keyring')), store: () => Promise.resolve(), delete: () => Promise.resolve() };
    const without = openWindow({ folder: first.folder, clock: systemClock, secrets: dumb, history });
    const silent = render(await diagnose(options(without, first.folder)), preface);
    expect(section(silent, 'Secret storage')[0]).toBe('- Response: secretStoreUnavailable');
  });

  it('a diagnosis stores no secret, and creates no file but the lock of the account', async () => {
    const stored: string[] = [];
    const secrets = new SharedSecrets();
    const { folder, window } = open({
      secrets: {
        get: name => secrets.get(name),
        store: (name, value) => {
          stored.push(name);
          return secrets.store(name, value);
        },
        delete: name => secrets.delete(name),
      },
    });
    const { hash } = await window.store.saveSignIn(service, tokens(), flow);
    const before = { files: [...readdirSync(folder), `lock-${hash}.db`].sort(), stored: [...stored] };
    await diagnose(options(window, folder));
    expect({ files: readdirSync(folder).sort(), stored }).toEqual(before);
  });

  it('a setting is shown with its value only if the manifest lists that value', async () => {
    const { folder, window } = open();
    const values = {
      ...usual,
      ...offline,
      'chatgptSignIn.clientId': 'app_ada',
      'chatgptSignIn.allowedWorkspace': ['ws-ada'],
      'chatgptSignIn.signInMethod': 'deviceCode',
      'chatgptSignIn.usage.warnAt': 70,
      'chatgptSignIn.usage.show': 'ada',
    };
    const report = await diagnose(options(window, folder, { valueOf: name => (values as Record<string, unknown>)[name] }));
    expect(section(render(report, preface), 'Changed settings').sort()).toEqual([
      '- chatgptSignIn.allowedWorkspace: entries: 1',
      '- chatgptSignIn.apiUrl: set',
      '- chatgptSignIn.backendUrl: set',
      '- chatgptSignIn.clientId: set',
      '- chatgptSignIn.issuer: set',
      '- chatgptSignIn.signInMethod: deviceCode',
      '- chatgptSignIn.usage.show: set',
      '- chatgptSignIn.usage.warnAt: 70',
    ]);
  });

  it('a report is complete when every part of the diagnosis fails, and returns at once when the person cancels', async () => {
    const { folder, window } = open();
    const fail = () => Promise.reject(new Error('broken'));
    const broken = {
      vault: { read: fail, write: fail },
      locks: { areUnreliable: fail, tryAcquire: fail },
      keys: { status: fail },
      accounts: fail,
      apiKeys: fail,
      fetch: fail,
    };
    const text = render(await diagnose(options(window, folder, broken)), preface);
    expect(text).toContain('could not be read (unexpected)');
    const never = () => new Promise<never>(() => undefined);
    const hanging = { ...broken, vault: { read: never, write: never }, keys: { status: never }, accounts: never, fetch: never };
    const started = Date.now();
    await diagnose(options(window, folder, { ...hanging, signal: AbortSignal.timeout(50) }));
    expect(Date.now() - started).toBeLessThan(2_000);
  });
});

/** A report that a test changes in one part. */
async function emptyReport(): Promise<Report> {
  const { folder, window } = open();
  return diagnose(options(window, folder, { signal: AbortSignal.abort() }));
}

describe('the diagnosis report and values from the machine, the settings, the network and the accounts', () => {
  const hex = fc.stringMatching(/^[0-9a-f]{16,32}$/);
  /** Values in the shape of real ones. */
  const secret = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_-]{20,60}$/),
    fc.stringMatching(/^[A-Z0-9]{4}-[A-Z0-9]{5}$/),
    fc.stringMatching(/^[a-z]{5,9}\.[a-z]{5,9}@[a-z]{5,9}\.example$/),
    fc.stringMatching(/^\/home\/[a-z]{6,12}\/\.config\/[a-z]{6,12}$/),
    fc.stringMatching(/^C:\\Users\\[A-Z][a-z]{6,12}\\AppData$/),
    fc.stringMatching(/^https:\/\/[a-z]{6,9}:[A-Za-z0-9]{8,12}@[a-z]{6,12}\.example:\d{4}$/),
    fc.stringMatching(/^sk-proj-[A-Za-z0-9]{16}$/),
    fc.stringMatching(/^\d{9,12}$/),
    fc.uuid(),
    hex,
    fc.constantFrom('# [click](command:evil)', '<script>alert(1)</script>', 'line\n## Versions\n- injected'),
  );

  it('none of those values is in the report [R49]', async () => {
    const { folder, window } = open();
    const run = async (words: readonly string[]) => {
      const at = (index: number) => words[index % words.length] ?? '';
      const failures = new Failures(systemClock);
      failures.note('offline', words);
      const change: Partial<DiagnosisOptions> = {
        said: {
          extension: at(0),
          editor: at(1),
          editorVersion: at(2),
          node: `v${at(3)}`,
          sqlite: at(4),
          platform: at(5),
          platformVersion: `6.1.0-${at(6)}`,
          architecture: at(7),
          editorHost: at(8),
          remote: at(9),
          environment: {
            HTTPS_PROXY: at(0),
            NO_PROXY: at(1),
            SSL_CERT_FILE: at(2),
            NODE_EXTRA_CA_CERTS: at(3),
            CI: at(4),
            SSH_CONNECTION: at(5),
          },
        },
        valueOf: name =>
          name === 'chatgptSignIn.issuer'
            ? `https://127.0.0.1:9/${encodeURIComponent(at(6))}`
            : name.includes('allowed') || name === 'http.noProxy'
              ? words
              : at(name.length),
        accounts: () =>
          Promise.resolve([
            {
              ...{ hash: at(1), hasWorkspace: true, hasUsage: true, generation: 1, unanswered: 0 },
              state: at(0) as 'ready',
              dialect: at(2) as 'openai',
              issuer: at(3),
            },
          ]),
        apiKeys: () =>
          Promise.resolve([
            { id: at(0), keyId: at(1), name: at(2), secret: at(3), apiUrl: at(4), owner: {}, isRefused: false, addedAt: 0 },
          ]),
        fetch: () => Promise.reject(fetchFailure(at(5), at(6))),
        failures: () => failures.all,
      };
      const text = render(await diagnose(options(window, folder, change)), preface);
      for (const word of words) expect(text).not.toContain(word);
      expect(text).toContain('- 1: other; service: other at another URL');
      expect(text.match(/^## Versions$/gm)).toHaveLength(1);
    };
    await fc.assert(fc.asyncProperty(fc.array(secret, { minLength: 10, maxLength: 10 }), run), { numRuns: 60 });
  });
});
