import { describe, expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../../src/base/errors.ts';
import type { LoginWish } from '../../../src/oauth/protocol.ts';
import { readClaims } from '../../../src/oauth/claims.ts';
import type { Fault, Mutation } from '../../simulator/client.ts';
import { ManualClock } from '../support/clock.ts';
import { agent } from '../support/network.ts';
import { Attempt } from './support/request.ts';
import { holdPort, visit } from './support/browser.ts';
import { serviceAt } from './support/service.ts';
import { useSimulator } from '../support/simulator.ts';

const ada = { account: 'ada' };
const hour = 3_600_000;
const fiveMinutes = 300_000;

const simulator = await useSimulator();

/** Checks that nobody listens on the port of the sign-in any more. */
async function expectPortFree(attempt: Attempt): Promise<void> {
  const { release } = await holdPort(Number(new URL(await attempt.redirectUri()).port));
  await release();
}

describe('signInWithBrowser', () => {
  it('a sign-in in the browser ends with the tokens of the account, and with a page that says so', async () => {
    const attempt = new Attempt(simulator);
    const page = await attempt.followRedirect(ada);
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('signed in') as string });
    const tokens = await attempt.tokens;
    expect(readClaims(tokens.idToken)).toMatchObject({ email: 'ada@example.com', iss: simulator.issuer });
    expect(tokens).toMatchObject({ issuedAt: attempt.clock.now(), expiresAt: attempt.clock.now() + 864_000_000 });
    expect(tokens.scope).toBe('openid profile email offline_access');
    expect(await simulator.counts()).toMatchObject({ code: 1, refresh: 0 });
    expect(attempt.opened).toBe(1);
    await expectPortFree(attempt);
  });

  it('a sign-in in the browser sends our own name to the service, and no other [R17]', async () => {
    const attempt = new Attempt(simulator);
    await attempt.followRedirect(ada);
    await attempt.tokens;
    const code = (await simulator.requests()).find(({ kind }) => kind === 'code');
    expect(code?.headers).toMatchObject({ 'user-agent': agent, originator: agent });
    const authorize = (await simulator.requests()).find(({ kind }) => kind === 'authorize');
    expect(authorize?.params).toMatchObject({ originator: agent });
  });

  it('a sign-in in the browser logs each step and none of its secrets', async () => {
    const attempt = new Attempt(simulator);
    const page = await attempt.followRedirect(ada);
    await attempt.tokens;
    expect(attempt.log.entries.map(({ level, step }) => `${level}: ${step}`)).toEqual([
      'info: waiting for the browser',
      'info: the browser came back',
      'info: http',
    ]);
    const verifier = (await simulator.requests()).find(({ kind }) => kind === 'code')?.params['code_verifier'];
    const secrets = [...(await simulator.secrets()).map(({ value }) => value), verifier ?? ''];
    expect(secrets.length).toBeGreaterThan(5);
    for (const secret of secrets) {
      expect(attempt.log.text).not.toContain(secret);
      expect(page.body).not.toContain(secret);
    }
    expect(attempt.log.text).not.toContain('ada');
  });

  it('a sign-in in the browser continues after requests that do not belong to it [R6]', async () => {
    const attempt = new Attempt(simulator);
    const uri = await attempt.redirectUri();
    expect((await visit(`${uri}?code=forged&state=forged`)).status).toBe(400);
    expect((await visit(`${uri}?error=access_denied&state=forged`)).status).toBe(400);
    expect((await visit(new URL('/cancel', uri).href)).status).toBe(404);
    expect((await visit(new URL('/favicon.ico', uri).href)).status).toBe(404);
    expect((await simulator.counts()).code).toBe(0);
    // The log has one entry for it, however often it happens.
    expect(attempt.log.entries.filter(({ level }) => level === 'warn')).toMatchObject([{ fields: { failure: 'stateMismatch' } }]);
    await attempt.followRedirect(ada);
    await attempt.tokens;
  });

  it('a sign-in in the browser continues if the browser does not open, and logs the reason', async () => {
    const attempt = new Attempt(simulator, { opened: () => Promise.reject(new Error('no display')) });
    await attempt.followRedirect(ada);
    await attempt.tokens;
    expect(attempt.log.entries).toContainEqual(expect.objectContaining({ level: 'error', step: 'the browser did not open' }));
  });

  it('a sign-in in the browser does not wait for the result of opening the browser', async () => {
    const attempt = new Attempt(simulator, { opened: () => new Promise(() => undefined) });
    await attempt.followRedirect(ada);
    await expect(attempt.tokens).resolves.toBeDefined();
  });

  it('a sign-in in the browser exchanges one code, however often the callback arrives [R7]', async () => {
    await simulator.fail({ route: 'token', fault: 'hang' });
    const attempt = new Attempt(simulator);
    const callback = await attempt.approve(ada);
    const first = visit(callback);
    await attempt.clock.untilSleeping(30_000);
    expect(await visit(callback)).toMatchObject({ status: 400, body: expect.stringContaining('late') as string });
    attempt.clock.advance(30_000);
    expect((await first).body).toContain('failed: noAnswer');
    expect((await simulator.counts()).code).toBe(1);
  });

  it('neither the state nor the code of a sign-in works for another sign-in [R7]', async () => {
    const one = new Attempt(simulator);
    const other = new Attempt(simulator);
    const mine = new URL(await one.approve(ada));
    const own = new URL(await other.opening).searchParams.get('state') ?? '';
    const crossed = new URL(await other.redirectUri());
    crossed.search = mine.search;
    expect((await visit(crossed.href)).status).toBe(400);
    crossed.searchParams.set('state', own);
    expect((await visit(crossed.href)).body).toContain('failed: refused');
    expect(await other.failure).toMatchObject({ code: 'refused' });
  });
});

