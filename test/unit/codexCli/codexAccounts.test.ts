import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AppServer } from '../../../src/codexCli/appServer.ts';
import { CodexAccounts } from '../../../src/codexCli/codexAccounts.ts';
import { CodexTokens } from '../../../src/codexCli/codexTokens.ts';
import { ProcessLocks } from '../../../src/storage/processLock.ts';
import { AppError } from '../../../src/base/errors.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { codexDefaults } from '../../../src/oauth/services/codexClient.ts';
import { codexService } from '../../../src/oauth/services/codexService.ts';
import { jwt } from '../support/jwt.ts';
import { MemoryLog } from '../support/log.ts';
import { ManualClock } from '../support/clock.ts';

/** A clock that can be put ahead, and really sleeps, because the tests wait for processes. */
class AheadClock extends ManualClock {
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }
}

const adaLabel = /^ada@example\.com \(Codex CLI, \w{8}\)$/;
const hour = 60 * 60_000;
const start = Date.parse('2026-11-23T16:00:00Z');

/** An app server with one session in its folder. As the CLI does, it keeps what it read of the file, and refreshes the access token when asked to; it notes each request. */
const standIn = `
const fs = require('fs'), path = require('path');
const file = path.join(process.env.CODEX_HOME, 'auth.json');
const read = () => { try { return JSON.parse(fs.readFileSync(file, 'utf8')); } catch { return {}; } };
let kept = read();
const answer = {
  initialize: () => ({}),
  'account/read': ({ refreshToken }) => {
    if (refreshToken) kept = read();
    if (kept.auth_mode === 'apikey') return { account: { type: 'apiKey' } };
    if (!kept.tokens) return { account: null };
    if (refreshToken && kept.next.length > 0) {
      kept.tokens.access_token = kept.next.shift();
      fs.writeFileSync(file + '.new', JSON.stringify(kept), { mode: 0o600 });
      fs.renameSync(file + '.new', file);
    }
    return { account: { type: 'chatgpt', email: kept.email, planType: 'plus', workspaceName: null } };
  },
  getAuthStatus: () => {
    return kept.auth_mode === 'apikey' ? { authMethod: 'apikey', authToken: kept.OPENAI_API_KEY }
      : { authMethod: 'chatgpt', authToken: kept.tokens?.access_token ?? null };
  },
  'account/logout': () => { fs.rmSync(file, { force: true }); return {}; },
};
require('readline').createInterface(process.stdin).on('line', line => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  fs.appendFileSync(process.env.CODEX_HOME + '/asked', method + (params?.refreshToken ? '!' : '') + '\\n');
  if (fs.existsSync(process.env.CODEX_HOME + '/broken')) return console.log(JSON.stringify({ id, error: { code: -32603, message: 'broken' } }));
  console.log(JSON.stringify({ id, result: answer[method](params) }));
});
`;

function token(name: string, n: number, { life = 240 * hour, iss = 'https://auth.openai.com' } = {}): string {
  return jwt({
    iss,
    iat: start / 1000,
    exp: (start + life) / 1000,
    jti: String(n),
    session_id: `session-${name}`,
    'https://api.openai.com/auth': { chatgpt_user_id: `user-${name}`, chatgpt_account_id: `w-${name}`, chatgpt_plan_type: 'free' },
    'https://api.openai.com/profile': { email: `${name}@example.com` },
  });
}

