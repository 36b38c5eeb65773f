import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { signInWithDeviceCode } from '../../../src/oauth/deviceFlow.ts';
import { asAppError } from '../../../src/base/errors.ts';
import { Http } from '../../../src/base/http.ts';
import { refresh } from '../../../src/oauth/refresh.ts';
import { revoke } from '../../../src/oauth/revoke.ts';
import { readClaims } from '../../../src/oauth/claims.ts';
import type { DeviceFault, Fault, Mutation, Simulator } from '../../simulator/client.ts';
import { startSimulator } from '../../simulator/client.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryLog } from '../support/log.ts';
import { agent, fetchFailure, hang, html, json } from '../support/network.ts';
import { approved, DeviceAttempt, deviceAuthId, RunningClock, replies, userCode } from './support/device.ts';
import { serviceAt } from './support/service.ts';

const minute = 60;
const refuseToConnect = () => Promise.reject(fetchFailure('ECONNRESET'));
const unavailable = () => json(503, { error: 'server_error' });

describe('the polls of a device sign-in', () => {
  it('the first poll is sent at once, and the next ones after the interval [R23]', async () => {
    const { polledAt, tokens } = new DeviceAttempt({ polls: [replies.pending, replies.pending, replies.pending, replies.approve] });
    await tokens;
    expect(polledAt).toEqual([0, 5, 10, 15]);
  });

  it.each([
    ['a string', { interval: '7' }, 7],
    ['a number', { interval: 7 }, 7],
    ['a fraction', { interval: '2.5' }, 2.5],
    ['undefined', { interval: undefined }, 5],
    ['null', { interval: null }, 5],
    ['zero', { interval: 0 }, 1],
    ['zero in a string', { interval: '0' }, 1],
    ['a negative number', { interval: '-3' }, 1],
    ['a word', { interval: 'soon' }, 5],
    ['an empty string', { interval: '' }, 5],
    ['an object', { interval: { seconds: 9 } }, 5],
    ['infinity', { interval: 'Infinity' }, 5],
  ])('the pause between polls is right for an interval given as %s', async (_what, change, seconds) => {
    const { polledAt, tokens } = new DeviceAttempt({
      start: replies.start(change),
      polls: [replies.pending, replies.pending, replies.approve],
    });
    await tokens;
    expect(polledAt).toEqual([0, seconds, 2 * seconds]);
  });

  it('each slow_down lengthens the interval by five seconds for the rest of the sign-in [R24]', async () => {
    const polls = [replies.pending, replies.slowDown, replies.pending, replies.slowDown, replies.pending, replies.approve];
    const { polledAt, tokens } = new DeviceAttempt({ polls });
    await tokens;
    // Gaps of 5, 10, 10, 15 and 15 seconds.
    expect(polledAt).toEqual([0, 5, 15, 25, 40, 55]);
  });

  it('the interval begins at the response, so that a slow service is not polled sooner [R23]', async () => {
    const clock: RunningClock = new RunningClock();
    const late = () =>
      new Promise<Response>(resolve => {
        setImmediate(() => {
          clock.advance(20_000);
          resolve(replies.pending());
        });
      });
    const { polledAt, tokens } = new DeviceAttempt({ clock, polls: [late, late, replies.approve] });
    await tokens;
    expect(polledAt).toEqual([0, 25, 50]);
  });

  it.each([
    ['no connection', refuseToConnect],
    ['503', unavailable],
    ['500', () => json(500, {})],
    ['429', () => json(429, {})],
    ['403 with HTML', () => html(403)],
    ['200 with HTML', () => html(200)],
    ['404 with HTML', () => html(404)],
  ])('polling continues after %s, with growing pauses [R25]', async (_what, fault) => {
    const polls = [replies.pending, fault, fault, fault, replies.pending, fault, replies.approve];
    const { polledAt, tokens } = new DeviceAttempt({ polls });
    await tokens;
    // Gaps of 5, then 10, 15 and 25, then 5 again, then 10 seconds.
    expect(polledAt).toEqual([0, 5, 15, 30, 55, 60, 70]);
  });

  it('polls in a long outage are at most a minute apart, and never closer than the interval [R25]', async () => {
    const polls = [...Array.from({ length: 8 }, () => refuseToConnect), replies.approve];
    const [usual, slow] = [new RunningClock(), new RunningClock()];
    await new DeviceAttempt({ clock: usual, polls }).tokens;
    expect(usual.pauses).toEqual([10, 15, 25, 45, 60, 60, 60, 60]);
    await new DeviceAttempt({ clock: slow, start: replies.start({ interval: '90' }), polls }).tokens;
    expect(Math.min(...slow.pauses)).toBeGreaterThanOrEqual(90);
  });

  it('polling continues after a poll that timed out after 30 seconds', async () => {
    const clock: RunningClock = new RunningClock();
    const silence: typeof hang = request => {
      setImmediate(() => {
        clock.advance(30_000);
      });
      return hang(request);
    };
    const { polledAt, tokens } = new DeviceAttempt({ clock, polls: [silence, replies.approve] });
    await tokens;
    expect(polledAt).toEqual([0, 40]);
  });

  it.each([
    ['in seconds', '12', 12],
    ['as a date', 'Mon, 23 Nov 2026 16:00:45 GMT', 45],
    ['even if it is less than the interval', '1', 5],
    ['or not at all if it is a past date', 'Mon, 23 Nov 2026 15:00:00 GMT', 5],
    ['or as after an error if it is invalid', 'later', 10],
  ])('the next poll waits as long as Retry-After of a 429 or 503 says, %s', async (_what, retryAfter, seconds) => {
    for (const status of [429, 503]) {
      const busy = () => json(status, {}, { 'retry-after': retryAfter });
      const { polledAt, tokens } = new DeviceAttempt({ polls: [busy, replies.approve] });
      await tokens;
      expect(polledAt).toEqual([0, seconds]);
    }
  });

  it("a date in Retry-After is compared with the service's clock", async () => {
    const headers = { 'retry-after': 'Mon, 23 Nov 2026 17:00:45 GMT', date: 'Mon, 23 Nov 2026 17:00:00 GMT' };
    const { polledAt, tokens } = new DeviceAttempt({ polls: [() => json(429, {}, headers), replies.approve] });
    await tokens;
    expect(polledAt).toEqual([0, 45]);
  });
});

