/** Defects D1 to D16 of similar programs, each of which a test tries on this extension. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { LogOutputChannel } from 'vscode';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SecretStore } from '../../src/vault/sealKeys.ts';
import { Failures } from '../../src/shell/failures.ts';
import { asAppError } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import { Http } from '../../src/base/http.ts';
import type { TokenSet } from '../../src/oauth/tokenSet.ts';
import { readWorkspaceName } from '../../src/backend/workspaceName.ts';
import { UsageService } from '../../src/usage/polling/usageService.ts';
import { registryOf } from './accounts/support/registry.ts';
import { UsageRecorder } from '../../src/usage/polling/usageRecorder.ts';
import { UsageStore } from '../../src/usage/polling/usageStore.ts';
import { OutputLog } from '../../src/shell/outputLog.ts';
import { start } from './accounts/store/support/child.ts';
import { bytesOf } from './accounts/store/support/disk.ts';
import { MovedClock } from './accounts/store/support/movedClock.ts';
import { BrokenSecrets, ForgetfulSecrets, SharedSecrets, SilentSecrets } from './accounts/store/support/secrets.ts';
import { ada, ben, FakeService, hour, networkFault, pending, rotated, service, tokensOf } from './accounts/store/support/service.ts';
import { signedIn, stored } from './accounts/store/support/signedIn.ts';
import { flow, openWindow, storageFolder } from './accounts/store/support/window.ts';
import { preconnect, visit } from './oauth/support/browser.ts';
import { DeviceAttempt, replies } from './oauth/support/device.ts';
import { idClaims } from './oauth/support/tokens.ts';
import type { Waiting } from './oauth/support/waiting.ts';
import { waitForBrowser } from './oauth/support/waiting.ts';
import { ManualClock } from './support/clock.ts';
import { jwt } from './support/jwt.ts';
import { agent, fetchFailure, html, json, Network } from './support/network.ts';

const issued = { id_token: jwt(idClaims), access_token: 'the-access-token', refresh_token: 'the-refresh-token', expires_in: 3600 };

/** The log as a person reads it, line by line. */
function readableLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  const channel = { info: write, warn: write, error: write } as unknown as LogOutputChannel;
  return { log: new OutputLog(channel, new Failures(new ManualClock())), lines };
}

/** All strings within an error and its causes. */
function inside(error: unknown): string {
  const seen = new Set<unknown>();
  const parts: string[] = [];
  const walk = (value: unknown) => {
    if (typeof value === 'string') parts.push(value);
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) walk(Reflect.get(value, key));
  };
  walk(error);
  return parts.join('\n');
}

/** A sign-in that waits for the browser. */
async function waiting(network = new Network(() => json(200, issued))): Promise<Waiting & { origin: string; lines: string[] }> {
  const { log: readable, lines } = readableLog();
  // The raw log is kept too: a secret must not reach the log even if redaction would remove it.
  const log: Log = {
    info: (step, fields) => {
      readable.info(step, fields);
      network.log.info(step, fields);
    },
    warn: (step, fields) => {
      readable.warn(step, fields);
      network.log.warn(step, fields);
    },
    error: (step, error, fields) => {
      readable.error(step, error, fields);
      network.log.error(step, error, fields);
    },
  };
  const attempt = await waitForBrowser(network, { log });
  return { ...attempt, origin: new URL(attempt.redirectUri).origin, lines };
}

async function finish({ redirectUri, state, tokens }: Waiting): Promise<TokenSet> {
  expect((await visit(`${redirectUri}?code=the-code&state=${state}`)).status).toBe(200);
  return tokens;
}