describe('whose sign-in signInWithBrowser wants', () => {
  it.each([
    ['any', {}, undefined, undefined],
    ['a known one', { email: 'ada@example.com' }, 'ada@example.com', undefined],
    ['another one', { mustAsk: true }, undefined, 'login'],
    ['a known one after a wrong one', { email: 'ada@example.com', mustAsk: true }, 'ada@example.com', 'login'],
  ])('the service is told that the account is %s', async (_what, wish, hint, prompt) => {
    const attempt = new Attempt(simulator, { wish });
    await attempt.followRedirect(ada);
    await attempt.tokens;
    const authorize = (await simulator.requests()).find(({ kind }) => kind === 'authorize');
    expect([authorize?.params['login_hint'], authorize?.params['prompt']]).toEqual([hint, prompt]);
    expect(attempt.log.text).not.toContain('ada@example.com');
  });

  it('a browser that is signed in comes back with its own account, and with the wanted one where another is wanted', async () => {
    const browser = new Map<string, string>();
    const emailOf = async (account: string, wish: LoginWish) => {
      const attempt = new Attempt(simulator, { wish, browser });
      await attempt.followRedirect({ account });
      return readClaims((await attempt.tokens).idToken)?.['email'];
    };
    expect(await emailOf('ada', {})).toBe('ada@example.com');
    expect(await emailOf('pia', {})).toBe('ada@example.com');
    expect(await emailOf('pia', { mustAsk: true })).toBe('pia@example.com');
  });
});

describe('the page of the browser while the tokens are taken', () => {
  it('the page does not say that anybody is signed in before the tokens were taken', async () => {
    const taken = Promise.withResolvers<undefined>();
    const attempt = new Attempt(simulator, { accept: tokens => taken.promise.then(() => tokens) });
    let isShown = false;
    const page = attempt.followRedirect(ada).finally(() => {
      isShown = true;
    });
    await expect.poll(async () => (await simulator.counts()).code).toBe(1);
    // A second callback is answered while the first one waits.
    expect((await visit(await attempt.redirectUri())).status).toBe(400);
    expect(isShown).toBe(false);
    taken.resolve(undefined);
    expect((await page).body).toContain('signed in');
    await attempt.tokens;
  });

  it('the page says why the tokens were not taken', async () => {
    const attempt = new Attempt(simulator, { accept: () => Promise.reject(new AppError('wrongAccount')) });
    expect((await attempt.followRedirect(ada)).body).toContain('failed: wrongAccount');
    expect(await attempt.failure).toMatchObject({ code: 'wrongAccount' });
    await expectPortFree(attempt);
  });
});

describe('signInWithBrowser after a refusal', () => {
  it.each([
    ['the person denies it', { ...ada, deny: true }, 'denied'],
    ['the account lacks the entitlement', { account: 'noa' }, 'noEntitlement'],
  ])('a sign-in in the browser ends with a page that says so when %s', async (_what, choice, code) => {
    const attempt = new Attempt(simulator);
    expect(await attempt.followRedirect(choice)).toMatchObject({ status: 200, body: expect.stringContaining(`failed: ${code}`) as string });
    expect(await attempt.failure).toMatchObject({ code });
    expect((await simulator.counts()).code).toBe(0);
    await expectPortFree(attempt);
  });

  it('a sign-in in the browser ends when the callback names another issuer, before its code is exchanged [R13]', async () => {
    const attempt = new Attempt(simulator);
    const callback = await attempt.approve(ada);
    expect((await visit(`${callback}&iss=https%3A%2F%2Fevil.example`)).body).toContain('failed: issuerMismatch');
    expect(await attempt.failure).toMatchObject({ code: 'issuerMismatch' });
    expect((await simulator.counts()).code).toBe(0);
  });
});

