import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { plainClientId, plainScopes } from '../../simulator/contract.ts';
import { callback } from './codex.ts';
import { useSimulator } from '../support/simulator.ts';

interface Discovery {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  jwks_uri: string;
  device_authorization_endpoint: string;
  revocation_endpoint: string;
}

interface Tokens {
  id_token: string;
  access_token: string;
  refresh_token?: string;
}

interface DeviceStart {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
  interval?: unknown;
}

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const redirectUri = 'http://127.0.0.1:50123/auth/callback';

const simulator = await useSimulator();
const endpoints = (await (await fetch(`${simulator.plainIssuer}/.well-known/openid-configuration`)).json()) as Discovery;

function begin(changes: Record<string, string> = {}): { url: string; verifier: string; nonce: string; state: string } {
  const [verifier, nonce, state] = [64, 16, 32].map(length => randomBytes(length).toString('base64url')) as [string, string, string];
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: plainClientId,
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
    nonce,
    scope: plainScopes.join(' '),
    prompt: 'consent',
    ...changes,
  });
  return { url: `${endpoints.authorization_endpoint}?${query.toString()}`, verifier, nonce, state };
}

async function post(url: string, fields: Record<string, string>): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams({ client_id: plainClientId, ...fields }) });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

interface TokenReply {
  status: number;
  body: Tokens & { error?: string };
}

async function askTokens(fields: Record<string, string>): Promise<TokenReply> {
  return (await post(endpoints.token_endpoint, fields)) as TokenReply;
}

function redeem(code: string, verifier: string): Promise<TokenReply> {
  return askTokens({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier });
}

function refresh(token = ''): Promise<TokenReply> {
  return askTokens({ grant_type: 'refresh_token', refresh_token: token });
}

async function signIn(): Promise<Tokens> {
  const { url, verifier } = begin();
  const { code = '' } = callback(await simulator.approve(url, { account: 'ada' }));
  return (await redeem(code, verifier)).body;
}

async function startDevice(): Promise<DeviceStart> {
  const { body } = await post(endpoints.device_authorization_endpoint, { scope: plainScopes.join(' ') });
  return body as DeviceStart;
}

function poll({ device_code }: DeviceStart): Promise<TokenReply> {
  return askTokens({ grant_type: deviceGrant, device_code });
}

