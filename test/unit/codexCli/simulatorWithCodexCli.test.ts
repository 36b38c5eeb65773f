// Needs the executable of @openai/codex for this platform, and one of the ports 1455 and 1457.
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { errorShapes } from '../../simulator/contract.ts';
import { AppServer, findCodexCli, readKept, run, signInByDevice } from './support/codexCliProcess.ts';
import { useSandbox } from './support/sandbox.ts';

const program = findCodexCli();
const skipReason = program === undefined ? ` (skipped: @openai/codex has no program here for ${process.platform} ${process.arch})` : '';

const sandbox = await useSandbox(program);
const { simulator } = sandbox;

describe.skipIf(program === undefined)(`the simulator with OpenAI's Codex CLI${skipReason}`, { timeout: 60_000 }, () => {
  let server: AppServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  async function open(): Promise<AppServer> {
    server = await AppServer.start(sandbox);
    return server;
  }

  it('the installed CLI is the version that was measured', async () => {
    expect((await run(sandbox, ['--version'])).output).toContain('codex-cli 0.169.0');
  });

  it('the CLI signs in with a device code, reports its status and signs out', async () => {
    await simulator.fail({ route: 'devicePoll', fault: 'pending' });
    expect(await signInByDevice(sandbox, 'ada')).toMatchObject({
      code: 0,
      output: expect.stringContaining('Successfully logged in') as string,
    });
    const kept = await readKept(sandbox);
    expect(kept).toMatchObject({ auth_mode: 'chatgpt', tokens: { account_id: '51500003-0000-4000-8000-000000000003' } });
    expect(decodeJwt(kept?.tokens.id_token ?? '')).toMatchObject({ email: 'ada@example.com', iss: simulator.issuer });
    expect(await simulator.counts()).toMatchObject({ deviceStart: 1, code: 1, authorize: 0 });
    expect((await simulator.counts()).devicePoll).toBeGreaterThanOrEqual(2);

    expect(await run(sandbox, ['login', 'status'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('Logged in using ChatGPT') as string,
    });
    expect(await run(sandbox, ['logout'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('Successfully logged out') as string,
    });
    expect((await simulator.counts()).revoke).toBe(1);
    expect(await simulator.sessions()).toEqual([]);
    expect(await readKept(sandbox)).toBeUndefined();
    expect(await run(sandbox, ['login', 'status'])).toMatchObject({
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
  ])('the CLI cannot sign in with device codes %s', async (_what, order, said) => {
    await order();
    expect(await signInByDevice(sandbox, 'ada')).toMatchObject({
      code: 1,
      output: expect.stringContaining(said) as string,
    });
    expect(await readKept(sandbox)).toBeUndefined();
  });

  it('the CLI signs in with the browser, reads account and usage, refreshes its token and signs out', async () => {
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
  ])('the CLI reads the account of %s on the plan %s', async (account, planType, minutes, secondary) => {
    await signInByDevice(sandbox, account);
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

  it('the CLI is notified when the service refuses a browser sign-in', async () => {
    const app = await open();
    const { authUrl } = await startBrowserSignIn(app);
    await fetch(await simulator.approve(authUrl, { account: 'noa' }));
    expect(await app.notified('account/login/completed')).toMatchObject({
      success: false,
      error: expect.stringContaining('Codex is not enabled for your workspace') as string,
    });
  });

  it('the CLI refreshes an access token that is about to expire before it sends a request', async () => {
    await simulator.set({ accessTokenSeconds: 60 });
    await signInByDevice(sandbox, 'ada');
    await simulator.set({ accessTokenSeconds: 864_000, clockOffsetSeconds: 61 });
    const before = await readKept(sandbox);
    const app = await open();
    expect(await app.ask('account/rateLimits/read')).toMatchObject({ rateLimits: { planType: 'plus' } });
    expect(await simulator.sessions()).toEqual([expect.objectContaining({ account: 'ada', generation: 1 })]);
    const after = await readKept(sandbox);
    expect(after?.tokens.refresh_token).not.toBe(before?.tokens.refresh_token);
    expect((await simulator.requests()).find(({ kind }) => kind === 'refresh')).toMatchObject({
      params: { refresh_reason: 'proactive_expiry', client_id: 'app_EMoamEEZ73f0CkXaXp7hrann' },
      status: 200,
    });
  });

  it.each(errorShapes)('the CLI does not retry a refresh that failed with refresh_token_expired, in the error shape %s', async shape => {
    await signInByDevice(sandbox, 'ada');
    const app = await open();
    await simulator.fail({ route: 'refresh', times: 20, fault: { code: 'refresh_token_expired', shape, status: 400 } });
    await app.ask('account/read', { refreshToken: true }).catch(() => undefined);
    const { refresh } = await simulator.counts();
    await app.ask('account/read', { refreshToken: true }).catch(() => undefined);
    // The CLI does not send a refresh token again that has expired.
    expect((await simulator.counts()).refresh).toBe(refresh);
    expect(refresh).toBeGreaterThan(0);
  });

  it('the CLI retries a refresh after a temporary refusal', async () => {
    await signInByDevice(sandbox, 'ada');
    const app = await open();
    await simulator.fail({ route: 'refresh', fault: { retryAfterSeconds: 30, as: 'date' } });
    await app.ask('account/read', { refreshToken: true }).catch(() => undefined);
    await app.ask('account/read', { refreshToken: true });
    expect(await simulator.sessions()).toEqual([expect.objectContaining({ account: 'ada', generation: 1 })]);
  });

  it('the CLI signs itself out when its session was revoked at the service', async () => {
    await signInByDevice(sandbox, 'ada');
    await simulator.endSession('ada');
    const app = await open();
    await expect(app.ask('account/rateLimits/read')).rejects.toThrow('401');
    expect(await app.ask('account/read', { refreshToken: true }).catch(String)).toMatchObject({ account: null });
  });
});

async function startBrowserSignIn(app: AppServer): Promise<{ authUrl: string }> {
  return (await app.ask('account/login/start', { type: 'chatgpt' })) as { authUrl: string };
}