describe('the timeout of signInWithBrowser', () => {
  it('a callback just before five minutes have passed completes the sign-in', async () => {
    const attempt = new Attempt(simulator);
    await attempt.clock.untilSleeping(fiveMinutes);
    attempt.clock.advance(fiveMinutes - 1);
    await attempt.followRedirect(ada);
    await attempt.tokens;
    expect(attempt.clock.sleeping).toEqual([]);
  });

  it('a sign-in in the browser times out after five minutes and frees its port [R3]', async () => {
    const attempt = new Attempt(simulator);
    await attempt.clock.untilSleeping(fiveMinutes);
    attempt.clock.advance(fiveMinutes);
    expect(await attempt.failure).toMatchObject({ code: 'timedOut' });
    await expectPortFree(attempt);
    expect(attempt.clock.sleeping).toEqual([]);
  });
});

describe('the cancellation of signInWithBrowser', () => {
  it('a sign-in in the browser that is cancelled before it begins takes no port and opens no browser', async () => {
    const attempt = new Attempt(simulator, { cancelled: true });
    expect(await attempt.failure).toMatchObject({ code: 'cancelled' });
    expect(attempt.opened).toBe(0);
    expect(attempt.log.entries).toEqual([]);
  });

  it('a sign-in in the browser that is cancelled as it begins ends and frees its port', async () => {
    const attempt = new Attempt(simulator);
    attempt.cancel();
    expect(await attempt.failure).toMatchObject({ code: 'cancelled' });
    await expectPortFree(attempt);
  });

  it('a sign-in in the browser that is cancelled while it waits frees its port at once [R3]', async () => {
    const attempt = new Attempt(simulator);
    await attempt.clock.untilSleeping(fiveMinutes);
    attempt.cancel();
    expect(await attempt.failure).toMatchObject({ code: 'cancelled' });
    await expectPortFree(attempt);
    expect(attempt.clock.sleeping).toEqual([]);
  });

  it('a sign-in in the browser that is cancelled during the token request ends the request, and its page says so', async () => {
    await simulator.fail({ route: 'token', fault: 'hang' });
    const attempt = new Attempt(simulator);
    const page = attempt.followRedirect(ada);
    await attempt.clock.untilSleeping(30_000);
    attempt.cancel();
    expect((await page).body).toContain('failed: cancelled');
    expect(await attempt.failure).toMatchObject({ code: 'cancelled' });
    await expectPortFree(attempt);
    expect(attempt.clock.sleeping).toEqual([]);
  });
});

