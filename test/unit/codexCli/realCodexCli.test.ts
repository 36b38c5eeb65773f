// Needs the executable of @openai/codex for this platform, and one of the ports 1455 and 1457.
import { chmod, lstat, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { CliSignInStep } from '../../../src/codexCli/cliResponses.ts';
import { AppServer } from '../../../src/codexCli/appServer.ts';
import type { CodexAccount } from '../../../src/codexCli/codexAccount.ts';
import { CodexAccounts } from '../../../src/codexCli/codexAccounts.ts';
import { CodexTokens } from '../../../src/codexCli/codexTokens.ts';
import type { Change } from '../../../src/base/change.ts';
import { ProcessLocks } from '../../../src/storage/processLock.ts';
import { createPrivateFolder } from '../../../src/storage/privateFolder.ts';
import { AppError } from '../../../src/base/errors.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { codexService } from '../../../src/oauth/services/codexService.ts';
import type { Simulator } from '../../simulator/client.ts';
import { codexLabelOf } from '../../simulator/labels.ts';
import { MemoryLog } from '../support/log.ts';
import { AppServer as TheirServer, environment, findCodexCli, readKept, run, signInByDevice } from './support/codexCliProcess.ts';
import { useSandbox } from './support/sandbox.ts';

const program = findCodexCli();
const skipReason = program === undefined ? ` (skipped: @openai/codex has no program here for ${process.platform} ${process.arch})` : '';

const config = (simulator: Simulator, store = 'file') => `chatgpt_base_url = ${JSON.stringify(simulator.backendUrl)}
openai_base_url = ${JSON.stringify(`${simulator.backendUrl}/codex`)}
cli_auth_credentials_store = "${store}"
check_for_update_on_startup = false
[analytics]
enabled = false
`;

interface Editor {
  accounts: CodexAccounts;
  server: AppServer;
  log: MemoryLog;
  events: string[];
}

const sandbox = await useSandbox(program);
const { simulator } = sandbox;

describe.skipIf(program === undefined)(`CodexAccounts with OpenAI's Codex CLI${skipReason}`, { timeout: 120_000 }, () => {
  let storage: string;
  beforeEach(async () => {
    await writeFile(path.join(sandbox.home, 'config.toml'), config(simulator));
    storage = await mkdtemp(path.join(tmpdir(), 'codex-storage-'));
    createPrivateFolder(storage);
  });
  afterEach(async () => {
    await rm(storage, { recursive: true, force: true, maxRetries: 5 });
  });

  /** A window with consent, on the same machine as the others. */
  function editor({ hasProgram = true, consent = true } = {}): Editor {
    const log = new MemoryLog();
    const { home } = sandbox;
    const find = () => {
      if (!hasProgram) throw new AppError('codexNotFound');
      return { file: sandbox.program, args: [], env: environment(sandbox) };
    };
    let hasConsent = consent;
    const client = { name: 'chatgpt-sign-in', title: 'ChatGPT sign-in', version: '0' };
    const server = new AppServer({ executable: find, folder: storage, client, clock: systemClock, log });
    const { issuer, backendUrl } = simulator;
    const service = () => codexService({ issuer, clientId: '', backendUrl, originator: 'test' });
    const locks = new ProcessLocks({ folder: storage, clock: systemClock, random: Math.random });
    const accounts = new CodexAccounts({
      home,
      tokens: new CodexTokens({ home, executable: find, server, service, locks, clock: systemClock }),
      consent: {
        hasConsent: () => hasConsent,
        set: value => {
          hasConsent = value;
          return Promise.resolve();
        },
      },
      clock: systemClock,
      log,
    });
    const events: string[] = [];
    accounts.onDidChange(change => {
      events.push(describeChange(change));
    });
    onTestFinished(() => server.close());
    return { accounts, server, log, events };
  }

  const label = (name: string) => codexLabelOf(simulator.issuer, name);
  const file = () => path.join(sandbox.home, 'auth.json');
  const fileState = async () => {
    const { ino, mtimeMs, ctimeMs, mode } = await stat(file());
    return { ino, mtimeMs, ctimeMs, mode };
  };
  const replayedSessions = async () => (await simulator.sessions({ all: true })).filter(({ revoked }) => revoked === 'replayed');

  it('the auth file is not read before the person consents [R61]', async () => {
    await signInByDevice(sandbox, 'ada');
    const { accounts, log } = editor({ consent: false });
    expect(await accounts.accounts()).toEqual([]);
    expect(log.entries).toEqual([]);
    expect(await accounts.connect()).toMatchObject({ label: label('ada') });
  });

  it("the sign-in of the CLI is an account with the CLI's own access token, and the auth file stays unchanged", async () => {
    await signInByDevice(sandbox, 'ada');
    const before = await fileState();
    const kept = await readKept(sandbox);
    const { accounts, events, log } = editor();
    const [account] = await accounts.accounts();
    expect(account).toMatchObject({
      id: `codex-cli:${simulator.issuer}#user-SimulatedAda/51500003-0000-4000-8000-000000000003`,
      identity: { email: 'ada@example.com', plan: 'plus', workspaceId: '51500003-0000-4000-8000-000000000003' },
    });
    expect((await accounts.credential(account?.hash ?? '', {})).tokens.accessToken).toBe(kept?.tokens.access_token);
    expect(JSON.stringify(account)).not.toContain(kept?.tokens.refresh_token);
    expect(log.text).not.toContain(kept?.tokens.access_token);
    expect(await fileState()).toEqual(before);
    expect((await simulator.counts()).refresh).toBe(0);
    expect(events).toEqual([`+${label('ada')}`]);
  });

  it('a hundred refreshes in turn with the CLI reuse no refresh token, and only the CLI writes the auth file [R62]', async () => {
    await signInByDevice(sandbox, 'ada');
    const { accounts } = editor();
    const theirs = await TheirServer.start(sandbox);
    onTestFinished(() => theirs.stop());
    let account = await accounts.connect();
    const tokens = new Set([account.tokens.accessToken]);
    for (let turn = 0; turn < 100; turn++) {
      if (turn % 2 === 0) {
        account = await accounts.credential(account.hash, { refused: account });
      } else {
        await theirs.ask('account/read', { refreshToken: true });
        const before = await fileState();
        account = await accounts.credential(account.hash, {});
        // The CLI refreshed the token already, so the window only reads it.
        expect(await fileState()).toEqual(before);
      }
      expect(account.tokens.accessToken).toBe((await readKept(sandbox))?.tokens.access_token);
      tokens.add(account.tokens.accessToken);
    }
    expect(await replayedSessions()).toEqual([]);
    const refreshes = (await simulator.requests()).filter(({ kind }) => kind === 'refresh');
    expect(refreshes.filter(({ status }) => status !== 200)).toEqual([]);
    // The CLI sends every refresh, with its own reason.
    expect(new Set(refreshes.map(({ params }) => params['refresh_reason']))).toEqual(new Set(['forced']));
    expect(tokens.size).toBeGreaterThan(50);
    expect((await readdir(storage)).filter(name => !name.startsWith('lock-'))).toEqual([]);
  });

  it('two windows that were refused the same access token share one refresh [R62]', async () => {
    await signInByDevice(sandbox, 'ada');
    const windows = [editor(), editor()];
    const connected = await Promise.all(windows.map(async ({ accounts }) => ({ accounts, account: await accounts.connect() })));
    const before = (await simulator.counts()).refresh;
    const renewed = await Promise.all(connected.map(({ accounts, account }) => accounts.credential(account.hash, { refused: account })));
    expect(new Set(renewed.map(({ tokens }) => tokens.accessToken)).size).toBe(1);
    expect((await simulator.counts()).refresh - before).toBe(1);
    expect(await replayedSessions()).toEqual([]);
  });

  it('a sign-out of the CLI and its sign-in to another account show in the list of accounts', async () => {
    await signInByDevice(sandbox, 'ada');
    const { accounts, events } = editor();
    const { hash } = await accounts.connect();
    await run(sandbox, ['logout']);
    await accounts.reload();
    await signInByDevice(sandbox, 'ben');
    await accounts.reload();
    expect(events).toEqual([`+${label('ada')}`, `-${label('ada')}`, `+${label('ben')}`]);
    await expect(accounts.credential(hash, {})).rejects.toMatchObject({ code: 'signedOut' });
  });

  it('a session that was revoked at the service fails with codexSignedOut', async () => {
    await signInByDevice(sandbox, 'ada');
    const { accounts } = editor();
    const account = await accounts.connect();
    await simulator.endSession('ada');
    await expect(accounts.credential(account.hash, { refused: account })).rejects.toMatchObject({ code: 'codexSignedOut' });
  });

  it('a CLI with an API key has no account, and the key does not get into the log [R67]', async () => {
    await writeFile(file(), JSON.stringify({ auth_mode: 'apikey', OPENAI_API_KEY: 'sk-not-a-real-key' }), { mode: 0o600 });
    for (const hasProgram of [true, false]) {
      const { accounts, log } = editor({ hasProgram });
      await expect(accounts.connect()).rejects.toMatchObject({ code: 'codexUsesApiKey' });
      expect(await accounts.accounts()).toEqual([]);
      expect(log.text).not.toContain('sk-not');
    }
  });

  it('without the executable, the access token comes from the auth file until it expires; then the error names the missing CLI', async () => {
    await simulator.set({ accessTokenSeconds: 2 });
    await signInByDevice(sandbox, 'ada');
    const before = await fileState();
    const { accounts } = editor({ hasProgram: false });
    const account = await accounts.connect();
    expect(account.identity).toMatchObject({ email: 'ada@example.com', plan: 'plus' });
    await systemClock.sleep(2_100);
    await expect(accounts.credential(account.hash, {})).rejects.toMatchObject({ code: 'codexNotFound' });
    expect(await fileState()).toEqual(before);
    expect((await simulator.counts()).refresh).toBe(0);
  });

  it('an auth file that others can read is reported, and restrictPermissions() changes nothing but its mode [R63]', async () => {
    await signInByDevice(sandbox, 'ada');
    const { accounts } = editor();
    expect(accounts.isReadableByOthers).toBe(false);
    await chmod(file(), 0o644);
    expect(accounts.isReadableByOthers).toBe(true);
    const before = await lstat(file());
    accounts.restrictPermissions();
    const after = await lstat(file());
    expect([after.mode & 0o777, after.mtimeMs, after.ino]).toEqual([0o600, before.mtimeMs, before.ino]);
    expect(accounts.isReadableByOthers).toBe(false);
  });

  it('disconnect() leaves the CLI signed in, and only signOutCli() revokes its session [R66]', async () => {
    await signInByDevice(sandbox, 'ada');
    const before = await fileState();
    const { accounts, events } = editor();
    await accounts.connect();
    await accounts.disconnect();
    expect(await accounts.accounts()).toEqual([]);
    expect(events).toEqual([`+${label('ada')}`, `-${label('ada')}`]);
    expect(await fileState()).toEqual(before);
    expect(await simulator.sessions()).toHaveLength(1);
    await accounts.signOutCli();
    expect(await simulator.sessions()).toEqual([]);
    expect(await readKept(sandbox)).toBeUndefined();
  });

  it.each(['browser', 'deviceCode'] as const)('a sign-in of the CLI in the %s adds its account', async method => {
    const { accounts, server } = editor();
    await expect(accounts.connect()).rejects.toMatchObject({ code: 'codexSignedOut' });
    const approved = Promise.withResolvers<unknown>();
    const show = (step: CliSignInStep) => {
      approved.resolve(
        step.kind === 'browser'
          ? simulator.approve(step.url, { account: 'ben' }).then(url => fetch(url))
          : simulator.approveDevice(step.userCode, { page: step.verificationUri, account: 'ben' }),
      );
    };
    await server.signIn(method, { issuer: simulator.issuer, show, signal: new AbortController().signal });
    await approved.promise;
    expect(await accounts.accounts()).toMatchObject([{ label: label('ben') }]);
    expect((await readKept(sandbox))?.auth_mode).toBe('chatgpt');
  });

  it('cancelling a sign-in of the CLI frees its redirect port', async () => {
    const { server } = editor();
    const cancel = new AbortController();
    let url = '';
    const show = (step: CliSignInStep) => {
      url = step.kind === 'browser' ? step.url : '';
      cancel.abort();
    };
    await expect(server.signIn('browser', { issuer: simulator.issuer, show, signal: cancel.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    await expect(fetch(new URL(url).searchParams.get('redirect_uri') ?? '')).rejects.toThrow();
  });

  it('a CLI set to use a keyring, which is missing here, counts as signed out, and no auth file is written', async () => {
    await writeFile(path.join(sandbox.home, 'config.toml'), config(simulator, 'keyring'));
    const { accounts } = editor();
    await expect(accounts.connect()).rejects.toMatchObject({ code: 'codexSignedOut' });
    expect(await readKept(sandbox)).toBeUndefined();
  });

  it('an access token of another issuer is rejected [R64]', async () => {
    await signInByDevice(sandbox, 'ada');
    const kept = await readKept(sandbox);
    const foreign = kept?.tokens.access_token.split('.') ?? [];
    const claims = JSON.parse(Buffer.from(foreign[1] ?? '', 'base64url').toString()) as object;
    foreign[1] = Buffer.from(JSON.stringify({ ...claims, iss: 'https://elsewhere.example' })).toString('base64url');
    await writeFile(file(), JSON.stringify({ ...kept, tokens: { ...kept?.tokens, access_token: foreign.join('.') } }));
    const { accounts } = editor({ hasProgram: false });
    await expect(accounts.connect()).rejects.toMatchObject({ code: 'issuerMismatch' });
  });
});

function describeChange({ added, removed, changed }: Change<CodexAccount>): string {
  return [
    ...added.map(({ label }) => `+${label}`),
    ...removed.map(({ label }) => `-${label}`),
    ...changed.map(({ label }) => `~${label}`),
  ].join(' ');
}
