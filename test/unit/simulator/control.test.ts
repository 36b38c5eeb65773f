import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { connectSimulator, startSimulator, type SimulatorControl } from '../../simulator/client.ts';
import {
  clientId,
  errorShapes,
  faultRoutes,
  namedFaults,
  refusalCodes,
  refusalStatuses,
  streamEndings,
  type Fault,
} from '../../simulator/contract.ts';
import {
  begin,
  callback,
  claims,
  errorCode,
  exchange,
  postJson,
  refresh,
  revoke,
  signIn,
  usage,
  type Reply,
  type Tokens,
} from './codex.ts';
import { useSimulator } from '../support/simulator.ts';

const simulator = await useSimulator();

describe('faults', () => {
  it('a response that a test ordered comes as often as ordered, on its route alone', async () => {
    const { access_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.fail({ route: 'usage', times: 2, fault: { status: 429, body: { detail: 'later' }, headers: { 'retry-after': '7' } } });
    for (let time = 0; time < 2; time += 1) {
      const { status, headers, body } = await usage(simulator, token);
      expect([status, headers.get('retry-after'), body]).toEqual([429, '7', { detail: 'later' }]);
      expect(headers.get('x-request-id')).toMatch(/^req_/);
    }
    expect((await usage(simulator, token)).status).toBe(200);
  });

  it('a dropped connection leaves the request unprocessed', async () => {
    const { refresh_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.fail({ route: 'refresh', fault: 'drop' });
    await expect(refresh(simulator, token)).rejects.toThrow('fetch failed');
    expect((await refresh(simulator, token)).status).toBe(200);
  });

  it('a request that hangs ends when the client aborts', async () => {
    const { refresh_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.fail({ route: 'refresh', fault: 'hang' });
    const waiting = new AbortController();
    const body = { client_id: clientId, grant_type: 'refresh_token', refresh_token: token };
    const reply = postJson(`${simulator.issuer}/oauth/token`, body, waiting.signal);
    await expect.poll(async () => (await simulator.counts()).refresh, { timeout: 10_000 }).toBe(1);
    waiting.abort();
    await expect(reply).rejects.toThrow('aborted');
    expect((await refresh(simulator, token)).status).toBe(200);
  });

  it.each(['responseLost', 'truncated', 'cutShort'] as const)('a request whose response is spoiled is processed: %s', async fault => {
    const { refresh_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.fail({ route: 'refresh', fault });
    await expect(refresh(simulator, token)).rejects.toThrow();
    expect(errorCode(await refresh(simulator, token))).toBe('refresh_token_reused');
  });

  it.each([
    ['html', 403, 'text/html'],
    ['html200', 200, 'text/html'],
    ['empty', 200, 'application/json'],
    ['brokenJson', 200, 'application/json'],
  ] as const)('the fault %s gives its status and content type', async (fault, status, type) => {
    await simulator.fail({ route: 'discovery', fault });
    const response = await fetch(`${simulator.issuer}/.well-known/openid-configuration`);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, expect.stringContaining(type)]);
  });

  it('faults apply to the code exchange, the revocation and the authorize page', async () => {
    const { refresh_token: token } = await signIn(simulator, { account: 'ada' });
    for (const route of ['token', 'revoke', 'authorize'] as const) await simulator.fail({ route, fault: { status: 503 } });
    expect((await exchange(simulator, 'none', 'none')).status).toBe(503);
    expect((await revoke(simulator, token)).status).toBe(503);
    expect((await fetch(begin(simulator).url)).status).toBe(503);
  });
});

describe('orders of an earlier time', () => {
  const lacksRefreshToken = { omit: ['refresh_token'] };

  it('a request that came in before a reset takes no order that was made after it', async () => {
    const left = begin(simulator);
    const { code = '' } = callback(await simulator.approve(left.url, { account: 'ada' }));
    const { refresh_token: token } = await signIn(simulator, { account: 'pia' });
    await simulator.set({ tokenDelayMs: 200 });
    const late = [exchange(simulator, code, left.verifier), refresh(simulator, token)];
    await expect.poll(async () => await simulator.counts(), { timeout: 10_000 }).toMatchObject({ code: 2, refresh: 1 });
    await simulator.reset();
    await simulator.mutate(lacksRefreshToken);
    await simulator.fail({ route: 'refresh', fault: { status: 503 } });
    expect((await Promise.all(late)).map(({ status, body }) => [status, body])).toEqual([
      [200, expect.objectContaining({ refresh_token: expect.any(String) as string })],
      [200, expect.objectContaining({ refresh_token: expect.any(String) as string })],
    ]);
    expect(await signIn(simulator, { account: 'ada' })).not.toHaveProperty('refresh_token');
    expect((await refresh(simulator, token)).status).toBe(503);
  });

  it('a sign-in that began before a reset takes no order that was made after it, however late its requests come', async () => {
    const left = begin(simulator);
    const { code = '' } = callback(await simulator.approve(left.url, { account: 'ada' }));
    await simulator.reset();
    await simulator.mutate(lacksRefreshToken);
    await simulator.fail({ route: 'token', fault: { status: 503 }, times: 2 });
    const { status, body } = await exchange(simulator, code, left.verifier);
    expect([status, body]).toEqual([200, expect.objectContaining({ refresh_token: expect.any(String) as string })]);
    await expect(signIn(simulator, { account: 'ada' })).rejects.toThrow();
  });

  it('a device that asked for its code before a reset takes no order that was made after it', async () => {
    const start = await postJson(`${simulator.issuer}/api/accounts/deviceauth/usercode`, { client_id: clientId });
    const { device_auth_id, user_code } = start.body as { device_auth_id: string; user_code: string };
    await simulator.approveDevice(user_code, { account: 'ada' });
    await simulator.reset();
    await simulator.fail({ route: 'devicePoll', fault: { status: 503 } });
    await simulator.mutate(lacksRefreshToken);
    const poll = await postJson(`${simulator.issuer}/api/accounts/deviceauth/token`, { device_auth_id, user_code });
    expect(poll.status).toBe(200);
    const { authorization_code, code_verifier } = poll.body as Record<string, string>;
    const grant = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: `${simulator.issuer}/deviceauth/callback` };
    const params = new URLSearchParams({ ...grant, code: authorization_code ?? '', code_verifier: code_verifier ?? '' });
    const tokens: unknown = await fetch(`${simulator.issuer}/oauth/token`, { method: 'POST', body: params }).then(each => each.json());
    expect(tokens).toHaveProperty('refresh_token');
  });
});

describe('refused refreshes', () => {
  it.each(refusalCodes.flatMap(code => errorShapes.map(shape => [code, shape] as const)))(
    'a refresh is refused with %s in the shape %s',
    async (code, shape) => {
      const { refresh_token: token } = await signIn(simulator, { account: 'ada' });
      await simulator.fail({ route: 'refresh', fault: { code, shape } });
      const { status, body } = await refresh(simulator, token);
      expect(status).toBe(refusalStatuses[code]);
      expect(body).toMatchObject({ object: { error: { code } }, string: { error: code }, flat: { code } }[shape]);
      expect((await refresh(simulator, token)).status).toBe(200);
    },
  );

  it("a Retry-After comes in seconds, or as a date by the service's clock", async () => {
    await simulator.set({ clockOffsetSeconds: 7200 });
    const { refresh_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.fail({ route: 'refresh', fault: { retryAfterSeconds: 30, as: 'seconds' } });
    await simulator.fail({ route: 'refresh', fault: { retryAfterSeconds: 30, as: 'date', status: 503 } });
    const first = await refresh(simulator, token);
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '30']);
    const second = await refresh(simulator, token);
    const [at, now] = ['retry-after', 'date'].map(name => Date.parse(second.headers.get(name) ?? '')) as [number, number];
    expect(second.status).toBe(503);
    expect(at - now).toBeGreaterThanOrEqual(29_000);
    expect(at - now).toBeLessThanOrEqual(31_000);
  });
});

