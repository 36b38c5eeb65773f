import { afterEach, describe, expect, it } from 'vitest';
import { accountIdIn, backend, errorCode, refresh, signIn, usage, type Tokens } from './codex.ts';
import { useSimulator } from '../support/simulator.ts';

const hours5 = 18_000;
const week = 604_800;
const month = 2_592_000;

interface Window {
  used_percent: number;
  limit_window_seconds: number;
  reset_after_seconds: number;
  reset_at: number;
}

interface Usage {
  plan_type: string;
  account_id: string;
  email: string;
  rate_limit: { allowed: boolean; limit_reached: boolean; primary_window: Window | null; secondary_window: Window | null };
  additional_rate_limits?: { rate_limit: Usage['rate_limit'] }[];
  credits: { has_credits: boolean; unlimited: boolean };
  rate_limit_reached_type: { type: string } | null;
  rate_limit_reset_credits: { available_count: number };
}

const simulator = await useSimulator();
afterEach(() => simulator.account({ account: 'ada', used: { '5h': 0, weekly: 0 } }));

async function read({ id_token: idToken, access_token: accessToken }: Tokens): Promise<Usage> {
  const { status, body } = await usage(simulator, accessToken, accountIdIn(idToken));
  expect(status).toBe(200);
  return body as Usage;
}

describe('usage by plan', () => {
  it.each([
    ['fay', 'free', month, undefined],
    ['gus', 'go', month, undefined],
    ['ada', 'plus', hours5, week],
    ['pia', 'pro', week, undefined],
    ['ben', 'business', hours5, week],
    ['eda', 'edu', hours5, week],
    ['eli', 'enterprise', undefined, undefined],
  ])('%s on the plan %s has the windows of that plan', async (account, plan, primary, secondary) => {
    const tokens = await signIn(simulator, { account });
    const { plan_type, account_id, email, rate_limit: limit, credits } = await read(tokens);
    expect({ plan_type, account_id, email }).toEqual({
      plan_type: plan,
      account_id: accountIdIn(tokens.id_token),
      email: `${account}@example.com`,
    });
    expect(limit).toMatchObject({ allowed: true, limit_reached: false });
    expect(limit.primary_window?.limit_window_seconds).toBe(primary);
    expect(limit.secondary_window?.limit_window_seconds).toBe(secondary);
    expect(credits.unlimited).toBe(plan === 'enterprise');
  });

  it('a change of plan shows in the next response', async () => {
    const tokens = await signIn(simulator, { account: 'gus' });
    await simulator.account({ account: 'gus', plan: 'plus' });
    expect((await read(tokens)).rate_limit.secondary_window?.limit_window_seconds).toBe(week);
    await simulator.account({ account: 'gus', plan: 'go' });
  });
});

describe('a usage window', () => {
  it('an unused window slides, starts with the first use, and is empty again after its reset', async () => {
    const tokens = await signIn(simulator, { account: 'ada' });
    const idle = (await read(tokens)).rate_limit.primary_window;
    await simulator.set({ clockOffsetSeconds: 1000 });
    const later = (await read(tokens)).rate_limit.primary_window;
    expect(idle).toMatchObject({ used_percent: 0, reset_after_seconds: hours5 });
    expect((later?.reset_at ?? 0) - (idle?.reset_at ?? 0)).toBeGreaterThanOrEqual(1000);

    await simulator.account({ account: 'ada', used: { '5h': 34 } });
    const started = (await read(tokens)).rate_limit.primary_window;
    await simulator.set({ clockOffsetSeconds: 2000 });
    await simulator.account({ account: 'ada', used: { '5h': 60 } });
    const running = (await read(tokens)).rate_limit.primary_window;
    expect(started?.used_percent).toBe(34);
    expect(running).toMatchObject({ used_percent: 60, reset_at: started?.reset_at });
    expect(running?.reset_after_seconds).toBeLessThanOrEqual(hours5 - 1000);

    await simulator.set({ clockOffsetSeconds: 1000 + hours5 + 1 });
    const { primary_window: over, secondary_window: untouched } = (await read(tokens)).rate_limit;
    expect(over).toMatchObject({ used_percent: 0, reset_after_seconds: hours5 });
    expect(untouched?.used_percent).toBe(0);
  });

  it('a window can be set to reset in any time', async () => {
    const tokens = await signIn(simulator, { account: 'ada' });
    await simulator.account({ account: 'ada', used: { weekly: { percent: 80, resetsInSeconds: 90 } } });
    const { secondary_window: weekly } = (await read(tokens)).rate_limit;
    expect(weekly?.used_percent).toBe(80);
    expect(weekly?.reset_after_seconds).toBeGreaterThan(80);
    expect(weekly?.reset_after_seconds).toBeLessThanOrEqual(90);
  });

  it('what was used can be given back without another reset time', async () => {
    const tokens = await signIn(simulator, { account: 'ada' });
    await simulator.account({ account: 'ada', used: { weekly: { percent: 100, resetsInSeconds: 5000 } } });
    const { secondary_window: spent } = (await read(tokens)).rate_limit;
    await simulator.account({ account: 'ada', used: { weekly: { percent: 0, keepsReset: true } } });
    const { secondary_window: back } = (await read(tokens)).rate_limit;
    expect(back).toMatchObject({ used_percent: 0, reset_at: spent?.reset_at });
  });

  it('a window at 100 percent blocks, whichever it is', async () => {
    const tokens = await signIn(simulator, { account: 'ada' });
    await simulator.account({ account: 'ada', used: { '5h': 1, weekly: 100 } });
    const { rate_limit: limit, rate_limit_reached_type: reached } = await read(tokens);
    expect(limit).toMatchObject({ allowed: false, limit_reached: true });
    expect(reached).toEqual({ type: 'rate_limit_reached' });
  });

  it('a reserve takes requests once a window is used up, as long as it lasts', async () => {
    const tokens = await signIn(simulator, { account: 'ada' });
    await simulator.account({ account: 'ada', used: { weekly: 100 }, reserve: 24 });
    const { rate_limit: limit, additional_rate_limits: [reserve] = [] } = await read(tokens);
    expect([limit.allowed, reserve?.rate_limit]).toMatchObject([false, { allowed: true, primary_window: { used_percent: 24 } }]);
    await simulator.account({ account: 'ada', reserve: 100 });
    const { additional_rate_limits: [over] = [] } = await read(tokens);
    expect(over?.rate_limit).toMatchObject({ allowed: false, limit_reached: true });
    await simulator.account({ account: 'ada', reserve: null });
    expect((await read(tokens)).additional_rate_limits).toBeNull();
  });

  it('each workspace has windows of its own', async () => {
    const personal = await signIn(simulator, { account: 'sam', workspace: 'personal' });
    const team = await signIn(simulator, { account: 'sam', workspace: 'team' });
    await simulator.account({ account: 'sam', workspace: 'team', used: { '5h': 50 } });
    expect((await read(team)).rate_limit.primary_window?.used_percent).toBe(50);
    expect((await read(personal)).rate_limit.primary_window?.used_percent).toBe(0);
  });
});

