// Needs the program of @openai/codex for this platform, and one of the ports 1455 and 1457.
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { errorShapes } from '../../simulator/contract.ts';
import { AppServer, findRealClient, readKept, run, signInByDevice } from './support/realClient.ts';
import { useSurroundings } from './support/surroundings.ts';

const program = findRealClient();
const why = program === undefined ? ` (skipped: @openai/codex has no program here for ${process.platform} ${process.arch})` : '';

const surroundings = await useSurroundings(program);
const { simulator } = surroundings;

describe.skipIf(program === undefined)(`OpenAI's own client at the simulator${why}`, { timeout: 60_000 }, () => {
  let server: AppServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  async function open(): Promise<AppServer> {
    server = await AppServer.start(surroundings);
    return server;
  }

  it('is the version that was measured', async () => {
    expect((await run(surroundings, ['--version'])).output).toContain('codex-cli 0.169.0');
  });

  it('signs in by a device code, says so, and signs out', async () => {
    await simulator.fail({ route: 'devicePoll', fault: 'pending' });
    expect(await signInByDevice(surroundings, 'ada')).toMatchObject({
      code: 0,
      output: expect.stringContaining('Successfully logged in') as string,
    });
    const kept = await readKept(surroundings);
    expect(kept).toMatchObject({ auth_mode: 'chatgpt', tokens: { account_id: '51500003-0000-4000-8000-000000000003' } });
    expect(decodeJwt(kept?.tokens.id_token ?? '')).toMatchObject({ email: 'ada@example.com', iss: simulator.issuer });
    expect(await simulator.counts()).toMatchObject({ deviceStart: 1, code: 1, authorize: 0 });
    expect((await simulator.counts()).devicePoll).toBeGreaterThanOrEqual(2);

    expect(await run(surroundings, ['login', 'status'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('Logged in using ChatGPT') as string,
    });
    expect(await run(surroundings, ['logout'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('Successfully logged out') as string,
    });
    expect((await simulator.counts()).revoke).toBe(1);
    expect(await simulator.sessions()).toEqual([]);
    expect(await readKept(surroundings)).toBeUndefined();
    expect(await run(surroundings, ['login', 'status'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('Not logged in') as string,
    });
  });

  it.each([
    ['that are disabled', () => simulator.fail({ route: 'deviceStart', fault: { status: 404 } }), 'device code login is not enabled'],
    ['with a number for the interval', () => simulator.set({ deviceInterval: 1 }), 'invalid type: integer'],
    ['without a verifier', () => simulator.mutate({ on: 'devicePoll', omit: ['code_verifier'] }), 'error decoding response body'],
    ['while polls fail', () => simulator.fail({ route: 'devicePoll', fault: { status: 500 } }), 'device auth failed with status 500'],
    ['without a refresh token', () => simulator.mutate({ omit: ['refresh_token'] }), 'OAuth token response is invalid'],
  ])('does not sign in by device codes %s', async (_what, order, said) => {
    await order();
    expect(await signInByDevice(surroundings, 'ada')).toMatchObject({
      code: 1,
      output: expect.stringContaining(said) as string,
    });
    expect(await readKept(surroundings)).toBeUndefined();
  });

  it('signs in by the browser, reads account and usage, refreshes, and signs out', async () => {
    const app = await open();
    expect(await app.ask('account/read', { refreshToken: false })).toMatchObject({ account: null, requiresOpenaiAuth: true });
    const { authUrl } = await startBrowserSignIn(app);
    expect(authUrl).toMatch(`${simulator.issuer}/oauth/authorize?`);
    const page = await fetch(await simulator.approve(authUrl, { account: 'ben' }));
    expect([page.status, new URL(page.url).pathname]).toEqual([200, '/success']);
    expect(await app.notified('account/login/completed')).toMatchObject({ success: true, error: null });

    expect(await app.ask('account/read', { refreshToken: false })).toMatchObject({
      account: { type: 'chatgpt', email: 'ben@example.com', planType: 'business' },
      userId: 'user-SimulatedBen',
      workspaceRouting: { chatgptAccountId: '51500005-0000-4000-8000-000000000005' },
    });
    await simulator.account({ account: 'ben', used: { '5h': 34, weekly: { percent: 100, resetsInSeconds: 3600 } } });
    expect(await app.ask('account/rateLimits/read')).toMatchObject({
      ordinaryUsageAllowed: false,
      rateLimits: {
        primary: { usedPercent: 34, windowDurationMins: 300 },
        secondary: { usedPercent: 100, windowDurationMins: 10_080 },
        credits: { hasCredits: false, unlimited: false, balance: '0' },
        planType: 'business',
        rateLimitReachedType: 'rate_limit_reached',
      },
      rateLimitResetCredits: { availableCount: 0, credits: [] },
    });
    await simulator.account({ account: 'ben', used: { '5h': 0, weekly: 0 } });

    await app.ask('account/read', { refreshToken: true });
    expect(await simulator.sessions()).toEqual([expect.objectContaining({ account: 'ben', generation: 1 })]);
    await app.ask('account/logout');
    expect(await simulator.sessions()).toEqual([]);
    expect(await app.ask('account/read', { refreshToken: false })).toMatchObject({ account: null });
    expect(await simulator.counts()).toMatchObject({ authorize: 1, code: 1, refresh: 1, revoke: 1 });
  });

  it.each([
    ['fay', 'free', 43_200, null],
    ['gus', 'go', 43_200, null],
    ['pia', 'pro', 10_080, null],
    ['eda', 'edu', 300, { windowDurationMins: 10_080 }],
    ['eli', 'enterprise', undefined, null],
  ])('understands the account of %s on the plan %s', async (account, planType, minutes, secondary) => {
    await signInByDevice(surroundings, account);
    const app = await open();
    expect(await app.ask('account/read', { refreshToken: false })).toMatchObject({
      account: { email: `${account}@example.com`, planType },
    });
    const primary = minutes === undefined ? null : { usedPercent: 0, windowDurationMins: minutes };
    expect(await app.ask('account/rateLimits/read')).toMatchObject({
      ordinaryUsageAllowed: true,
      rateLimits: { primary, secondary, planType },
    });
  });

  it('is told when a browser sign-in was refused', async () => {
    const app = await open();
    const { authUrl } = await startBrowserSignIn(app);
    await fetch(await simulator.approve(authUrl, { account: 'noa' }));
    expect(await app.notified('account/login/completed')).toMatchObject({
      success: false,
      error: expect.stringContaining('Codex is not enabled for your workspace') as string,
    });
  });

  it('refreshes a token that is about to expire before it uses it', async () => {
    await simulator.set({ accessTokenSeconds: 60 });
    await signInByDevice(surroundings, 'ada');
    await simulator.set({ accessTokenSeconds: 864_000, clockOffsetSeconds: 61 });
    const before = await readKept(surroundings);
    const app = await open();
    expect(await app.ask('account/rateLimits/read')).toMatchObject({ rateLimits: { planType: 'plus' } });
    expect(await simulator.sessions()).toEqual([expect.objectContaining({ account: 'ada', generation: 1 })]);
    const after = await readKept(surroundings);
    expect(after?.tokens.refresh_token).not.toBe(before?.tokens.refresh_token);
    expect((await simulator.requests()).find(({ kind }) => kind === 'refresh')).toMatchObject({
      params: { refresh_reason: 'proactive_expiry', client_id: 'app_EMoamEEZ73f0CkXaXp7hrann' },
      status: 200,
    });
  });

  it.each(errorShapes)('takes a refresh token for dead by its error code: %s', async shape => {
    await signInByDevice(surroundings, 'ada');
    const app = await open();
    await simulator.fail({ route: 'refresh', times: 20, fault: { code: 'refresh_token_expired', shape, status: 400 } });
    await app.ask('account/read', { refreshToken: true }).catch(() => undefined);
    const { refresh } = await simulator.counts();
    await app.ask('account/read', { refreshToken: true }).catch(() => undefined);
    // What is dead is not asked for again.
    expect((await simulator.counts()).refresh).toBe(refresh);
    expect(refresh).toBeGreaterThan(0);
  });

  it('asks again after a refusal that passes', async () => {
    await signInByDevice(surroundings, 'ada');
    const app = await open();
    await simulator.fail({ route: 'refresh', fault: { retryAfterSeconds: 30, as: 'date' } });
    await app.ask('account/read', { refreshToken: true }).catch(() => undefined);
    await app.ask('account/read', { refreshToken: true });
    expect(await simulator.sessions()).toEqual([expect.objectContaining({ account: 'ada', generation: 1 })]);
  });

  it('finds a session that was ended elsewhere', async () => {
    await signInByDevice(surroundings, 'ada');
    await simulator.endSession('ada');
    const app = await open();
    await expect(app.ask('account/rateLimits/read')).rejects.toThrow('401');
    expect(await app.ask('account/read', { refreshToken: true }).catch(String)).toMatchObject({ account: null });
  });
});

async function startBrowserSignIn(app: AppServer): Promise<{ authUrl: string }> {
  return (await app.ask('account/login/start', { type: 'chatgpt' })) as { authUrl: string };
}