describe('the expiry of a device code', () => {
  const quarter = 15 * minute;

  async function endOf(
    start: ReturnType<typeof replies.start>,
    poll = replies.pending,
  ): Promise<{ code: string; after: number; last: number }> {
    const attempt = new DeviceAttempt({ start, polls: [poll] });
    const startedAt = attempt.clock.now();
    const { code } = await attempt.failure;
    return { code, after: (attempt.clock.now() - startedAt) / 1000, last: attempt.polledAt.at(-1) ?? 0 };
  }

  it('a device code expires when the service says so, and no poll follows', async () => {
    expect(await endOf(replies.start({ expires_at: '2026-11-23T16:02:02Z' }))).toEqual({ code: 'codeExpired', after: 122, last: 120 });
  });

  it('a device code expires after its lifetime although the clock is put back meanwhile, and the polls keep their pace', async () => {
    const clock = new RunningClock();
    const start = replies.start({ expires_at: '2026-11-23T16:02:02Z' });
    const attempt = new DeviceAttempt({
      ...{ clock, start, polls: [replies.pending] },
      onPoll: () => {
        clock.set(clock.now() - 10_000);
      },
    });
    expect(await attempt.failure).toMatchObject({ code: 'codeExpired' });
    expect(clock.elapsed()).toBe(122_000);
    expect(attempt.polledAt).toHaveLength(25);
  });

  it('a device code expires while the service or the network fails, and while Retry-After is longer', async () => {
    const start = replies.start({ expires_at: '2026-11-23T16:05:00Z' });
    for (const fault of [refuseToConnect, unavailable, () => html(403), () => json(429, {}, { 'retry-after': '86400' })]) {
      expect(await endOf(start, fault as typeof replies.pending)).toMatchObject({ code: 'codeExpired', after: 300 });
    }
  });

  it('a last poll before the device code expires finds an approval within the last pause after errors', async () => {
    const start = replies.start({ expires_at: '2026-11-23T16:02:00Z' });
    const faults = Array.from({ length: 5 }, () => refuseToConnect);
    const approvedLate = new DeviceAttempt({ start, polls: [...faults, replies.approve] });
    await approvedLate.tokens;
    // Gaps of 10, 15, 25 and 45 seconds, then the remaining time less one second instead of 60.
    expect(approvedLate.polledAt).toEqual([0, 10, 25, 50, 95, 119]);

    const neverApproved = new DeviceAttempt({ start, polls: faults });
    expect(await neverApproved.failure).toMatchObject({ code: 'codeExpired' });
    expect(neverApproved.polledAt).toEqual([0, 10, 25, 50, 95, 119]);
    expect(neverApproved.clock.now()).toBe(Date.parse('2026-11-23T16:02:00Z'));
  });

  it('the last poll before the device code expires keeps to the interval and to Retry-After', async () => {
    const start = replies.start({ expires_at: '2026-11-23T16:00:29Z' });
    const busy = () => json(429, {}, { 'retry-after': '30' });
    for (const [polls, times] of [
      [[refuseToConnect], [0, 10, 25]],
      [
        [refuseToConnect, busy],
        [0, 10],
      ],
    ] as const) {
      const attempt = new DeviceAttempt({ start, polls });
      expect(await attempt.failure).toMatchObject({ code: 'codeExpired' });
      expect(attempt.polledAt).toEqual(times);
    }
  });

  it.each([
    ['an hour ahead', 'Mon, 23 Nov 2026 17:00:00 GMT', '2026-11-23T17:02:00Z'],
    ['an hour behind', 'Mon, 23 Nov 2026 15:00:00 GMT', '2026-11-23T15:02:00Z'],
  ])("a device code expires by the service's clock, which is %s", async (_what, date, expires_at) => {
    const attempt = new DeviceAttempt({ start: replies.start({ expires_at }, { date }), polls: [replies.pending] });
    expect(await attempt.failure).toMatchObject({ code: 'codeExpired' });
    expect(attempt.shown).toMatchObject([{ expiresAt: Date.parse('2026-11-23T16:02:00Z') }]);
    expect(attempt.polledAt.at(-1)).toBe(115);
  });

  it.each([
    ['is missing', undefined],
    ['is invalid', 'soon'],
    ['is a number', 1795451065],
    ['is in the past', '2026-11-23T15:59:00Z'],
  ])('a device code expires after 15 minutes if its expiry %s', async (_what, expires_at) => {
    expect(await endOf(replies.start({ expires_at }))).toEqual({ code: 'codeExpired', after: quarter, last: quarter - 5 });
  });

  it('a device code expires after a day at the latest', async () => {
    const attempt = new DeviceAttempt({
      start: replies.start({ expires_at: '2036-11-23T16:00:00Z', interval: '3600' }),
      polls: [replies.pending],
    });
    await attempt.failure;
    expect(attempt.shown).toMatchObject([{ expiresAt: Date.parse('2026-11-24T16:00:00Z') }]);
  });

  it.each([
    ['deviceauth_authorization_expired', 'codeExpired'],
    ['expired_token', 'codeExpired'],
    ['deviceauth_code_expired', 'codeExpired'],
    ['deviceauth_authorization_denied', 'codeRefused'],
    ['access_denied', 'codeRefused'],
    ['an_unknown_code', 'refused'],
    ['deviceauth_disabled', 'deviceCodeDisabled'],
    ['device_code_not_enabled', 'deviceCodeDisabled'],
    ['unauthorized_client', 'deviceCodeDisabled'],
  ])(
    'the error code %s ends the sign-in at once, whatever its status, and no new device code is requested [R26]',
    async (errorCode, code) => {
      for (const status of [400, 401, 403, 404]) {
        const attempt = new DeviceAttempt({ polls: [replies.pending, replies.refuse(status, errorCode)] });
        expect(await attempt.failure).toMatchObject({ code });
        expect(attempt.polledAt).toEqual([0, 5]);
        expect(attempt.network.sent).toHaveLength(3);
      }
    },
  );
});