describe('access to usage', () => {
  it('an expired access token is refused, and a refreshed one accepted', async () => {
    await simulator.set({ accessTokenSeconds: 60 });
    const tokens = await signIn(simulator, { account: 'ada' });
    expect(tokens.expires_in).toBe(60);
    await simulator.set({ clockOffsetSeconds: 61 });
    const refused = await usage(simulator, tokens.access_token);
    expect(refused.status).toBe(401);
    expect(refused.body).toEqual({
      error: {
        message: 'Provided authentication token is expired. Please try signing in again.',
        type: null,
        code: 'token_expired',
        param: null,
      },
      status: 401,
    });
    const { body } = await refresh(simulator, tokens.refresh_token);
    expect((await usage(simulator, (body as Tokens).access_token)).status).toBe(200);
  });

  it("a response has the service's time in its Date header", async () => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.set({ clockOffsetSeconds: 7200 });
    const { headers } = await usage(simulator, token);
    expect(Date.parse(headers.get('date') ?? '') - Date.now()).toBeGreaterThan(7_190_000);
  });

  it('a token with a wrong signature, and a request without a token, are refused', async () => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    expect(errorCode(await usage(simulator, `${token.slice(0, -8)}AAAAAAAA`))).toBe('invalid_token');
    expect((await fetch(`${simulator.backendUrl}/wham/usage`)).status).toBe(401);
  });

  it('a workspace account needs its account id, and a personal account at least no other one', async () => {
    const ada = await signIn(simulator, { account: 'ada' });
    const ben = await signIn(simulator, { account: 'ben' });
    expect((await usage(simulator, ada.access_token)).status).toBe(200);
    expect((await usage(simulator, ada.access_token, accountIdIn(ben.id_token))).status).toBe(403);
    expect((await usage(simulator, ben.access_token)).status).toBe(403);
    expect((await usage(simulator, ben.access_token, accountIdIn(ben.id_token))).status).toBe(200);
  });

  it('the list of reset credits matches the count in usage', async () => {
    const tokens = await signIn(simulator, { account: 'ada' });
    const { body } = await backend(simulator, 'rate-limit-reset-credits', tokens.access_token, accountIdIn(tokens.id_token));
    expect(body).toMatchObject({ available_count: 1, credits: [{ status: 'available' }] });
    expect((await read(tokens)).rate_limit_reset_credits.available_count).toBe(1);
  });
});

describe('a usage payload set by a test', () => {
  const payload = {
    email: 'dev@example.invalid',
    plan_type: 'prolite',
    rate_limit: {
      primary_window: { used_percent: 7, reset_at: 1_795_457_520, reset_after_seconds: 7920 },
      secondary_window: { reset_at: 0 },
    },
    spend_control: { individual_limit: { resetsAt: 1_795_449_660 } },
  };

  it('a payload is returned for the account that asks, with its resets moved to the current time', async () => {
    const tokens = await signIn(simulator, { account: 'ada' });
    await simulator.set({ clockOffsetSeconds: 1000 });
    await simulator.account({ account: 'ada', reported: { payload, at: 1_795_449_600 } });
    const now = Date.now() / 1000 + 1000;
    const answer = await read(tokens);
    expect(answer).toMatchObject({ email: 'ada@example.com', account_id: accountIdIn(tokens.id_token), plan_type: 'prolite' });
    expect(answer.rate_limit.primary_window).toMatchObject({ used_percent: 7, reset_after_seconds: 7920 });
    expect(Math.abs((answer.rate_limit.primary_window?.reset_at ?? 0) - now - 7920)).toBeLessThan(5);
    expect(answer.rate_limit.secondary_window?.reset_at).toBe(0);
    expect(answer).toHaveProperty('spend_control.individual_limit.resetsAt', (answer.rate_limit.primary_window?.reset_at ?? 0) - 7860);
  });

  it('a payload without a time is returned unchanged, until it is removed or the simulator is reset', async () => {
    const tokens = await signIn(simulator, { account: 'ada' });
    for (const end of [() => simulator.account({ account: 'ada', reported: null }), () => simulator.reset()]) {
      await simulator.account({ account: 'ada', reported: { payload } });
      expect((await read(tokens)).rate_limit.primary_window?.reset_at).toBe(1_795_457_520);
      await end();
      expect((await read(tokens)).plan_type).toBe('plus');
    }
  });
});