describe('defects of similar programs', () => {
  it('D1, a callback server on all interfaces: only 127.0.0.1 reaches ours [R2]', async () => {
    const attempt = await waiting();
    const port = Number(new URL(attempt.redirectUri).port);
    const outside = Object.values(networkInterfaces()).flatMap(list => list ?? []);
    const hosts = ['::1', ...outside.map(({ address }) => address), ...(process.platform === 'linux' ? ['127.0.0.2'] : [])];
    for (const host of new Set(hosts)) {
      if (host === '127.0.0.1') continue;
      const socket = connect({ host, port });
      onTestFinished(() => {
        socket.destroy();
      });
      await expect(once(socket, 'connect'), host).rejects.toMatchObject({ syscall: 'connect' });
    }
    await finish(attempt);
  });

  it('D2, a caller that sends the old refresh token before the new one is stored: all callers get the new access token from one request [R18]', async () => {
    const { clock, server, account, store, another } = await signedIn();
    const { response, respond } = pending();
    server.onRefresh(() => response);
    clock.advance(hour);
    const otherWindow = another(clock);
    const callers = [store.credential(account.hash, flow), store.credential(account.hash, flow)];
    await server.untilRequested(1);
    respond(rotated(ada));
    // Calls in each turn from the response until well after its storage, from this window and another.
    for (let turn = 0; turn < 50; turn++) {
      callers.push(store.credential(account.hash, flow), otherWindow.store.credential(account.hash, flow));
      await (turn % 2 === 0 ? Promise.resolve() : new Promise(setImmediate));
    }
    clock.advance(1_000);
    const credentials = await Promise.all(callers);
    expect(server.refreshed).toEqual([account.tokens.refreshToken]);
    expect(new Set(credentials.map(({ tokens }) => tokens.accessToken)).size).toBe(1);
    expect(credentials[0]?.tokens.accessToken).not.toBe(account.tokens.accessToken);
  });

  it('D3, a sign-in that any local page ends with a wrong state: ours continues after all of them [R6]', async () => {
    const attempt = await waiting();
    for (const query of ['code=c&state=bad', 'error=access_denied&state=bad', 'code=c', 'state=', '', `state=${attempt.state}&state=bad`]) {
      expect((await visit(`${attempt.redirectUri}?${query}`)).status).toBe(400);
    }
    expect((await visit(`${attempt.origin}/cancel`)).status).toBe(404);
    expect(attempt.network.sent).toEqual([]);
    expect(await finish(attempt)).toMatchObject({ accessToken: 'the-access-token' });
  });

  it('D4, a check for a session that makes a request: ours makes none, and being offline signs nobody out [R48]', async () => {
    const { clock, server, account, store } = await signedIn();
    server.onRefresh(() => networkFault('ENOTFOUND'));
    clock.advance(30 * 24 * hour);
    expect((await store.accounts()).map(({ label, state }) => [label, state])).toEqual([[account.label, 'ready']]);
    expect(server.requests).toEqual([]);
    const used = expect(store.credential(account.hash, flow)).rejects.toMatchObject({ code: 'nameNotResolved' });
    await clock.untilSleeping(500);
    await store.close();
    await used;
    expect(await store.accounts()).toMatchObject([{ label: account.label, state: 'ready' }]);
  });

  it('D5, a submitted redirect URL whose state is not compared: ours refuses a wrong state and exchanges no code [R6]', async () => {
    const attempt = await waiting();
    expect(attempt.wait.submitRedirectUrl(`${attempt.redirectUri}?code=of-an-attacker&state=${'a'.repeat(43)}`)).toBe('stateMismatch');
    expect(attempt.wait.submitRedirectUrl(`${attempt.redirectUri}?code=of-an-attacker`)).toBe('callbackIncomplete');
    expect(attempt.network.sent).toEqual([]);
    await finish(attempt);
    expect(attempt.network.sent.map(({ form }) => form['code'])).toEqual(['the-code']);
  });

  it.each(['access_token', 'refresh_token', 'id_token'])(
    'D6, a token response in the log when %s is missing or invalid: no part of it is in our log or errors [R51]',
    async field => {
      for (const value of [undefined, '', 7, { nested: 'x' }]) {
        const attempt = await waiting(new Network(() => json(200, { ...issued, token_type: 'bearer', [field]: value })));
        const page = await visit(`${attempt.redirectUri}?code=the-code&state=${attempt.state}`);
        const error = await attempt.failure;
        const { log, lines } = readableLog();
        log.error('sign-in failed', error);
        const logged = [...lines, ...attempt.lines, attempt.network.log.text, inside(error), page.body].join('\n');
        for (const secret of ['the-access-token', 'the-refresh-token', issued.id_token, 'the-code', attempt.state]) {
          expect(logged).not.toContain(secret);
        }
      }
    },
  );

  it('D6, a token response that breaks off within a token: no part of the token is in our error [R51]', async () => {
    const attempt = await waiting(new Network(() => new Response('{"access_token":"the-access-token","refresh_token":"the-re')));
    await visit(`${attempt.redirectUri}?code=the-code&state=${attempt.state}`);
    expect(inside(await attempt.failure)).not.toContain('the-re');
  });

  it('D7, a device sign-in that ends after two minutes, at slow_down or at a network error: ours polls until the code expires [R24] [R25]', async () => {
    const dropped = () => Promise.reject(fetchFailure('ECONNRESET'));
    const failures = [replies.slowDown, dropped, () => json(502, {}), replies.slowDown, () => html(403), replies.pending, dropped];
    const attempt = new DeviceAttempt({ polls: [...failures, ...Array.from({ length: 40 }, () => replies.pending), replies.approve] });
    expect(await attempt.tokens).toMatchObject({ accessToken: 'access-issued' });
    expect(attempt.polledAt.at(-1)).toBeGreaterThan(10 * 60);
    const untilExpiry = new DeviceAttempt({ start: replies.start({ expires_at: '2026-11-23T16:29:00Z' }), polls: [replies.pending] });
    expect(await untilExpiry.failure).toMatchObject({ code: 'codeExpired' });
    expect(untilExpiry.polledAt.at(-1)).toBe(29 * 60 - 5);
  });

  it('D8, a second response to a callback with a wrong state: ours sends one response to each request and throws nothing [R11]', async () => {
    const thrown: unknown[] = [];
    const remember = (error: unknown) => thrown.push(error);
    process.on('uncaughtException', remember);
    process.on('unhandledRejection', remember);
    onTestFinished(() => {
      process.off('uncaughtException', remember);
      process.off('unhandledRejection', remember);
    });
    const attempt = await waiting();
    const { host, port } = new URL(attempt.redirectUri);
    for (const target of ['/auth/callback?code=c&state=wrong', '/auth/callback', '/signin?nonce=wrong']) {
      const response = await (await preconnect(Number(port))).send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect(response.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    }
    await finish(attempt);
    await new Promise(setImmediate);
    expect(thrown).toEqual([]);
  });

  it('D9, an error with the old token and the new one: no error of ours has a token, whatever failed [R51]', async () => {
    const { account, store, server, clock } = await signedIn();
    const [foreign, nobody] = [tokensOf(ben, clock.now()), { ...tokensOf(ada, clock.now()), idToken: 'opaque-token' }];
    const refreshed = {
      id_token: foreign.idToken,
      access_token: 'access-of-somebody',
      refresh_token: 'refresh-of-somebody',
      expires_in: 60,
    };
    const errors: unknown[] = [
      await store.saveSignIn(service, foreign, { ...flow, wanted: account.id }).catch((error: unknown) => error),
      await store.saveSignIn(service, nobody, flow).catch((error: unknown) => error),
    ];
    clock.advance(2 * hour);
    for (const response of [json(401, { error: { code: 'unknown', message: account.tokens.refreshToken } }), json(200, refreshed)]) {
      server.onRefresh(() => response);
      errors.push(await store.credential(account.hash, flow).catch((error: unknown) => error));
      // The refusal has to be waited out.
      clock.advance(hour);
    }
    await store.settled();
    const { log, lines } = readableLog();
    for (const error of errors) log.error('failed', error);
    const logged = [...lines, ...errors.map(inside)].join('\n');
    expect(errors.map(error => asAppError(error).code)).toEqual(['wrongAccount', 'identityInvalid', 'refused', 'signedOut']);
    const secrets = [account.tokens, foreign, nobody].flatMap(({ accessToken, refreshToken, idToken }) => [
      accessToken,
      refreshToken,
      idToken,
    ]);
    for (const secret of [...secrets, 'of-somebody']) expect(logged).not.toContain(secret);
  });

  it('D10, a local server that accepts any origin: ours allows none and serves nothing but the callback [R11]', async () => {
    const attempt = await waiting();
    const { host, port } = new URL(attempt.redirectUri);
    const ask = async (lines: readonly string[]): Promise<string> =>
      (await preconnect(Number(port))).send(`${[...lines, `Host: ${host}`, 'Origin: https://evil.example'].join('\r\n')}\r\n\r\n`);
    const responses = [
      await ask(['OPTIONS /auth/callback HTTP/1.1', 'Access-Control-Request-Method: GET', 'Access-Control-Request-Private-Network: true']),
      await ask(['GET /auth/callback?code=c&state=wrong HTTP/1.1']),
      await ask(['GET /v1/models HTTP/1.1']),
      await ask(['POST /v1/chat/completions HTTP/1.1', 'Content-Length: 0']),
    ];
    expect(responses.map(response => response.slice(9, 12))).toEqual(['405', '400', '404', '404']);
    for (const response of responses) {
      expect(response).not.toMatch(/access-control-|evil\.example/i);
      expect(response).toMatch(/\r\ncross-origin-opener-policy: same-origin\r\n/i);
    }
    await finish(attempt);
  });

  it('D11, a URL with tokens in its query: no URL that we open, request or respond with has a secret [R47]', async () => {
    const attempt = await waiting();
    const page = await visit(`${attempt.redirectUri}?code=the-code&state=${attempt.state}`);
    await attempt.tokens;
    const device = new DeviceAttempt();
    await device.tokens;
    expect(page.headers).not.toHaveProperty('location');
    const addresses = [attempt.wait.url, ...[...attempt.network.sent, ...device.network.sent].map(({ url }) => url)];
    expect(addresses).toHaveLength(5);
    const verifier = attempt.network.sent[0]?.form['code_verifier'] ?? '';
    expect(verifier).not.toBe('');
    const secrets = ['the-access-token', 'the-refresh-token', issued.id_token, 'the-code', verifier, 'of-the-service', 'ABCD-EFGHJ'];
    for (const secret of secrets) for (const text of [...addresses, page.body]) expect(text).not.toContain(secret);
  });

  it('D12, a store that is overwritten in place: an account of ours is whole after a window is killed while writing [R45]', async () => {
    const window = await signedIn();
    const other = await start('statement', [join(window.folder, 'vault-1.db')]);
    const statements = [
      'PRAGMA cache_size = 2',
      'BEGIN IMMEDIATE',
      // This is more than the cache holds, so SQLite writes to the file itself before the commit.
      'UPDATE account SET sealed = randomblob(200000), generation = 9',
    ];
    for (const sql of statements) {
      other.say(sql);
      expect(await other.hear()).toBe('done');
    }
    await other.kill();
    expect(await stored(window)).toEqual([window.account]);
    expect(await window.another().store.accounts()).toEqual([window.account]);
  });

  it.each<[string, SecretStore]>([
    ['fails', new BrokenSecrets()],
    ['never responds', new SilentSecrets()],
    ['forgets', new ForgetfulSecrets()],
  ])('D13, a plain text file when the secret store %s: ours refuses the sign-in and writes nothing of it [R44]', async (_what, secrets) => {
    const [folder, clock, server] = [storageFolder(), new ManualClock(), new FakeService()];
    const window = openWindow({ folder, clock, secrets, fetch: server.fetch });
    const tokens = tokensOf(ada, clock.now());
    const saving = window.store.saveSignIn(service, tokens, flow).catch((error: unknown) => asAppError(error).code);
    let code: unknown;
    void saving.then(reason => {
      code = reason;
    });
    while (code === undefined) {
      await new Promise(setImmediate);
      clock.advance(1_000);
    }
    expect(code).toBe('secretStoreUnavailable');
    await window.store.settled();
    const written = existsSync(folder) ? Object.values(bytesOf(folder)).map(bytes => bytes.toString('latin1')) : [];
    for (const secret of [tokens.accessToken, tokens.refreshToken, tokens.idToken, 'ada@example.com']) {
      for (const file of written) expect(file).not.toContain(secret);
    }
    expect(server.revoked).toEqual([tokens.refreshToken]);
  });

  it('D14, an optional request whose 401 signs out: a 401 for usage costs one refresh and no session, one for a name not even that [R48]', async () => {
    const { account, store, clock, log, server, folder, locks } = await signedIn();
    const requested: string[] = [];
    const http = new Http({
      fetch: url => {
        requested.push(url);
        return Promise.resolve(json(401, { error: { code: 'token_expired' }, status: 401 }));
      },
      clock,
      log,
      agent,
    });
    expect(await readWorkspaceName(account, { http, correlationId: 'test' })).toBeUndefined();
    expect([requested.length, server.refreshed]).toEqual([1, []]);
    const usageStore = new UsageStore({ folder, clock, http, log, random: () => 0 });
    const rules = () => ({
      switches: { low: false, pace: false, spent: false, back: false },
      thresholds: { warnAt: 80, criticalAt: 95 },
      workDays: 7,
      interval: 'manual' as const,
    });
    const recorder = new UsageRecorder({ store: usageStore, locks, clock, log, rules });
    const usageService = new UsageService({
      accounts: registryOf(store, { clock, log }),
      recorder,
      http,
      clock,
      log,
      random: () => 0,
    });
    await usageService.start({ enabled: true, interval: 'manual', focused: true, panelVisible: false });
    await usageService.refresh(account.hash, 'test');
    usageStore.close();
    // Nobody is signed out, nor asked to sign in again.
    expect(usageService.state(account.hash).failure).toMatchObject({ kind: 'forbidden', code: 'refused' });
    expect(requested).toHaveLength(3);
    expect(server.refreshed).toEqual([account.tokens.refreshToken]);
    expect(await store.accounts()).toMatchObject([{ state: 'ready', generation: account.generation + 1 }]);
    expect(server.revoked).toEqual([]);
  });

  it('D15, states in the log and a refresh by each window: our log has no state, and two windows refresh once [R18] [R51]', async () => {
    const attempt = await waiting();
    await visit(`${attempt.redirectUri}?code=c&state=the-received-state`);
    attempt.wait.submitRedirectUrl(`${attempt.redirectUri}?code=c&state=the-received-state`);
    await finish(attempt);
    const logged = attempt.lines.join('\n') + attempt.network.log.text;
    expect(attempt.lines.length).toBeGreaterThan(1);
    for (const secret of ['the-received-state', attempt.state]) expect(logged).not.toContain(secret);

    // The clocks are real: the windows really wait for each other.
    const [folder, secrets, server, clock] = [storageFolder(), new SharedSecrets(), new FakeService(), new MovedClock()];
    const open = () => openWindow({ folder, secrets, clock, fetch: server.fetch });
    const account = await open().store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    clock.ahead = hour;
    const using = Promise.all([open(), open(), open()].map(({ store }) => store.credential(account.hash, flow)));
    expect(new Set((await using).map(({ tokens }) => tokens.accessToken)).size).toBe(1);
    expect(server.refreshed).toEqual([account.tokens.refreshToken]);
  });

  it('D16, identities in the log: our log has no email, name or ID of a user or workspace from sign-in to sign-out [R52]', async () => {
    const { log, lines } = readableLog();
    const [folder, clock, server, secrets] = [storageFolder(), new ManualClock(), new FakeService(), new SharedSecrets()];
    const window = openWindow({ folder, clock, secrets, fetch: server.fetch, log: log as never });
    server.onNames(() => json(200, { accounts: [{ id: ada.workspaceId, name: 'Ada and Sons' }] }));
    const account = await window.store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    expect(account.identity.workspaceName).toBe('Ada and Sons');
    clock.advance(hour);
    await window.store.credential(account.hash, flow);
    await window.store.saveSignIn(service, tokensOf(ben, clock.now()), { ...flow, wanted: account.id }).catch(() => undefined);
    server.onRefresh(() => json(401, { error: { code: 'refresh_token_reused', message: 'ada@example.com' } }));
    clock.advance(hour);
    await window.store.credential(account.hash, flow).catch((error: unknown) => {
      log.error('failed', error);
    });
    await window.store.disconnect(account.hash, flow);
    await window.store.settled();
    expect(lines.length).toBeGreaterThan(3);
    // A random id may have the letters of a short name inside.
    expect(lines.join('\n')).not.toMatch(/\b(?:ada|ben)\b/i);
    for (const word of ['example.com', 'Sons', account.id, account.hash]) {
      expect(lines.join('\n').toLowerCase()).not.toContain(word.toLowerCase());
    }
  });
});
