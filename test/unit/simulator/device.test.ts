import { describe, expect, it } from 'vitest';
import { clientId, type DeviceFault, type FaultOrder } from '../../simulator/contract.ts';
import { authClaims, claims, errorCode, postJson, refresh, usage, type Reply, type Tokens } from './codex.ts';
import { useSimulator } from '../support/simulator.ts';

interface Start {
  device_auth_id: string;
  user_code: string;
  interval?: string | number;
  expires_at: string;
}

interface Approved {
  authorization_code: string;
  code_challenge: string;
  code_verifier: string;
}

const simulator = await useSimulator();

function ask(route: 'usercode' | 'token', body: unknown): Promise<Reply> {
  return postJson(`${simulator.issuer}/api/accounts/deviceauth/${route}`, body);
}

async function start(): Promise<Start> {
  const { status, body } = await ask('usercode', { client_id: clientId });
  expect(status).toBe(200);
  return body as Start;
}

function poll({ device_auth_id, user_code }: Start): Promise<Reply> {
  return ask('token', { device_auth_id, user_code });
}

async function exchange({ authorization_code: code, code_verifier }: Approved, changes: Record<string, string> = {}): Promise<Response> {
  const redirect_uri = `${simulator.issuer}/deviceauth/callback`;
  const fields = { grant_type: 'authorization_code', client_id: clientId, code, redirect_uri, code_verifier, ...changes };
  return fetch(`${simulator.issuer}/oauth/token`, { method: 'POST', body: new URLSearchParams(fields) });
}

describe('a device code sign-in', () => {
  it('a device code is pending until it is approved, and ends with tokens', async () => {
    const started = await start();
    expect(started).toEqual({
      device_auth_id: expect.any(String) as string,
      user_code: expect.stringMatching(/^[A-Z2-9]{4}-[A-Z2-9]{5}$/) as string,
      interval: '5',
      expires_at: expect.any(String) as string,
    });
    expect(Math.round((Date.parse(started.expires_at) - Date.now()) / 60_000)).toBe(15);
    const pending = await poll(started);
    expect([pending.status, pending.body]).toEqual([
      403,
      {
        error: {
          message: 'Device authorization is pending. Please try again.',
          type: 'invalid_request_error',
          param: null,
          code: 'deviceauth_authorization_pending',
        },
      },
    ]);

    expect(await simulator.approveDevice(started.user_code, { account: 'ada' })).toContain('You are signed in');
    const { status, body } = await poll(started);
    expect(status).toBe(200);
    expect(Object.keys(body as Approved)).toEqual([
      'status',
      'user_code',
      'user_code_expiration',
      'authorization_code',
      'code_challenge',
      'code_verifier',
    ]);
    const response = await exchange(body as Approved);
    expect(response.status).toBe(200);
    const tokens = (await response.json()) as Tokens;
    expect(tokens.scope).toBe('openid profile email offline_access');
    expect(claims(tokens.id_token)).toMatchObject({ email: 'ada@example.com' });
    expect(authClaims(tokens.id_token)).toMatchObject({ chatgpt_plan_type: 'plus', organizations: [{ title: 'Personal' }] });
    expect((await usage(simulator, tokens.access_token)).status).toBe(200);
    expect((await refresh(simulator, tokens.refresh_token)).status).toBe(200);
    expect(await simulator.counts()).toMatchObject({ deviceStart: 1, devicePoll: 2, code: 1, authorize: 0, refresh: 1 });
  });

  it('an authorization code of a device needs its own redirect URI and verifier, and works once', async () => {
    const started = await start();
    await simulator.approveDevice(started.user_code, { account: 'ada' });
    const approved = (await poll(started)).body as Approved;
    for (const change of [{ redirect_uri: 'http://127.0.0.1:1455/auth/callback' }, { code_verifier: 'a'.repeat(86) }]) {
      expect((await exchange(approved, change)).status).toBe(400);
    }
    expect((await exchange(approved)).status).toBe(200);
    expect((await exchange(approved)).status).toBe(400);
  });

  it('a device code approved for a workspace gives tokens of that workspace', async () => {
    const started = await start();
    await simulator.approveDevice(started.user_code, { account: 'sam', workspace: 'team' });
    const tokens = (await (await exchange((await poll(started)).body as Approved)).json()) as Tokens;
    expect(authClaims(tokens.id_token)['chatgpt_plan_type']).toBe('team');
  });

  it.each([
    ['denied', { account: 'ada', deny: true }, 'You refused'],
    ['not entitled', { account: 'noa' }, 'missing_codex_entitlement'],
  ])('a sign-in that is %s ends with an error for the device too', async (_what, choice, said) => {
    const started = await start();
    expect(await simulator.approveDevice(started.user_code, choice)).toContain(said);
    const reply = await poll(started);
    expect([reply.status, errorCode(reply)]).toEqual([403, 'deviceauth_authorization_denied']);
  });

  it('an expired device code is refused, at the poll and on the page', async () => {
    await simulator.set({ deviceCodeSeconds: 60 });
    const started = await start();
    await simulator.set({ clockOffsetSeconds: 61 });
    const reply = await poll(started);
    expect([reply.status, errorCode(reply)]).toEqual([403, 'deviceauth_code_expired']);
    await expect(simulator.approveDevice(started.user_code, { account: 'ada' })).rejects.toThrow('This code has expired');
  });

  it('approving one device code leaves another pending, and their ids do not mix', async () => {
    const [one, other] = [await start(), await start()];
    await simulator.approveDevice(one.user_code, { account: 'ada' });
    expect((await poll(other)).status).toBe(403);
    const mixed = await poll({ ...one, user_code: other.user_code });
    expect([mixed.status, errorCode(mixed)]).toEqual([404, 'deviceauth_authorization_unknown']);
  });

  it('an unknown client and a form are refused', async () => {
    expect((await ask('usercode', { client_id: 'app_unknown' })).status).toBe(401);
    const form = await fetch(`${simulator.issuer}/api/accounts/deviceauth/usercode`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: clientId }),
    });
    expect(form.status).toBe(400);
  });
});