function machine() {
  const root = mkdtempSync(join(tmpdir(), 'codex-accounts-'));
  onTestFinished(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
  const [home, storage, program] = [join(root, 'home'), join(root, 'storage'), join(root, 'codex')];
  for (const folder of [home, storage]) mkdirSync(folder, { mode: 0o700 });
  writeFileSync(program, `#!${process.execPath}\n${standIn}`);
  chmodSync(program, 0o755);
  const clock = new AheadClock(start);
  const file = join(home, 'auth.json');
  const write = (content: object) => {
    writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
  };
  const signIn = (name: string, options: { life?: number; iss?: string } = {}) => {
    const next = [1, 2, 3].map(n => token(name, n, { ...options, life: 480 * hour }));
    write({
      auth_mode: 'chatgpt',
      email: `${name}@example.com`,
      tokens: { access_token: token(name, 0, options), refresh_token: 'r' },
      next,
    });
  };
  const asked = () => (existsSync(join(home, 'asked')) ? readFileSync(join(home, 'asked'), 'utf8').trim().split('\n') : []);

  const window = ({ hasProgram = true, consent = true, allowedWorkspaces = [] as string[] } = {}) => {
    const log = new MemoryLog();
    const find = () => {
      if (!hasProgram) throw new AppError('codexNotFound');
      return { file: program, args: [], env: { CODEX_HOME: home } };
    };
    let hasConsent = consent;
    const server = new AppServer({
      executable: find,
      folder: storage,
      client: { name: 'test', title: 'Test', version: '0' },
      clock,
      log,
    });
    const service = () => codexService({ ...codexDefaults, clientId: '', originator: 'test', allowedWorkspaces });
    const locks = new ProcessLocks({ folder: storage, clock, random: Math.random });
    const accounts = new CodexAccounts({
      home,
      tokens: new CodexTokens({ home, executable: find, server, service, locks, clock }),
      consent: {
        hasConsent: () => hasConsent,
        set: value => {
          hasConsent = value;
          return Promise.resolve();
        },
      },
      clock,
      log,
    });
    const events: string[] = [];
    accounts.onDidChange(({ added, removed, changed }) => {
      const words = [added, removed, changed].map((list, kind) =>
        list.map(({ label }) => `${'+-~'[kind] ?? ''}${label.split('@')[0] ?? ''}`),
      );
      events.push(words.flat().join(' '));
    });
    onTestFinished(() => server.close());
    const agree = (value: boolean) => {
      hasConsent = value;
    };
    return { accounts, log, events, agree };
  };
  return { home, file, clock, write, signIn, asked, window };
}

describe.skipIf(process.platform === 'win32')('CodexAccounts (a script stands in for the CLI, which Windows cannot run)', () => {
  it('the CLI is neither read nor started before the person consents [R61]', async () => {
    const { signIn, asked, window } = machine();
    signIn('ada');
    const { accounts, log } = window({ consent: false });
    expect(await accounts.accounts()).toEqual([]);
    await expect(accounts.credential('any', {})).rejects.toMatchObject({ code: 'signedOut' });
    expect([asked(), log.entries]).toEqual([[], []]);
    expect(await accounts.connect()).toMatchObject({ label: expect.stringMatching(adaLabel) as string });
  });

  it('an account is made from the access token and what the CLI says about it', async () => {
    const { signIn, window } = machine();
    signIn('ada');
    const { accounts, log } = window();
    const account = await accounts.connect();
    expect(account).toMatchObject({
      id: 'codex-cli:user-ada/w-ada',

      identity: { userId: 'user-ada', workspaceId: 'w-ada', email: 'ada@example.com', plan: 'plus' },
      tokens: { accessToken: token('ada', 0), expiresAt: start + 240 * hour },
    });
    expect(log.text).not.toContain(account.tokens.accessToken);
  });

  it('an account is listed from the auth file before the CLI starts, and the CLI is asked for its access token', async () => {
    const { signIn, asked, window } = machine();
    signIn('ada');
    const { accounts, events } = window();
    const [account] = await accounts.accounts();
    expect([account?.label, asked()]).toEqual([expect.stringMatching(adaLabel), []]);
    expect(await accounts.credential(account?.hash ?? '', {})).toMatchObject({
      identity: { plan: 'plus' },
      generation: account?.generation,
    });
    expect(asked()).toEqual(['initialize', 'account/read', 'getAuthStatus']);
    expect(events).toEqual(['+ada', '~ada']);
  });

  it('the profile from the backend wins over what the CLI says, until the CLI signs in anew', async () => {
    const { signIn, window } = machine();
    signIn('ada');
    const { accounts, events } = window();
    const account = await accounts.connect();
    await accounts.updateProfile(account, { plan: 'pro', workspaceName: 'Lab' });
    await accounts.updateProfile(account, { plan: 'pro' });
    const renewed = await accounts.credential(account.hash, { refused: account });
    expect(renewed.identity).toMatchObject({ plan: 'pro', workspaceName: 'Lab', email: 'ada@example.com' });
    expect(events).toEqual(['+ada', '~ada', '~ada']);
    signIn('ben');
    expect(await accounts.accounts()).toMatchObject([{ identity: { plan: 'free' } }]);
  });

  it('an account of a workspace that is not allowed is not listed', async () => {
    const { signIn, window } = machine();
    signIn('ada');
    const { accounts } = window({ allowedWorkspaces: ['w-ben'] });
    await expect(accounts.connect()).rejects.toMatchObject({ code: 'codexWrongWorkspace' });
    expect(await accounts.accounts()).toEqual([]);
    signIn('ben');
    expect(await accounts.accounts()).toHaveLength(1);
  });

  it('a credential comes from memory while its access token is valid and the auth file is unchanged', async () => {
    const { signIn, asked, window } = machine();
    signIn('ada');
    const { accounts } = window();
    const { hash } = await accounts.connect();
    const before = asked().length;
    for (let n = 0; n < 5; n++) await accounts.credential(hash, {});
    expect(await accounts.accounts()).toHaveLength(1);
    expect(asked()).toHaveLength(before);
  });

  it('an access token that expires soon or was refused is refreshed, once for each refused token', async () => {
    const { signIn, asked, clock, window } = machine();
    signIn('ada', { life: hour });
    const { accounts, events } = window();
    const first = await accounts.connect();
    // Where a CLI in a terminal does it.
    clock.advance(58 * 60_000);
    expect(await accounts.credential(first.hash, {})).toBe(first);
    clock.advance(60_000);
    const second = await accounts.credential(first.hash, {});
    expect(second.tokens.accessToken).toBe(token('ada', 1, { life: 480 * hour }));
    // The refused token is no longer the current one, so nothing is refreshed.
    expect(await accounts.credential(first.hash, { refused: first })).toBe(second);
    const third = await accounts.credential(first.hash, { refused: second });
    expect(third.tokens.accessToken).toBe(token('ada', 2, { life: 480 * hour }));
    expect(asked().filter(method => method === 'account/read!')).toHaveLength(2);
    expect(events).toEqual(['+ada', '~ada', '~ada']);
  });

  it('callers and windows that were refused the same access token share one refresh [R62]', async () => {
    const { signIn, asked, window } = machine();
    signIn('ada');
    const windows = await Promise.all(
      [window(), window(), window()].map(async ({ accounts }) => ({ accounts, account: await accounts.connect() })),
    );
    const callers = windows.flatMap(each => [each, each]);
    const renewed = await Promise.all(callers.map(({ accounts, account }) => accounts.credential(account.hash, { refused: account })));
    expect(new Set(renewed.map(({ tokens }) => tokens.accessToken))).toEqual(new Set([token('ada', 1, { life: 480 * hour })]));
    expect(asked().filter(method => method === 'account/read!')).toHaveLength(1);
  });

  it('an account is removed when the CLI signs out, and replaced when the CLI signs in to another account', async () => {
    const { file, signIn, clock, window } = machine();
    signIn('ada');
    const { accounts, events } = window();
    const { hash } = await accounts.connect();
    await rm(file);
    await accounts.reload();
    expect(await accounts.accounts()).toEqual([]);
    signIn('ben');
    clock.advance(1);
    await expect(accounts.credential(hash, {})).rejects.toMatchObject({ code: 'signedOut' });
    signIn('cy');
    await accounts.reload();
    // The window may read the file before the CLI answers, whose plan is then a change.
    expect(events.filter(event => event !== '~ben')).toEqual(['+ada', '-ada', '+ben', '+cy -ben']);
  });

  it('after consent was withdrawn in another window and given again, the account is read anew from a CLI that still runs', async () => {
    const { file, signIn, window } = machine();
    signIn('ada');
    const { accounts, agree, events } = window();
    await accounts.connect();
    agree(false);
    await accounts.reload();
    await rm(file);
    signIn('ben');
    expect(await accounts.connect()).toMatchObject({ identity: { email: 'ben@example.com' } });
    expect(events).toEqual(['+ada', '-ada', '+ben']);
  });

  it('a sign-in of the CLI shows in a window that watches the folder', async () => {
    const { signIn, window } = machine();
    const { accounts } = window();
    await accounts.reload();
    const added = new Promise(resolve => accounts.onDidChange(resolve));
    onTestFinished(() => accounts.close());
    signIn('ada');
    expect(await added).toMatchObject({ added: [{ label: expect.stringMatching(adaLabel) as string }] });
  });

  it('a sign-out of the CLI shows in a window that is older than the folder', async () => {
    const { home, file, signIn, window } = machine();
    await rm(home, { recursive: true });
    const { accounts } = window({ hasProgram: false });
    onTestFinished(() => accounts.close());
    await accounts.reload();
    mkdirSync(home);
    signIn('ada');
    await accounts.connect();
    const gone = new Promise(resolve => accounts.onDidChange(resolve));
    await rm(file);
    expect(await gone).toMatchObject({ removed: [{ label: expect.stringMatching(adaLabel) as string }] });
  });

  it('an account stays while the CLI fails, and reload() does not ask the failing CLI again within a minute, also where the clock is put back', async () => {
    const { home, file, signIn, asked, clock, window } = machine();
    signIn('ada');
    const { accounts, events } = window();
    const account = await accounts.connect();
    writeFileSync(join(home, 'broken'), '');
    await expect(accounts.credential(account.hash, { refused: account })).rejects.toMatchObject({ code: 'codexFailed' });
    expect(await accounts.accounts()).toEqual([account]);
    await rm(file);
    await accounts.reload();
    const before = asked().length;
    await accounts.reload();
    expect([asked().length, events]).toEqual([before, ['+ada']]);
    await rm(join(home, 'broken'));
    clock.set(clock.now() - 30 * 24 * hour);
    clock.advance(60_000);
    await accounts.reload();
    expect(events).toEqual(['+ada', '-ada']);
  });

  it('a valid access token is still handed out while the CLI fails to refresh it', async () => {
    const { home, signIn, clock, window } = machine();
    signIn('ada', { life: hour });
    const { accounts } = window();
    const account = await accounts.connect();
    writeFileSync(join(home, 'broken'), '');
    clock.advance(59.5 * 60_000);
    expect(await accounts.credential(account.hash, {})).toBe(account);
    clock.advance(5 * 60_000);
    await expect(accounts.credential(account.hash, {})).rejects.toMatchObject({ code: 'codexFailed' });
  });

  it('a CLI that is not found and has no session file is not told as signed out: its session may be in a keyring', async () => {
    const { file, signIn, window } = machine();
    const { accounts } = window({ hasProgram: false });
    await expect(accounts.connect()).rejects.toMatchObject({ code: 'codexNotFound' });
    signIn('ada');
    await accounts.connect();
    await rm(file);
    await expect(accounts.connect()).rejects.toMatchObject({ code: 'codexSignedOut' });
  });

  it('a CLI with an API key has no account, and the key is never requested [R67]', async () => {
    const { write, asked, window } = machine();
    write({ auth_mode: 'apikey', OPENAI_API_KEY: 'sk-not-a-real-key' });
    for (const hasProgram of [true, false]) {
      const { accounts, log } = window({ hasProgram });
      await expect(accounts.connect()).rejects.toMatchObject({ code: 'codexUsesApiKey' });
      expect(await accounts.accounts()).toEqual([]);
      expect(log.text).not.toContain('sk-not');
    }
    expect(asked()).not.toContain('getAuthStatus');
  });

  it('without the executable, the access token comes from the auth file until it expires; then the error names the missing CLI', async () => {
    const { file, signIn, clock, window } = machine();
    signIn('ada', { life: hour });
    const { accounts } = window({ hasProgram: false });
    const before = statSync(file);
    const account = await accounts.connect();
    expect(account.identity).toMatchObject({ email: 'ada@example.com', plan: 'free' });
    // A token that expires within minutes is used, since nothing can refresh it.
    clock.advance(59 * 60_000);
    expect((await accounts.credential(account.hash, {})).tokens).toEqual(account.tokens);
    clock.advance(60_000);
    await expect(accounts.credential(account.hash, {})).rejects.toMatchObject({ code: 'codexNotFound' });
    const after = statSync(file);
    expect([after.ino, after.mtimeMs, after.ctimeMs]).toEqual([before.ino, before.mtimeMs, before.ctimeMs]);
  });

  it('without the executable, a refused access token is not handed out again', async () => {
    const { signIn, window } = machine();
    signIn('ada');
    const { accounts } = window({ hasProgram: false });
    const account = await accounts.connect();
    await expect(accounts.credential(account.hash, { refused: account })).rejects.toMatchObject({ code: 'codexNotFound' });
  });

  it.each([true, false])('an access token of another issuer is rejected (CLI installed: %s) [R64]', async hasProgram => {
    const { signIn, window } = machine();
    signIn('ada', { iss: 'https://elsewhere.example' });
    await expect(window({ hasProgram }).accounts.connect()).rejects.toMatchObject({ code: 'issuerMismatch' });
  });

  it('disconnect() leaves the CLI signed in, and only signOutCli() signs it out [R66]', async () => {
    const { file, signIn, asked, window } = machine();
    signIn('ada');
    const { accounts, events } = window();
    await accounts.connect();
    await accounts.disconnect();
    expect([await accounts.accounts(), existsSync(file), asked().includes('account/logout')]).toEqual([[], true, false]);
    expect(events).toEqual(['+ada', '-ada']);
    await accounts.signOutCli();
    expect(existsSync(file)).toBe(false);
  });

  it('an auth file that others can read is reported, and restrictPermissions() changes nothing but its mode [R63]', () => {
    const { file, signIn, window } = machine();
    signIn('ada');
    const { accounts } = window();
    expect(accounts.isReadableByOthers).toBe(false);
    chmodSync(file, 0o640);
    expect(accounts.isReadableByOthers).toBe(true);
    const before = statSync(file);
    accounts.restrictPermissions();
    const after = statSync(file);
    expect([after.mode & 0o777, after.mtimeMs, after.ino]).toEqual([0o600, before.mtimeMs, before.ino]);
  });
});
