import { describe, expect, it, onTestFinished } from 'vitest';
import { readClaims } from '../../../src/oauth/tokenSet.ts';
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

/** Nobody listens on the attempt's port any more. */
async function expectPortFree(attempt: Attempt): Promise<void> {
  const { release } = await holdPort(Number(new URL(await attempt.redirectUri()).port));
  await release();
}

describe('a sign-in through the browser', () => {
  it('ends with the tokens of the one who signed in, and a page that says so', async () => {
    const attempt = new Attempt(simulator);
    const page = await attempt.comeBack(ada);
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('signed in') as string });
    const tokens = await attempt.tokens;
    expect(readClaims(tokens.idToken)).toMatchObject({ email: 'ada@example.com', iss: simulator.issuer });
    expect(tokens).toMatchObject({ issuedAt: attempt.clock.now(), expiresAt: attempt.clock.now() + 864_000_000 });
    expect(tokens.scope).toBe('openid profile email offline_access');
    expect(await simulator.counts()).toMatchObject({ code: 1, refresh: 0 });
    expect(attempt.opened).toBe(1);
    await expectPortFree(attempt);
  });

  it('shows its own name to the service, and no other [R17]', async () => {
    const attempt = new Attempt(simulator);
    await attempt.comeBack(ada);
    await attempt.tokens;
    const code = (await simulator.requests()).find(({ kind }) => kind === 'code');
    expect(code?.headers).toMatchObject({ 'user-agent': agent, originator: agent });
    const authorize = (await simulator.requests()).find(({ kind }) => kind === 'authorize');
    expect(authorize?.params).toMatchObject({ originator: agent });
  });

  it('tells the log each step, and none of the secrets that it used', async () => {
    const attempt = new Attempt(simulator);
    const page = await attempt.comeBack(ada);
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

  it('goes on although others knock first [R6]', async () => {
    const attempt = new Attempt(simulator);
    const uri = await attempt.redirectUri();
    expect((await visit(`${uri}?code=forged&state=forged`)).status).toBe(400);
    expect((await visit(`${uri}?error=access_denied&state=forged`)).status).toBe(400);
    expect((await visit(new URL('/cancel', uri).href)).status).toBe(404);
    expect((await visit(new URL('/favicon.ico', uri).href)).status).toBe(404);
    expect((await simulator.counts()).code).toBe(0);
    // Told once, however often it happens.
    expect(attempt.log.entries.filter(({ level }) => level === 'warn')).toMatchObject([{ fields: { failure: 'stateMismatch' } }]);
    await attempt.comeBack(ada);
    await attempt.tokens;
  });

  it('goes on although the browser did not open, and says why in the log', async () => {
    const attempt = new Attempt(simulator, { opened: () => Promise.reject(new Error('no display')) });
    await attempt.comeBack(ada);
    await attempt.tokens;
    expect(attempt.log.entries).toContainEqual(expect.objectContaining({ level: 'error', step: 'the browser did not open' }));
  });

  it('does not wait for the answer of what opens the browser', async () => {
    const attempt = new Attempt(simulator, { opened: () => new Promise(() => undefined) });
    await attempt.comeBack(ada);
    await expect(attempt.tokens).resolves.toBeDefined();
  });

  it('redeems one code, however often the browser comes back [R7]', async () => {
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

  it('is of no use to another attempt: neither its state nor its code [R7]', async () => {
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

describe('a sign-in that the person or the service refuses', () => {
  it.each([
    ['the person denies it', { ...ada, deny: true }, 'denied'],
    ['the account lacks the entitlement', { account: 'noa' }, 'noEntitlement'],
  ])('ends when %s, with a page that says so', async (_what, choice, code) => {
    const attempt = new Attempt(simulator);
    expect(await attempt.comeBack(choice)).toMatchObject({ status: 200, body: expect.stringContaining(`failed: ${code}`) as string });
    expect(await attempt.failure).toMatchObject({ code });
    expect((await simulator.counts()).code).toBe(0);
    await expectPortFree(attempt);
  });

  it('ends when another issuer answers, before its code is shown to anybody [R13]', async () => {
    const attempt = new Attempt(simulator);
    const callback = await attempt.approve(ada);
    expect((await visit(`${callback}&iss=https%3A%2F%2Fevil.example`)).body).toContain('failed: issuerMismatch');
    expect(await attempt.failure).toMatchObject({ code: 'issuerMismatch' });
    expect((await simulator.counts()).code).toBe(0);
  });
});

describe('a sign-in that takes too long', () => {
  it('is waited for until just before five minutes have passed', async () => {
    const attempt = new Attempt(simulator);
    await attempt.clock.untilSleeping(fiveMinutes);
    attempt.clock.advance(fiveMinutes - 1);
    await attempt.comeBack(ada);
    await attempt.tokens;
    expect(attempt.clock.sleeping).toEqual([]);
  });

  it('is over after five minutes, and its port is free [R3]', async () => {
    const attempt = new Attempt(simulator);
    await attempt.clock.untilSleeping(fiveMinutes);
    attempt.clock.advance(fiveMinutes);
    expect(await attempt.failure).toMatchObject({ code: 'timedOut' });
    await expectPortFree(attempt);
    expect(attempt.clock.sleeping).toEqual([]);
  });
});

describe('a sign-in that is cancelled', () => {
  it('before it began takes no port and opens no browser', async () => {
    const attempt = new Attempt(simulator, { cancelled: true });
    expect(await attempt.failure).toMatchObject({ code: 'cancelled' });
    expect(attempt.opened).toBe(0);
    expect(attempt.log.entries).toEqual([]);
  });

  it('as it begins is over before anybody waits', async () => {
    const attempt = new Attempt(simulator);
    attempt.cancel();
    expect(await attempt.failure).toMatchObject({ code: 'cancelled' });
    await expectPortFree(attempt);
  });

  it('while it waits lets go of the port at once [R3]', async () => {
    const attempt = new Attempt(simulator);
    await attempt.clock.untilSleeping(fiveMinutes);
    attempt.cancel();
    expect(await attempt.failure).toMatchObject({ code: 'cancelled' });
    await expectPortFree(attempt);
    expect(attempt.clock.sleeping).toEqual([]);
  });

  it('while its code is redeemed ends that too, and tells the browser', async () => {
    await simulator.fail({ route: 'token', fault: 'hang' });
    const attempt = new Attempt(simulator);
    const page = attempt.comeBack(ada);
    await attempt.clock.untilSleeping(30_000);
    attempt.cancel();
    expect((await page).body).toContain('failed: cancelled');
    expect(await attempt.failure).toMatchObject({ code: 'cancelled' });
    await expectPortFree(attempt);
    expect(attempt.clock.sleeping).toEqual([]);
  });
});

describe('a token request that goes wrong', () => {
  const notUnderstood = 'answerNotUnderstood';

  it.each<[string, Fault, string]>([
    ['fails in the service', { status: 500, body: { error: { code: 'server_error', message: 'x' } } }, 'serviceUnavailable'],
    ['is refused', { status: 400, body: { error: 'invalid_grant', error_description: 'x' } }, 'refused'],
    ['comes too often', { status: 429, body: {}, headers: { 'retry-after': '2' } }, 'serviceUnavailable'],
    ['is redirected', { status: 307, headers: { location: 'https://evil.example/' } }, notUnderstood],
    ['is stopped by a filter', 'html', 'blocked'],
    ['is answered by a filter', 'html200', 'blocked'],
    ['is answered with JSON that breaks off', 'brokenJson', notUnderstood],
    ['is answered with nothing', 'empty', notUnderstood],
    ['is answered in part', 'truncated', 'offline'],
    ['is dropped', 'drop', 'offline'],
    ['loses its answer', 'answerLost', 'offline'],
  ])('ends the sign-in when it %s', async (_what, fault, code) => {
    await simulator.fail({ route: 'token', fault });
    const attempt = new Attempt(simulator);
    expect((await attempt.comeBack(ada)).body).toContain(`failed: ${code}`);
    expect(await attempt.failure).toMatchObject({ code });
    expect((await simulator.counts()).code).toBe(1);
    await expectPortFree(attempt);
  });

  it('ends the sign-in after half a minute without an answer', async () => {
    await simulator.fail({ route: 'token', fault: 'hang' });
    const attempt = new Attempt(simulator);
    const page = attempt.comeBack(ada);
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
    ['that has lapsed', { idToken: { exp: -3600 - 120 } }, 'identityInvalid'],
  ])('ends the sign-in with an answer %s', async (_what, mutation, code) => {
    await simulator.mutate(mutation);
    const attempt = new Attempt(simulator);
    expect((await attempt.comeBack(ada)).body).toContain(`failed: ${code}`);
    expect(await attempt.failure).toMatchObject({ code });
  });

  it.each<[string, Mutation, number]>([
    ['without a token_type', { omit: ['token_type'] }, 864_000_000],
    ['without expires_in, whose token tells its end', { omit: ['expires_in'] }, 864_000_000],
    ['without both', { omit: ['token_type', 'expires_in'] }, 864_000_000],
    ['whose signature nobody checks', { idToken: { signature: 'broken' } }, 864_000_000],
    ['without claims about the account', { idToken: { removeClaims: ['https://api.openai.com/auth', 'email'] } }, 864_000_000],
    ['with a shorter life', { set: { expires_in: '90' } }, 90_000],
  ])('is none with an answer %s', async (_what, mutation, life) => {
    await simulator.mutate(mutation);
    const attempt = new Attempt(simulator);
    await attempt.comeBack(ada);
    const { expiresAt = 0, issuedAt } = await attempt.tokens;
    // The service tells the time in whole seconds.
    expect(Math.abs(expiresAt - issuedAt - life)).toBeLessThan(10_000);
  });
});

describe('clocks that do not agree', () => {
  it.each([
    ["the service's is an hour ahead", 3600, 0],
    ["the service's is an hour behind", -3600, 0],
    ["this machine's is an hour ahead", 0, hour],
    ["this machine's is an hour behind", 0, -hour],
    ["this machine's is a month behind", 0, -30 * 24 * hour],
  ])('are no obstacle: %s [R35]', async (_what, clockOffsetSeconds, ours) => {
    await simulator.set({ clockOffsetSeconds });
    const attempt = new Attempt(simulator, { clock: new ManualClock(Date.now() + ours) });
    await attempt.comeBack(ada);
    expect(await attempt.tokens).toMatchObject({ issuedAt: attempt.clock.now(), expiresAt: attempt.clock.now() + 864_000_000 });
  });

  it("do not change the end of an access token that tells it in the service's time", async () => {
    await simulator.set({ clockOffsetSeconds: 3600 });
    await simulator.mutate({ omit: ['expires_in'] });
    const attempt = new Attempt(simulator);
    await attempt.comeBack(ada);
    const { expiresAt = 0, issuedAt } = await attempt.tokens;
    expect(Math.abs(expiresAt - issuedAt - 864_000_000)).toBeLessThan(10_000);
  });

  it('do not make a lapsed id_token good [R35]', async () => {
    await simulator.set({ clockOffsetSeconds: -3600 });
    await simulator.mutate({ idToken: { exp: -3600 - 120 } });
    const attempt = new Attempt(simulator, { clock: new ManualClock(Date.now() - hour) });
    await attempt.comeBack(ada);
    expect(await attempt.failure).toMatchObject({ code: 'identityInvalid' });
  });
});

it('opens no browser where no port is free', async () => {
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