describe('the device page', () => {
  it('a code is accepted in lower case and without its hyphen', async () => {
    for (const change of [(code: string) => code.toLowerCase(), (code: string) => ` ${code.replace('-', '')}`]) {
      const started = await start();
      expect(await simulator.approveDevice(change(started.user_code), { account: 'ada' })).toContain('You are signed in');
    }
  });

  it('a wrong code and a used one get an error message', async () => {
    await expect(simulator.approveDevice('ABCD-EFGHJ', { account: 'ada' })).rejects.toThrow('There is no such code');
    const started = await start();
    await simulator.approveDevice(started.user_code, { account: 'ada' });
    await expect(simulator.approveDevice(started.user_code, { account: 'pia' })).rejects.toThrow('This code was used already');
  });

  it('the field has a label, and input is escaped', async () => {
    const html = await (await fetch(`${simulator.issuer}/codex/device?user_code=${encodeURIComponent('"><script>')}`)).text();
    expect(html).toMatch(/<label for="user_code">Code<\/label>\s*<input\s+id="user_code"/);
    expect(html).toContain('role="alert"');
    expect(html).not.toContain('<script>');
    expect(html).toContain('width=device-width');
  });
});

describe('faults of device codes', () => {
  it.each([
    ['pending', 403, 'deviceauth_authorization_pending'],
    ['slowDown', 403, 'slow_down'],
    ['denied', 403, 'deviceauth_authorization_denied'],
    ['expired', 403, 'deviceauth_code_expired'],
    ['disabled', 403, 'deviceauth_disabled'],
  ] as const)('a poll can be answered with %s by order', async (fault: DeviceFault, status, code) => {
    const started = await start();
    await simulator.approveDevice(started.user_code, { account: 'ada' });
    await simulator.fail({ route: 'devicePoll', times: 2, fault });
    for (let time = 0; time < 2; time += 1) {
      const reply = await poll(started);
      expect([reply.status, errorCode(reply)]).toEqual([status, code]);
    }
    expect((await poll(started)).status).toBe(200);
  });

  it('device codes can be disabled at the start, with or without an error code', async () => {
    await simulator.fail({ route: 'deviceStart', fault: { status: 404, body: { detail: 'Not Found' } } });
    expect((await ask('usercode', { client_id: clientId })).status).toBe(404);
    await simulator.fail({ route: 'deviceStart', fault: 'disabled' });
    expect(errorCode(await ask('usercode', { client_id: clientId }))).toBe('deviceauth_disabled');
  });

  it('a poll can fail by the network or the service', async () => {
    const started = await start();
    const route = 'devicePoll';
    for (const fault of [{ status: 503 }, { retryAfterSeconds: 7, as: 'seconds' as const }, 'html' as const])
      await simulator.fail({ route, fault });
    expect([(await poll(started)).status, (await poll(started)).headers.get('retry-after')]).toEqual([503, '7']);
    expect((await poll(started)).headers.get('content-type')).toContain('text/html');
    await simulator.fail({ route, fault: 'drop' });
    await expect(poll(started)).rejects.toThrow('fetch failed');
    expect((await poll(started)).status).toBe(403);
  });

  it('a device code can have any interval and lack any field', async () => {
    for (const deviceInterval of ['1', 3, null]) {
      await simulator.set({ deviceInterval });
      expect((await start()).interval).toBe(deviceInterval ?? undefined);
    }
    await simulator.mutate({ on: 'deviceStart', omit: ['user_code'], set: { usercode: 'ABCD-EFGHJ' } });
    const { body } = await ask('usercode', { client_id: clientId });
    expect(body).not.toHaveProperty('user_code');
    expect(body).toHaveProperty('usercode');
    const started = await start();
    await simulator.approveDevice(started.user_code, { account: 'ada' });
    await simulator.mutate({ on: 'devicePoll', omit: ['code_verifier'] });
    expect((await poll(started)).body).not.toHaveProperty('code_verifier');
  });

  it('a fault of one route cannot be ordered for another', async () => {
    const wrong: FaultOrder[] = [
      { route: 'refresh', fault: 'pending' },
      { route: 'deviceStart', fault: 'slowDown' },
    ];
    for (const order of wrong) await expect(simulator.fail(order)).rejects.toThrow('is none of');
  });
});

describe('the secrets of a device code sign-in', () => {
  it('device id and user code are on the list as soon as they are issued', async () => {
    const { device_auth_id: id, user_code: code } = await start();
    const kinds = (await simulator.secrets())
      .filter(({ value }) => [id, code, code.replace('-', '')].includes(value))
      .map(({ kind }) => kind);
    expect(kinds).toEqual(['device_auth_id', 'user_code', 'user_code']);
  });

  it('all secrets are on the list, and none is in a recorded request', async () => {
    const started = await start();
    await simulator.approveDevice(started.user_code, { account: 'ada' });
    const approved = (await poll(started)).body as Approved;
    const kinds = new Map((await simulator.secrets()).map(({ value, kind }) => [value, kind]));
    expect(kinds.get(started.device_auth_id)).toBe('device_auth_id');
    expect(kinds.get(started.user_code)).toBe('user_code');
    expect(kinds.get(started.user_code.replace('-', ''))).toBe('user_code');
    expect(kinds.get(approved.authorization_code)).toBe('authorization_code');
    expect(kinds.get(approved.code_verifier)).toBe('code_verifier');
    const written = JSON.stringify(await simulator.requests());
    for (const value of kinds.keys()) expect(written).not.toContain(value);
  });
});