describe('mutations of a callback', () => {
  it('a callback can have another state, an added issuer and no code', async () => {
    await simulator.mutate({ on: 'callback', set: { state: 'another-state', iss: 'https://else.example' }, omit: ['code'] });
    const changed = callback(await simulator.approve(begin(simulator).url, { account: 'ada' }));
    expect(changed).toEqual({ state: 'another-state', iss: 'https://else.example', scope: expect.any(String) as string });
    expect(callback(await simulator.approve(begin(simulator).url, { account: 'ada' }))).toHaveProperty('code');
  });
});

describe('mutations of the next token response', () => {
  it('an ID token can have other claims and a broken signature', async () => {
    const idToken = { iss: 'https://else.example', aud: 'other', exp: -7200, removeClaims: ['email'], set: { name: 'X' } };
    await simulator.mutate({ idToken: { ...idToken, signature: 'broken' } });
    const { id_token: changed } = await signIn(simulator, { account: 'ada' });
    expect(claims(changed)).toMatchObject({ iss: 'https://else.example', aud: 'other', name: 'X' });
    expect(claims(changed)).not.toHaveProperty('email');
    expect((claims(changed).exp ?? 0) - (claims(changed).iat ?? 0)).toBe(-3600);
    const { id_token: next } = await signIn(simulator, { account: 'ada' });
    expect(claims(next)).toMatchObject({ iss: simulator.issuer, email: 'ada@example.com' });
  });

  it('a token response can lack fields or have others, at sign-in or at refresh', async () => {
    await simulator.mutate({ on: 'refresh', omit: ['refresh_token', 'id_token'] });
    await simulator.mutate({ omit: ['token_type', 'expires_in'], set: { scope: 'less' } });
    const tokens = await signIn(simulator, { account: 'ada' });
    expect(tokens).not.toHaveProperty('token_type');
    expect(tokens).not.toHaveProperty('expires_in');
    expect(tokens.scope).toBe('less');
    const { body } = await refresh(simulator, tokens.refresh_token);
    expect(body).not.toHaveProperty('refresh_token');
    expect(body).not.toHaveProperty('id_token');
    expect(body).toHaveProperty('access_token');
  });
});