describe('the cancellation of a device sign-in', () => {
  async function afterCancel(attempt: DeviceAttempt): Promise<void> {
    const requests = attempt.network.sent.length;
    expect(await attempt.failure).toMatchObject({ code: 'cancelled' });
    attempt.clock.advance(20 * minute * 1000);
    await new Promise(setImmediate);
    expect(attempt.network.sent).toHaveLength(requests);
    expect(attempt.clock.sleeping).toEqual([]);
  }

  it('a cancellation ends a pause between polls at once, without another request [R30]', async () => {
    const attempt = new DeviceAttempt({ clock: new ManualClock(), polls: [replies.pending] });
    await attempt.clock.untilSleeping(5_000);
    attempt.cancel();
    await afterCancel(attempt);
    expect(attempt.polledAt).toEqual([0]);
  });

  it('a cancellation ends a poll that is under way', async () => {
    const polling = Promise.withResolvers<undefined>();
    const onPoll = () => {
      polling.resolve(undefined);
    };
    const attempt = new DeviceAttempt({ clock: new ManualClock(), polls: [hang], onPoll });
    await polling.promise;
    attempt.cancel();
    await afterCancel(attempt);
    expect(attempt.polledAt).toEqual([0]);
  });

  it('a cancellation ends the request for a device code, and no code is shown', async () => {
    const attempt = new DeviceAttempt({ clock: new ManualClock(), start: hang });
    await attempt.clock.untilSleeping(30_000);
    attempt.cancel();
    await afterCancel(attempt);
    expect(attempt.shown).toEqual([]);
  });

  it('a cancellation ends the token request after an approval', async () => {
    const clock = new ManualClock();
    const exchanging = Promise.withResolvers<undefined>();
    const token: typeof hang = request => {
      exchanging.resolve(undefined);
      return hang(request);
    };
    const attempt = new DeviceAttempt({ clock, token });
    await exchanging.promise;
    attempt.cancel();
    await afterCancel(attempt);
  });

  it('a cancellation at the moment when a pause ends is no defect', async () => {
    const attempt = new DeviceAttempt({ clock: new ManualClock(), polls: [replies.pending] });
    await attempt.clock.untilSleeping(5_000);
    attempt.clock.advance(5_000);
    attempt.cancel();
    await afterCancel(attempt);
  });
});

