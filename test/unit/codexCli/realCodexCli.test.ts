// Needs the program of @openai/codex for this platform, and one of the ports 1455 and 1457.
import { chmod, lstat, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { CliSignInStep } from '../../../src/codexCli/appServer.ts';
import { AppServer } from '../../../src/codexCli/appServer.ts';
import type { CodexAccount } from '../../../src/codexCli/codexAccount.ts';
import { CodexAccounts } from '../../../src/codexCli/codexAccounts.ts';
import { CodexTokens } from '../../../src/codexCli/codexTokens.ts';
import type { Change } from '../../../src/vault/vaultCache.ts';
import { ProcessLocks } from '../../../src/storage/processLock.ts';
import { createPrivateFolder } from '../../../src/storage/privateFolder.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { codexService } from '../../../src/oauth/services/codex.ts';
import type { Simulator } from '../../simulator/client.ts';
import { MemoryLog } from '../support/log.ts';
import { AppServer as TheirServer, environment, findRealClient, readKept, run, signInByDevice } from './support/realClient.ts';
import { useSurroundings } from './support/surroundings.ts';

const program = findRealClient();
const why = program === undefined ? ` (skipped: @openai/codex has no program here for ${process.platform} ${process.arch})` : '';

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

const surroundings = await useSurroundings(program);
const { simulator } = surroundings;

describe.skipIf(program === undefined)(`the session of the Codex CLI, borrowed${why}`, { timeout: 120_000 }, () => {
  let storage: string;
  beforeEach(async () => {
    await writeFile(path.join(surroundings.home, 'config.toml'), config(simulator));
    storage = await mkdtemp(path.join(tmpdir(), 'codex-storage-'));
    createPrivateFolder(storage);
  });
  afterEach(async () => {
    await rm(storage, { recursive: true, force: true, maxRetries: 5 });
  });

  /** A window that may borrow, on the same machine as the others. */
  function editor({ hasProgram = true, consent = true } = {}): Editor {
    const log = new MemoryLog();
    const { home } = surroundings;
    const find = () => (hasProgram ? surroundings.program : undefined);
    let isGiven = consent;
    const client = { name: 'chatgpt-sign-in', title: 'ChatGPT sign-in', version: '0' };
    const server = new AppServer({ executable: find, folder: storage, env: environment(surroundings), client, clock: systemClock, log });
    const { issuer, backendUrl } = simulator;
    const service = () => codexService({ issuer, clientId: '', backendUrl, originator: 'test' });
    const locks = new ProcessLocks({ folder: storage, clock: systemClock, random: Math.random });
    const accounts = new CodexAccounts({
      home,
      tokens: new CodexTokens({ home, executable: find, server, service, locks, clock: systemClock }),
      consent: {
        hasConsent: () => isGiven,
        set: value => {
          isGiven = value;
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

  /** Marked as the CLI's, and with the host of a service that is not the usual one. */
  const label = (name: string) => `${name}@example.com (Codex CLI, ${new URL(simulator.issuer).host})`;
  const file = () => path.join(surroundings.home, 'auth.json');
  const look = async () => {
    const { ino, mtimeMs, ctimeMs, mode } = await stat(file());
    return { ino, mtimeMs, ctimeMs, mode };
  };
  const endings = async () => (await simulator.sessions({ all: true })).filter(({ revoked }) => revoked === 'replayed');

  it('is not read before the person has said yes [R61]', async () => {
    await signInByDevice(surroundings, 'ada');
    const { accounts, log } = editor({ consent: false });
    expect(await accounts.accounts()).toEqual([]);
    expect(log.entries).toEqual([]);
    expect(await accounts.connect()).toMatchObject({ label: label('ada'), source: 'codexCli' });
  });

  it('is an account like any other, by the token that the CLI itself has', async () => {
    await signInByDevice(surroundings, 'ada');
    const before = await look();
    const kept = await readKept(surroundings);
    const { accounts, events, log } = editor();
    const [account] = await accounts.accounts();
    expect(account).toMatchObject({
      id: 'codex-cli:user-SimulatedAda/51500003-0000-4000-8000-000000000003',
      identity: { email: 'ada@example.com', plan: 'plus', workspaceId: '51500003-0000-4000-8000-000000000003' },
    });
    expect((await accounts.credential(account?.hash ?? '', {})).tokens.accessToken).toBe(kept?.tokens.access_token);
    expect(JSON.stringify(account)).not.toContain(kept?.tokens.refresh_token);
    expect(log.text).not.toContain(kept?.tokens.access_token);
    expect(await look()).toEqual(before);
    expect((await simulator.counts()).refresh).toBe(0);
    expect(events).toEqual([`+${label('ada')}`]);
  });

  it('gets fresh tokens in turn with the CLI a hundred times: no reuse, and the file is written by the CLI alone [R62]', async () => {
    await signInByDevice(surroundings, 'ada');
    const { accounts } = editor();
    const theirs = await TheirServer.start(surroundings);
    onTestFinished(() => theirs.stop());
    let account = await accounts.connect();
    const tokens = new Set([account.tokens.accessToken]);
    for (let turn = 0; turn < 100; turn++) {
      if (turn % 2 === 0) {
        account = await accounts.credential(account.hash, { refused: account });
      } else {
        await theirs.ask('account/read', { refreshToken: true });
        const before = await look();
        account = await accounts.credential(account.hash, {});
        // It was renewed already, and is only taken over.
        expect(await look()).toEqual(before);
      }
      expect(account.tokens.accessToken).toBe((await readKept(surroundings))?.tokens.access_token);
      tokens.add(account.tokens.accessToken);
    }
    expect(await endings()).toEqual([]);
    const refreshes = (await simulator.requests()).filter(({ kind }) => kind === 'refresh');
    expect(refreshes.filter(({ status }) => status !== 200)).toEqual([]);
    // All by the CLI's own program and in its own words.
    expect(new Set(refreshes.map(({ params }) => params['refresh_reason']))).toEqual(new Set(['forced']));
    expect(tokens.size).toBeGreaterThan(50);
    expect((await readdir(storage)).filter(name => !name.startsWith('lock-'))).toEqual([]);
  });

  it('is renewed once for two windows that were refused the same token [R62]', async () => {
    await signInByDevice(surroundings, 'ada');
    const windows = [editor(), editor()];
    const connected = await Promise.all(windows.map(async ({ accounts }) => ({ accounts, account: await accounts.connect() })));
    const before = (await simulator.counts()).refresh;
    const renewed = await Promise.all(connected.map(({ accounts, account }) => accounts.credential(account.hash, { refused: account })));
    expect(new Set(renewed.map(({ tokens }) => tokens.accessToken)).size).toBe(1);
    expect((await simulator.counts()).refresh - before).toBe(1);
    expect(await endings()).toEqual([]);
  });

  it('is seen to be signed out, and to be another account', async () => {
    await signInByDevice(surroundings, 'ada');
    const { accounts, events } = editor();
    const { hash } = await accounts.connect();
    await run(surroundings, ['logout']);
    await accounts.reload();
    await signInByDevice(surroundings, 'ben');
    await accounts.reload();
    expect(events).toEqual([`+${label('ada')}`, `-${label('ada')}`, `+${label('ben')}`]);
    await expect(accounts.credential(hash, {})).rejects.toMatchObject({ code: 'signedOut' });
  });

  it('says what to do when its session was ended at the service', async () => {
    await signInByDevice(surroundings, 'ada');
    const { accounts } = editor();
    const account = await accounts.connect();
    await simulator.endSession('ada');
    await expect(accounts.credential(account.hash, { refused: account })).rejects.toMatchObject({ code: 'codexSignedOut' });
  });

  it('is told apart from an API key, which is not asked for [R67]', async () => {
    await writeFile(file(), JSON.stringify({ auth_mode: 'apikey', OPENAI_API_KEY: 'sk-not-a-real-key' }), { mode: 0o600 });
    for (const hasProgram of [true, false]) {
      const { accounts, log } = editor({ hasProgram });
      await expect(accounts.connect()).rejects.toMatchObject({ code: 'codexUsesApiKey' });
      expect(await accounts.accounts()).toEqual([]);
      expect(log.text).not.toContain('sk-not');
    }
  });

  it('is read from the file while its token is good where the program is not found, and then says what to run', async () => {
    await simulator.set({ accessTokenSeconds: 2 });
    await signInByDevice(surroundings, 'ada');
    const before = await look();
    const { accounts } = editor({ hasProgram: false });
    const account = await accounts.connect();
    expect(account.identity).toMatchObject({ email: 'ada@example.com', plan: 'plus' });
    await systemClock.sleep(2_100);
    await expect(accounts.credential(account.hash, {})).rejects.toMatchObject({ code: 'codexNotFound' });
    expect(await look()).toEqual(before);
    expect((await simulator.counts()).refresh).toBe(0);
  });

  it('says when others can read its file, and mends the mode and nothing else [R63]', async () => {
    await signInByDevice(surroundings, 'ada');
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

  it('is forgotten without the CLI noticing, and signed out only by the other choice [R66]', async () => {
    await signInByDevice(surroundings, 'ada');
    const before = await look();
    const { accounts, events } = editor();
    await accounts.connect();
    await accounts.disconnect();
    expect(await accounts.accounts()).toEqual([]);
    expect(events).toEqual([`+${label('ada')}`, `-${label('ada')}`]);
    expect(await look()).toEqual(before);
    expect(await simulator.sessions()).toHaveLength(1);
    await accounts.signOutCli();
    expect(await simulator.sessions()).toEqual([]);
    expect(await readKept(surroundings)).toBeUndefined();
  });

  it.each(['browser', 'deviceCode'] as const)('begins by a sign-in of the CLI through the %s', async method => {
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
    await server.signIn(method, { show, signal: new AbortController().signal });
    await approved.promise;
    expect(await accounts.accounts()).toMatchObject([{ label: label('ben') }]);
    expect((await readKept(surroundings))?.auth_mode).toBe('chatgpt');
  });

  it('lets go of the port when a sign-in of the CLI is cancelled', async () => {
    const { server } = editor();
    const cancel = new AbortController();
    let url = '';
    const show = (step: CliSignInStep) => {
      url = step.kind === 'browser' ? step.url : '';
      cancel.abort();
    };
    await expect(server.signIn('browser', { show, signal: cancel.signal })).rejects.toMatchObject({ code: 'cancelled' });
    await expect(fetch(new URL(url).searchParams.get('redirect_uri') ?? '')).rejects.toThrow();
  });

  it('is recognised where the CLI wants a keyring (here is none, so it is seen as signed out, and no file is made)', async () => {
    await writeFile(path.join(surroundings.home, 'config.toml'), config(simulator, 'keyring'));
    const { accounts } = editor();
    await expect(accounts.connect()).rejects.toMatchObject({ code: 'codexSignedOut' });
    expect(await readKept(surroundings)).toBeUndefined();
  });

  it('goes to no other service than the one that it is from [R64]', async () => {
    await signInByDevice(surroundings, 'ada');
    const kept = await readKept(surroundings);
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