describe('recorded requests', () => {
  it('requests are counted by kind and recorded without secrets', async () => {
    const { access_token: access, refresh_token: token } = await signIn(simulator, { account: 'ada' });
    const { body } = await refresh(simulator, token);
    await usage(simulator, access);
    await revoke(simulator, (body as Tokens).refresh_token);
    expect(await simulator.counts()).toMatchObject({ authorize: 1, code: 1, refresh: 1, revoke: 1, usage: 1 });

    const requests = await simulator.requests();
    expect(requests.map(({ kind }) => kind).filter(kind => kind !== 'other')).toEqual(['authorize', 'code', 'refresh', 'usage', 'revoke']);
    expect(requests.find(({ kind }) => kind === 'authorize')).toMatchObject({
      method: 'GET',
      path: '/oauth/authorize',
      params: { originator: 'codex_cli_rs', codex_cli_simplified_flow: 'true', state: '***' },
      status: 303,
    });
    expect(requests.find(({ kind }) => kind === 'usage')).toMatchObject({ headers: { authorization: '***' }, status: 200 });
    const written = JSON.stringify(requests);
    for (const { value } of await simulator.secrets()) expect(written).not.toContain(value);
  });

  it('a request without a response is recorded with status 0', async () => {
    await simulator.fail({ route: 'usage', fault: 'drop' });
    await expect(fetch(`${simulator.backendUrl}/wham/usage`)).rejects.toThrow();
    expect(await simulator.requests()).toMatchObject([{ kind: 'usage', status: 0 }]);
  });

  it('a reset clears records, settings, faults and mutations', async () => {
    await simulator.set({ accessTokenSeconds: 60, autoApprove: 'ada', clockOffsetSeconds: 500 });
    await simulator.fail({ route: 'token', fault: 'html' });
    await simulator.mutate({ omit: ['access_token'] });
    await simulator.reset();
    expect(await signIn(simulator, { account: 'pia' })).toMatchObject({ expires_in: 864_000, access_token: expect.any(String) as string });
    expect(await simulator.counts()).toMatchObject({ authorize: 1, code: 1 });
  });
});

describe('the list of secrets', () => {
  it('everything issued or received is on the list, also after a reset', async () => {
    const attempt = begin(simulator);
    const { code = '' } = callback(await simulator.approve(attempt.url, { account: 'ada' }));
    const { body } = await exchange(simulator, code, attempt.verifier);
    const first = body as Tokens;
    const second = (await refresh(simulator, first.refresh_token)).body as Tokens;
    await usage(simulator, 'a-foreign-access-token');
    await simulator.reset();

    const kinds = new Map((await simulator.secrets()).map(({ value, kind }) => [value, kind]));
    expect(kinds.get(code)).toBe('authorization_code');
    expect(kinds.get(attempt.state)).toBe('state');
    expect(kinds.get(attempt.verifier)).toBe('code_verifier');
    expect(kinds.get('a-foreign-access-token')).toBe('access_token');
    expect(kinds.get(String(claims(first.access_token)['session_id']))).toBe('session');
    for (const tokens of [first, second]) {
      expect(kinds.get(tokens.refresh_token)).toBe('refresh_token');
      expect(kinds.get(tokens.access_token)).toBe('access_token');
      expect(kinds.get(tokens.id_token)).toBe('id_token');
      expect(kinds.get(tokens.access_token.split('.')[2] ?? '')).toBe('access_token_signature');
      expect(kinds.get(tokens.id_token.split('.')[2] ?? '')).toBe('id_token_signature');
    }
  });

  it('an unused authorization code is on the list', async () => {
    const { code = '' } = callback(await simulator.approve(begin(simulator).url, { account: 'ada' }));
    expect(await simulator.secrets()).toContainEqual({ value: code, kind: 'authorization_code' });
  });

  it('tokens whose response was lost are on the list', async () => {
    const { refresh_token: token } = await signIn(simulator, { account: 'ada' });
    const before = (await simulator.secrets()).length;
    await simulator.fail({ route: 'refresh', fault: 'responseLost' });
    await expect(refresh(simulator, token)).rejects.toThrow();
    expect((await simulator.secrets()).length).toBeGreaterThan(before);
  });
});