describe('what a device sign-in shows and logs', () => {
  it('a device sign-in shows the user code, its URL and its expiry, and never the device code [R29]', async () => {
    const { shown, tokens } = new DeviceAttempt();
    await tokens;
    expect(shown).toEqual([
      {
        userCode,
        verificationUri: 'https://auth.openai.com/codex/device',
        expiresAt: Date.parse('2026-11-23T16:15:00Z'),
        requiresOptIn: true,
      },
    ]);
  });

  it('a device sign-in shows the user code before the first poll', async () => {
    let shownAtPoll = 0;
    const attempt: DeviceAttempt = new DeviceAttempt({
      onPoll: () => {
        shownAtPoll = attempt.shown.length;
      },
    });
    await attempt.tokens;
    expect(shownAtPoll).toBe(1);
  });

  it('the log of a device sign-in has no secret, whether it succeeds or fails [R51]', async () => {
    const polls = [replies.pending, refuseToConnect, unavailable, () => html(403), replies.slowDown];
    const good = new DeviceAttempt({ polls: [...polls, replies.approve] });
    const bad = new DeviceAttempt({ polls: [...polls, replies.refuse(403, 'denied')] });
    const broken = new DeviceAttempt({ polls: [...polls, replies.approve], token: () => json(500, {}) });
    const lost = new DeviceAttempt({ polls: [() => json(200, { ...approved, code_verifier: undefined })] });
    await Promise.all([good.tokens, bad.failure, broken.failure, lost.failure]);
    for (const { network } of [good, bad, broken, lost]) {
      expect(network.log.entries.length).toBeGreaterThan(2);
      for (const secret of [userCode, 'ABCDEFGHJ', deviceAuthId, 'of-the-service', 'access-issued', 'refresh-issued', 'eyJ']) {
        expect(network.log.text).not.toContain(secret);
      }
      for (const { url } of network.sent) expect(new URL(url).search).toBe('');
    }
  });

  it('the log of a device sign-in has each step', async () => {
    const { network, tokens } = new DeviceAttempt({ polls: [replies.pending, replies.approve] });
    await tokens;
    expect(network.log.entries.map(({ step, fields }) => [step, fields['purpose'], fields['status']])).toEqual([
      ['http', 'device code', 200],
      ['waiting for the device code', undefined, undefined],
      ['http', 'poll', 403],
      ['http', 'poll', 200],
      ['http', 'exchange code', 200],
    ]);
    expect(network.log.entries[1]?.fields).toEqual({ flow: 'test', interval: 5000, life: 900_000 });
  });
});