describe('the OIDC provider', () => {
  it('discovery lists the endpoints below the issuer', () => {
    expect(endpoints.issuer).toBe(simulator.plainIssuer);
    expect(endpoints).toMatchObject({
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      grant_types_supported: expect.arrayContaining([deviceGrant, 'refresh_token']) as string[],
    });
    for (const [name, url] of Object.entries(endpoints).filter(([key]) => /_endpoint$|_uri$/.test(key))) {
      expect([name, url]).toEqual([name, expect.stringMatching(`^${simulator.plainIssuer}/`)]);
    }
  });

  it('a sign-in ends with iss in the callback, and a signed ID token with the nonce', async () => {
    const { url, verifier, nonce, state } = begin();
    const answer = callback(await simulator.approve(url, { account: 'ada' }));
    expect(answer).toEqual({ code: expect.any(String) as string, iss: simulator.plainIssuer, state });
    const { status, body } = await redeem(answer['code'] ?? '', verifier);
    expect(status).toBe(200);
    const keys = createRemoteJWKSet(new URL(endpoints.jwks_uri));
    const { payload } = await jwtVerify(body.id_token, keys, { issuer: simulator.plainIssuer, audience: plainClientId });
    expect(payload).toMatchObject({ nonce, name: 'Ada Brightwell', email: 'ada@example.com', sub: expect.any(String) as string });
    expect(await simulator.counts()).toMatchObject({ authorize: 1, code: 1 });
    expect(await simulator.sessions()).toContainEqual(expect.objectContaining({ account: 'ada', generation: 0 }));
  });

  it('a redirect URI may have any port of the loopback address, and no other host', async () => {
    const other = await simulator.approve(begin({ redirect_uri: 'http://127.0.0.1:1/callback' }).url, { account: 'ada' });
    expect(other).toMatch('http://127.0.0.1:1/callback?code=');
    for (const wrong of ['http://127.0.0.1:1/elsewhere', 'http://example.com/callback', 'https://127.0.0.1:1/callback']) {
      expect((await fetch(begin({ redirect_uri: wrong }).url, { redirect: 'manual' })).status).toBe(400);
    }
  });

  it('a sign-in can be approved automatically, and is refused without PKCE or when denied', async () => {
    await simulator.set({ autoApprove: 'pia' });
    const { url, verifier } = begin();
    const response = await fetch(url, { redirect: 'manual' });
    const { code = '' } = callback(response.headers.get('location') ?? '');
    expect(decodeJwt((await redeem(code, verifier)).body.id_token)).toMatchObject({ name: 'Pia Navarro' });
    const bare = await fetch(begin({ code_challenge: '', code_challenge_method: '' }).url, { redirect: 'manual' });
    expect(callback(bare.headers.get('location') ?? '')).toMatchObject({ error: 'invalid_request', iss: simulator.plainIssuer });
    await simulator.set({ autoApprove: null });
    expect(callback(await simulator.approve(begin().url, { account: 'ada', deny: true }))).toMatchObject({ error: 'access_denied' });
  });

  it('a refresh token is rotated, and its second use ends the session', async () => {
    const { refresh_token: first } = await signIn();
    const second = await refresh(first);
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(first);
    expect(await refresh(first)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await refresh(second.body.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('a session ends by an RFC 7009 revocation, and by control', async () => {
    for (const account of ['ada', 'pia']) await simulator.endSession(account);
    const [one, other] = [await signIn(), await signIn()];
    expect((await post(endpoints.revocation_endpoint, { token: one.refresh_token ?? '' })).status).toBe(200);
    expect((await refresh(one.refresh_token)).status).toBe(400);
    expect(await simulator.endSession('ada')).toBe(1);
    expect((await refresh(other.refresh_token)).status).toBe(400);
    expect((await simulator.counts()).revoke).toBe(1);
  });

  it('responses can fail and lie as ordered', async () => {
    const { url, verifier } = begin();
    await simulator.mutate({ on: 'callback', set: { iss: 'https://else.example' } });
    await simulator.mutate({ idToken: { set: { nonce: 'another' }, exp: -7200 } });
    const { code = '', iss } = callback(await simulator.approve(url, { account: 'ada' }));
    expect(iss).toBe('https://else.example');
    const { body } = await redeem(code, verifier);
    expect(decodeJwt(body.id_token)['nonce']).toBe('another');
    expect((decodeJwt(body.id_token).exp ?? 0) * 1000).toBeLessThan(Date.now());
    for (const route of ['refresh', 'discovery'] as const) await simulator.fail({ route, fault: { status: 503, body: {} } });
    expect((await refresh(body.refresh_token)).status).toBe(503);
    expect((await fetch(`${simulator.plainIssuer}/.well-known/openid-configuration`)).status).toBe(503);
    expect((await refresh(body.refresh_token)).status).toBe(200);
  });
});

describe('an RFC 8628 device sign-in', () => {
  it('a device code is pending until it is approved, and then gives tokens once', async () => {
    const started = await startDevice();
    expect(started).toMatchObject({ verification_uri: `${simulator.plainIssuer}/device`, expires_in: 900, interval: 5 });
    expect(started.verification_uri_complete).toContain(started.user_code);
    expect(await poll(started)).toMatchObject({ status: 400, body: { error: 'authorization_pending' } });
    const said = await simulator.approveDevice(started.user_code.toLowerCase(), { account: 'ada', page: started.verification_uri });
    expect(said).toContain('You are signed in');
    const { status, body } = await poll(started);
    expect(status).toBe(200);
    expect(decodeJwt(body.id_token)).toMatchObject({ name: 'Ada Brightwell', iss: simulator.plainIssuer, aud: plainClientId });
    expect((await refresh(body.refresh_token)).status).toBe(200);
    expect((await poll(started)).body.error).toBe('invalid_grant');
    expect(await simulator.counts()).toMatchObject({ deviceStart: 1, devicePoll: 3, code: 0 });
  });

  it('a device code that was denied or has expired gives no tokens', async () => {
    const denied = await startDevice();
    await simulator.approveDevice(denied.user_code, { account: 'ada', deny: true, page: denied.verification_uri });
    expect(await poll(denied)).toMatchObject({ status: 400, body: { error: 'access_denied' } });
    await simulator.set({ deviceCodeSeconds: 60 });
    const late = await startDevice();
    await simulator.set({ clockOffsetSeconds: 61 });
    expect(await poll(late)).toMatchObject({ status: 400, body: { error: 'expired_token' } });
    const approval = simulator.approveDevice(late.user_code, { account: 'ada', page: late.verification_uri });
    await expect(approval).rejects.toThrow('This code has expired');
  });

  it.each([
    ['pending', 'authorization_pending'],
    ['slowDown', 'slow_down'],
    ['denied', 'access_denied'],
    ['expired', 'expired_token'],
    ['disabled', 'unauthorized_client'],
  ] as const)('a poll can be answered with %s by order', async (fault, error) => {
    const started = await startDevice();
    await simulator.fail({ route: 'devicePoll', fault });
    expect(await poll(started)).toMatchObject({ status: 400, body: { error } });
    expect((await poll(started)).body.error).toBe('authorization_pending');
  });

  it('the polling interval can be set or left out', async () => {
    for (const deviceInterval of ['1', 3, null]) {
      await simulator.set({ deviceInterval });
      expect((await startDevice()).interval).toBe(deviceInterval ?? undefined);
    }
  });
});

describe('the secrets of the OIDC provider', () => {
  it('device code and user code are on the list as soon as they are issued', async () => {
    const { device_code: id, user_code: code } = await startDevice();
    const kinds = (await simulator.secrets())
      .filter(({ value }) => [id, code, code.replace('-', '')].includes(value))
      .map(({ kind }) => kind);
    expect(kinds).toEqual(['device_code', 'user_code', 'user_code']);
  });

  it('all secrets are on the list, and none is in a recorded request', async () => {
    const { url, verifier, nonce, state } = begin();
    const { code = '' } = callback(await simulator.approve(url, { account: 'ada' }));
    const tokens = (await redeem(code, verifier)).body;
    const started = await startDevice();
    await simulator.approveDevice(started.user_code, { account: 'ada', page: started.verification_uri });
    const devices = (await poll(started)).body;
    const rotated = (await refresh(devices.refresh_token)).body;
    const kinds = new Map((await simulator.secrets()).map(({ value, kind }) => [value, kind]));
    const expected = { authorization_code: code, code_verifier: verifier, nonce, state };
    for (const [kind, value] of Object.entries(expected)) expect(kinds.get(value)).toBe(kind);
    expect([kinds.get(started.device_code), kinds.get(started.user_code)]).toEqual(['device_code', 'user_code']);
    for (const set of [tokens, devices, rotated]) {
      expect(kinds.get(set.id_token)).toBe('id_token');
      expect(kinds.get(set.access_token)).toBe('access_token');
      expect(kinds.get(set.refresh_token ?? '')).toBe('refresh_token');
    }
    const written = JSON.stringify(await simulator.requests());
    for (const value of kinds.keys()) expect(written).not.toContain(value);
  });
});