describe('the token request of signInWithBrowser', () => {
  const notUnderstood = 'answerNotUnderstood';

  it.each<[string, Fault, string]>([
    ['fails in the service', { status: 500, body: { error: { code: 'server_error', message: 'x' } } }, 'serviceUnavailable'],
    ['is refused', { status: 400, body: { error: 'invalid_grant', error_description: 'x' } }, 'refused'],
    ['is rate limited', { status: 429, body: {}, headers: { 'retry-after': '2' } }, 'serviceUnavailable'],
    ['is redirected', { status: 307, headers: { location: 'https://evil.example/' } }, notUnderstood],
    ['is blocked by a network filter', 'html', 'blocked'],
    ['gets a page from a network filter', 'html200', 'blocked'],
    ['gets truncated JSON', 'brokenJson', notUnderstood],
    ['gets an empty response', 'empty', notUnderstood],
    ['gets a truncated response', 'truncated', 'offline'],
    ['is dropped', 'drop', 'offline'],
    ['loses its response', 'responseLost', 'offline'],
  ])('a sign-in in the browser ends when the token request %s', async (_what, fault, code) => {
    await simulator.fail({ route: 'token', fault });
    const attempt = new Attempt(simulator);
    expect((await attempt.followRedirect(ada)).body).toContain(`failed: ${code}`);
    expect(await attempt.failure).toMatchObject({ code });
    expect((await simulator.counts()).code).toBe(1);
    await expectPortFree(attempt);
  });

  it('a sign-in in the browser ends when the token request times out after 30 seconds', async () => {
    await simulator.fail({ route: 'token', fault: 'hang' });
    const attempt = new Attempt(simulator);
    const page = attempt.followRedirect(ada);
    await attempt.clock.untilSleeping(30_000);
    await expect.poll(async () => (await simulator.counts()).code).toBe(1);
    attempt.clock.advance(30_000);
    expect((await page).body).toContain('failed: noAnswer');
    expect(await attempt.failure).toMatchObject({ code: 'noAnswer' });
  });

  it.each<[string, Mutation, string]>([
    ['without a refresh token', { omit: ['refresh_token'] }, notUnderstood],
    ['without an id_token', { omit: ['id_token'] }, notUnderstood],
    ['without an access token', { omit: ['access_token'] }, notUnderstood],
    ['by another issuer', { idToken: { iss: 'https://evil.example' } }, 'identityInvalid'],
    ['for another client', { idToken: { aud: ['app_other'] } }, 'identityInvalid'],
    ['that has expired', { idToken: { exp: -3600 - 120 } }, 'identityInvalid'],
  ])('a sign-in in the browser ends with a token response %s', async (_what, mutation, code) => {
    await simulator.mutate(mutation);
    const attempt = new Attempt(simulator);
    expect((await attempt.followRedirect(ada)).body).toContain(`failed: ${code}`);
    expect(await attempt.failure).toMatchObject({ code });
  });

  it.each<[string, Mutation, number]>([
    ['without a token_type', { omit: ['token_type'] }, 864_000_000],
    ['without expires_in, but with an expiry in the access token', { omit: ['expires_in'] }, 864_000_000],
    ['without both', { omit: ['token_type', 'expires_in'] }, 864_000_000],
    ['with a broken signature, which nobody checks', { idToken: { signature: 'broken' } }, 864_000_000],
    ['without claims about the account', { idToken: { removeClaims: ['https://api.openai.com/auth', 'email'] } }, 864_000_000],
    ['with a shorter lifetime', { set: { expires_in: '90' } }, 90_000],
  ])('a sign-in in the browser succeeds with a token response %s', async (_what, mutation, lifetime) => {
    await simulator.mutate(mutation);
    const attempt = new Attempt(simulator);
    await attempt.followRedirect(ada);
    const { expiresAt = 0, issuedAt } = await attempt.tokens;
    // The service gives times in whole seconds.
    expect(Math.abs(expiresAt - issuedAt - lifetime)).toBeLessThan(10_000);
  });
});

describe('signInWithBrowser with clocks that differ', () => {
  it.each([
    ["the service's clock is an hour ahead", 3600, 0],
    ["the service's clock is an hour behind", -3600, 0],
    ["this machine's clock is an hour ahead", 0, hour],
    ["this machine's clock is an hour behind", 0, -hour],
    ["this machine's clock is a month behind", 0, -30 * 24 * hour],
  ])('a sign-in in the browser succeeds when %s [R35]', async (_what, clockOffsetSeconds, offset) => {
    await simulator.set({ clockOffsetSeconds });
    const attempt = new Attempt(simulator, { clock: new ManualClock(Date.now() + offset) });
    await attempt.followRedirect(ada);
    expect(await attempt.tokens).toMatchObject({ issuedAt: attempt.clock.now(), expiresAt: attempt.clock.now() + 864_000_000 });
  });

  it("an expiry that the access token gives in the service's time is converted to this machine's time", async () => {
    await simulator.set({ clockOffsetSeconds: 3600 });
    await simulator.mutate({ omit: ['expires_in'] });
    const attempt = new Attempt(simulator);
    await attempt.followRedirect(ada);
    const { expiresAt = 0, issuedAt } = await attempt.tokens;
    expect(Math.abs(expiresAt - issuedAt - 864_000_000)).toBeLessThan(10_000);
  });

  it('an expired id_token is refused when both clocks are behind [R35]', async () => {
    await simulator.set({ clockOffsetSeconds: -3600 });
    await simulator.mutate({ idToken: { exp: -3600 - 120 } });
    const attempt = new Attempt(simulator, { clock: new ManualClock(Date.now() - hour) });
    await attempt.followRedirect(ada);
    expect(await attempt.failure).toMatchObject({ code: 'identityInvalid' });
  });
});

it('a sign-in opens no browser when no port is free', async () => {
  const holders = [await holdPort(), await holdPort()];
  for (const { release } of holders) onTestFinished(release);
  const service = serviceAt(
    simulator.issuer,
    simulator.backendUrl,
    holders.map(({ port }) => port),
  );
  const attempt = new Attempt(simulator, { service });
  expect(await attempt.failure).toMatchObject({ code: 'portsBusy' });
  expect(attempt.opened).toBe(0);
});