describe('signInWithDeviceCode with the simulator', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator();
  });
  afterAll(() => simulator.stop());
  beforeEach(async () => {
    await simulator.reset();
    await simulator.endSession('ada');
  });

  function signIn(clock: ManualClock) {
    const log = new MemoryLog();
    const cancel = new AbortController();
    onTestFinished(() => {
      cancel.abort();
    });
    const http = new Http({ fetch: (url, init) => fetch(url, init), clock, log, agent });
    const service = serviceAt(simulator.issuer, simulator.backendUrl);
    const { promise: code, resolve } = Promise.withResolvers<{ userCode: string; verificationUri: string; expiresAt: number }>();
    const tokens = signInWithDeviceCode(service, { http, clock, log, correlationId: 'test', showCode: resolve, signal: cancel.signal });
    tokens.catch(() => undefined);
    const failure = tokens.then(() => {
      throw new Error('an error was expected');
    }, asAppError);
    failure.catch(() => undefined);
    return { clock, log, http, service, code, tokens, failure, cancel };
  }

  it('a device sign-in ends with the tokens of the account that approved it, which can be refreshed and revoked', async () => {
    const { clock, log, http, service, code, tokens } = signIn(new ManualClock(Date.now()));
    const { userCode: shown, verificationUri, expiresAt } = await code;
    expect(Math.abs(expiresAt - clock.now() - 900_000)).toBeLessThan(10_000);
    await clock.untilSleeping(5_000);
    expect(await simulator.approveDevice(shown, { account: 'ada', page: verificationUri })).toContain('You are signed in');
    expect(await simulator.counts()).toMatchObject({ deviceStart: 1, devicePoll: 1, code: 0 });
    clock.advance(5_000);
    const set = await tokens;
    expect(readClaims(set.idToken)).toMatchObject({ email: 'ada@example.com', iss: simulator.issuer });
    expect(await simulator.counts()).toMatchObject({ deviceStart: 1, devicePoll: 2, code: 1, authorize: 0 });
    const options = { http, clock, correlationId: 'test' };
    const outcome = await refresh(service, set, options);
    expect(outcome.kind).toBe('rotated');
    expect(outcome.kind === 'rotated' && (await revoke(service, outcome.tokens, options))).toBe('revoked');
    expect(await simulator.sessions()).not.toContainEqual(expect.objectContaining({ account: 'ada' }));
    const secrets = (await simulator.secrets()).map(({ value }) => value);
    expect(secrets).toContain(shown);
    for (const secret of secrets) expect(log.text).not.toContain(secret);
  });

  it('a device sign-in sends our own name with each request, and no other [R17]', async () => {
    const { clock, code, tokens } = signIn(new ManualClock(Date.now()));
    const { userCode: shown } = await code;
    await clock.untilSleeping(5_000);
    await simulator.approveDevice(shown, { account: 'ada' });
    clock.advance(5_000);
    await tokens;
    const requests = (await simulator.requests()).filter(({ kind }) => ['deviceStart', 'devicePoll', 'code'].includes(kind));
    expect(requests.map(({ kind }) => kind)).toEqual(['deviceStart', 'devicePoll', 'devicePoll', 'code']);
    for (const { headers } of requests) expect(headers).toMatchObject({ 'user-agent': agent, originator: agent });
  });

  it('a device sign-in ends when the person denies it', async () => {
    const { clock, code, failure } = signIn(new ManualClock(Date.now()));
    const { userCode: shown } = await code;
    await clock.untilSleeping(5_000);
    await simulator.approveDevice(shown, { account: 'ada', deny: true });
    clock.advance(5_000);
    expect(await failure).toMatchObject({ code: 'codeRefused' });
    expect((await simulator.counts()).code).toBe(0);
  });

  it('a device sign-in ends when the code expires unused', async () => {
    await simulator.set({ deviceCodeSeconds: 60 });
    expect(await signIn(new RunningClock(Date.now())).failure).toMatchObject({ code: 'codeExpired' });
  });

  it.each<[DeviceFault, string]>([
    ['denied', 'codeRefused'],
    ['expired', 'codeExpired'],
    ['disabled', 'deviceCodeDisabled'],
  ])('a device sign-in ends when the service responds with %s', async (fault, code) => {
    await simulator.fail({ route: 'devicePoll', fault });
    expect(await signIn(new RunningClock(Date.now())).failure).toMatchObject({ code });
    expect((await simulator.counts()).devicePoll).toBe(1);
  });

  it.each<[string, Fault, string]>([
    ['refused as disabled', 'disabled', 'deviceCodeDisabled'],
    ['blocked by a network filter', 'html', 'blocked'],
    ['answered with a page of a network filter', 'html200', 'blocked'],
    ['rate limited', { retryAfterSeconds: 3, as: 'seconds' }, 'serviceUnavailable'],
    ['answered with 500', { status: 500, body: {} }, 'serviceUnavailable'],
    ['answered with an empty response', 'empty', 'answerNotUnderstood'],
    ['answered with truncated JSON', 'brokenJson', 'answerNotUnderstood'],
    ['dropped', 'drop', 'offline'],
  ])('a device sign-in ends when the request for a code is %s', async (_what, fault, code) => {
    await simulator.fail({ route: 'deviceStart', fault });
    const { failure } = signIn(new ManualClock(Date.now()));
    expect(await failure).toMatchObject({ code });
    expect(await simulator.counts()).toMatchObject({ deviceStart: 1, devicePoll: 0 });
  });

  it.each<[string, Fault]>([
    ['dropped', 'drop'],
    ['blocked by a network filter', 'html'],
    ['answered with a page of a network filter', 'html200'],
    ['rate limited', { retryAfterSeconds: 20, as: 'date' }],
    ['answered with 503', { status: 503, body: {} }],
    ['answered with slow_down', 'slowDown'],
  ])('polling continues after a poll that is %s', async (_what, fault) => {
    const clock = new RunningClock(Date.now());
    await simulator.fail({ route: 'devicePoll', fault });
    const { code, tokens } = signIn(clock);
    await simulator.fail({ route: 'devicePoll', fault: 'pending' });
    const { userCode: shown } = await code;
    await simulator.approveDevice(shown, { account: 'ada' });
    await expect(tokens).resolves.toBeDefined();
    expect((await simulator.counts()).devicePoll).toBeGreaterThan(1);
  });

  it.each<[string, Mutation, string]>([
    ['an approval without a verifier', { on: 'devicePoll', omit: ['code_verifier'] }, 'answerNotUnderstood'],
    ['an approval without a code', { on: 'devicePoll', omit: ['authorization_code'] }, 'answerNotUnderstood'],
    ['an approval with another verifier', { on: 'devicePoll', set: { code_verifier: 'x'.repeat(64) } }, 'refused'],
    ['an id_token of another issuer', { idToken: { iss: 'https://evil.example' } }, 'identityInvalid'],
    ['an id_token for another client', { idToken: { aud: ['app_other'] } }, 'identityInvalid'],
    ['an expired id_token', { idToken: { exp: -3600 - 120 } }, 'identityInvalid'],
    ['a token response without a refresh token', { omit: ['refresh_token'] }, 'answerNotUnderstood'],
  ])('a device sign-in ends with an error for %s [R34]', async (_what, mutation, code) => {
    const clock = new ManualClock(Date.now());
    const attempt = signIn(clock);
    await clock.untilSleeping(5_000);
    await simulator.approveDevice((await attempt.code).userCode, { account: 'ada' });
    await simulator.mutate(mutation);
    clock.advance(5_000);
    expect(await attempt.failure).toMatchObject({ code });
  });

  it("a device sign-in succeeds when this machine's clock is an hour off [R35]", async () => {
    for (const hours of [-1, 1]) {
      const clock = new ManualClock(Date.now() + hours * 3_600_000);
      const { code, tokens } = signIn(clock);
      const { userCode: shown, expiresAt } = await code;
      expect(Math.abs(expiresAt - clock.now() - 900_000)).toBeLessThan(10_000);
      await clock.untilSleeping(5_000);
      await simulator.approveDevice(shown, { account: 'ada' });
      clock.advance(5_000);
      await expect(tokens).resolves.toMatchObject({ expiresAt: clock.now() + 864_000_000 });
    }
  });

  it('a device sign-in sends nothing more once it is cancelled [R30]', async () => {
    const clock = new ManualClock(Date.now());
    const { code, failure, cancel } = signIn(clock);
    const { userCode: shown } = await code;
    await clock.untilSleeping(5_000);
    cancel.abort();
    expect(await failure).toMatchObject({ code: 'cancelled' });
    await simulator.approveDevice(shown, { account: 'ada' });
    clock.advance(900_000);
    expect(await simulator.counts()).toMatchObject({ devicePoll: 1, code: 0 });
    expect(clock.sleeping).toEqual([]);
  });
});