describe('control', () => {
  it('a second client connects by the control address alone', async () => {
    const other = connectSimulator(simulator.control);
    const addresses = ({ issuer, backendUrl, plainIssuer }: SimulatorControl): string[] => [issuer, backendUrl, plainIssuer];
    expect(addresses(other)).toEqual(addresses(simulator));
    expect(await other.counts()).toEqual({
      authorize: 0,
      code: 0,
      refresh: 0,
      revoke: 0,
      usage: 0,
      deviceStart: 0,
      devicePoll: 0,
      api: 0,
      other: 0,
    });
  });

  it('the page of the control address names what can be played, and each of its orders is accepted', async () => {
    const page = await fetch(simulator.control).then(response => response.text());
    for (const name of [...faultRoutes, ...namedFaults, ...streamEndings, 'ada@example.com']) expect(page).toContain(name);
    const text = page.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&gt;', '>');
    const orders = [...text.matchAll(/curl -d '(.+?)' (\S+?)<\/pre>/g)];
    expect(orders.length).toBeGreaterThan(15);
    for (const [, body = '', url = ''] of orders) expect((await fetch(url, { method: 'POST', body })).status, body).toBe(200);
    await simulator.account({ account: 'ada', plan: 'plus' });
  });

  it('a misspelt order and an unknown account are refused', async () => {
    await expect(simulator.set({ acessTokenSeconds: 1 } as object)).rejects.toThrow('unknown field: acessTokenSeconds');
    await expect(simulator.set({ autoApprove: 'nobody' })).rejects.toThrow('no such account: nobody');
    await expect(simulator.account({ account: 'nobody' })).rejects.toThrow('no such account: nobody');
    await expect(simulator.account({ account: 'ada', used: { '5hours': 1 } as object })).rejects.toThrow('5hours is none of');
    await expect(simulator.fail({ route: 'usage', fault: 'hangs' as 'hang' })).rejects.toThrow('hangs is none of');
    const faults: [object, string][] = [
      [{ code: 'refresh_token_exired' }, 'refresh_token_exired is none of'],
      [{ code: 'invalid_grant', shape: 'objekt' }, 'objekt is none of'],
      [{ code: 'invalid_grant', satus: 400 }, 'unknown field: satus'],
      [{ retryAfterSeconds: 1, as: 'dates' }, 'dates is none of'],
      [{ body: {} }, 'a response has a status'],
      [{ stream: 'failed' }, 'refresh is none of responses'],
      [{ status: 500, text: '' }, 'unknown field: text'],
    ];
    for (const [fault, said] of faults) await expect(simulator.fail({ route: 'refresh', fault: fault as Fault })).rejects.toThrow(said);
    await expect(simulator.mutate({ on: 'callbacks' as 'callback' })).rejects.toThrow('callbacks is none of');
    await expect(simulator.mutate({ idToken: { is: '' } as object })).rejects.toThrow('unknown field: is');
  });

  it('a response can be delayed', async () => {
    await simulator.set({ usageDelayMs: 60 });
    const started = performance.now();
    const reply: Reply = await usage(simulator, 'any');
    expect(reply.status).toBe(401);
    expect(performance.now() - started).toBeGreaterThanOrEqual(55);
  });

  it('the process ends on stop(), even during a request that hangs', async () => {
    const other = await startSimulator();
    await other.fail({ route: 'jwks', fault: 'hang' });
    const hanging = expect(fetch(`${other.issuer}/.well-known/jwks.json`)).rejects.toThrow('fetch failed');
    await expect.poll(async () => (await other.counts()).other, { timeout: 10_000 }).toBe(1);
    await other.stop();
    await hanging;
    await expect(other.counts()).rejects.toThrow('fetch failed');
  });

  it('the process ends when its parent process has gone', async () => {
    const main = fileURLToPath(new URL('../../simulator/main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, '--with-parent'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
