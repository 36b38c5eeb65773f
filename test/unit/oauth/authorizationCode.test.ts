import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AuthorizationRequest } from '../../../src/oauth/authorizationCode.ts';
import { createAuthorizationRequest, exchangeCallbackCode } from '../../../src/oauth/authorizationCode.ts';
import type { AccountService } from '../../../src/oauth/service.ts';
import { readClaims } from '../../../src/oauth/tokenSet.ts';
import { jwt } from '../support/jwt.ts';
import { fetchFailure, json, Network } from '../support/network.ts';
import { service } from './support/service.ts';
import { idClaims } from './support/tokens.ts';

const redirectUri = 'http://127.0.0.1:1455/auth/callback';
const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

describe('the address that the browser opens', () => {
  it('is right to the byte: this order, %20 in the scope and no plus sign', async () => {
    const { url, state, verifier } = await createAuthorizationRequest(service, redirectUri);
    expect(url).toBe(
      'https://auth.openai.com/oauth/authorize' +
        '?redirect_uri=http%3A%2F%2F127.0.0.1%3A1455%2Fauth%2Fcallback' +
        '&scope=openid%20profile%20email%20offline_access' +
        `&code_challenge=${digest(verifier)}` +
        '&code_challenge_method=S256' +
        `&state=${state}` +
        '&id_token_add_organizations=true' +
        '&codex_cli_simplified_flow=true' +
        '&originator=chatgpt-sign-in%2F1.2.3' +
        '&client_id=app_EMoamEEZ73f0CkXaXp7hrann' +
        '&response_type=code',
    );
  });

  it('asks for the least, by name and without hiding anything from the person [R16] [R17] [R20]', async () => {
    const { searchParams } = new URL((await createAuthorizationRequest(service, redirectUri)).url);
    expect(searchParams.get('scope')?.split(' ')).toEqual(['openid', 'profile', 'email', 'offline_access']);
    for (const name of ['prompt', 'nonce', 'client_secret', 'code_verifier']) expect(searchParams.has(name)).toBe(false);
  });

  it('has secrets of its own at each of a thousand attempts, none of which it tells [R5]', async () => {
    const requests = await Promise.all(Array.from({ length: 1000 }, () => createAuthorizationRequest(service, redirectUri)));
    for (const { url, state, verifier } of requests) {
      expect(verifier).toMatch(/^[A-Za-z0-9\-._~]{43,128}$/);
      expect(state).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(new URL(url).searchParams.get('code_challenge')).toBe(digest(verifier));
      expect(url).not.toContain(verifier);
    }
    expect(new Set(requests.map(({ state }) => state)).size).toBe(1000);
    expect(new Set(requests.map(({ verifier }) => verifier)).size).toBe(1000);
  });

  it('carries a nonce where the service takes one', async () => {
    const requests = await Promise.all([1, 2].map(() => createAuthorizationRequest({ ...service, nonce: true }, redirectUri)));
    for (const { url, nonce } of requests) {
      expect(nonce).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(new URL(url).searchParams.get('nonce')).toBe(nonce);
    }
    expect(requests[0]?.nonce).not.toBe(requests[1]?.nonce);
  });

  it("keeps an issuer's own path and the client's own id", async () => {
    const other: AccountService = {
      ...service,
      clientId: 'another client',
      endpoints: { ...service.endpoints, authorization: 'https://id.example/t/authorize' },
    };
    const { url } = await createAuthorizationRequest(other, redirectUri);
    expect(url).toMatch(/^https:\/\/id\.example\/t\/authorize\?/);
    expect(url).toContain('&client_id=another%20client&');
  });
});

const answer = { id_token: jwt(idClaims), access_token: 'access', refresh_token: 'refresh', token_type: 'Bearer', expires_in: 60 };

interface Redemption {
  readonly at?: AccountService;
  readonly request?: AuthorizationRequest;
}

async function redeem(
  query: string,
  network: Network,
  { at = service, request }: Redemption = {},
): ReturnType<typeof exchangeCallbackCode> {
  const made = request ?? (await createAuthorizationRequest(at, redirectUri));
  const callback = new URL(`${redirectUri}?${query.replace('{state}', made.state)}`);
  return exchangeCallbackCode(at, made, callback, { http: network.http, clock: network.clock, correlationId: 'test' });
}

const tokenAnswer = (changes: object = {}, claims: object = {}): Network =>
  new Network(() => json(200, { ...answer, id_token: jwt({ ...idClaims, ...claims }), ...changes }));

describe('what the browser brings back', () => {
  it('is redeemed with the verifier of its attempt and the same address, byte for byte [R5]', async () => {
    const network = tokenAnswer();
    const request = await createAuthorizationRequest(service, redirectUri);
    const tokens = await redeem('code=c%2Bo+d%26e&scope=openid&state={state}', network, { request });
    expect(tokens).toMatchObject({ accessToken: 'access', refreshToken: 'refresh', expiresAt: network.clock.now() + 60_000 });
    const [sent, ...more] = network.sent;
    expect(more).toEqual([]);
    expect(sent).toMatchObject({ url: 'https://auth.openai.com/oauth/token', method: 'POST' });
    expect(sent?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(sent?.headers).not.toHaveProperty('authorization');
    expect(sent?.form).toEqual({
      grant_type: 'authorization_code',
      client_id: service.clientId,
      code: 'c+o d&e',
      redirect_uri: redirectUri,
      code_verifier: request.verifier,
    });
  });

  it.each([
    ['access denied', 'error=access_denied', 'denied'],
    ['a workspace that is not allowed', 'error=access_denied&error_description=workspace+not+allowed', 'denied'],
    ['no entitlement', 'error=access_denied&error_description=missing_codex_entitlement', 'noEntitlement'],
    ['no entitlement in capitals', 'error=access_denied&error_description=x+MISSING_Codex_Entitlement', 'noEntitlement'],
    ['an error beside a code', 'error=access_denied&code=c', 'denied'],
    ['an error of the service', 'error=server_error', 'serviceUnavailable'],
    ['a service that is busy', 'error=temporarily_unavailable', 'serviceUnavailable'],
    ['a scope that is refused', 'error=invalid_scope', 'refused'],
    ['the entitlement named by another error', 'error=invalid_request&error_description=missing_codex_entitlement', 'refused'],
    ['an empty error', 'error=', 'refused'],
    ['no code', '', 'callbackIncomplete'],
    ['an empty code', 'code=', 'callbackIncomplete'],
    ['two codes', 'code=a&code=b', 'answerNotUnderstood'],
    ['another issuer', 'code=c&iss=https%3A%2F%2Fevil.example', 'issuerMismatch'],
    ['the issuer with a slash', 'code=c&iss=https%3A%2F%2Fauth.openai.com%2F', 'issuerMismatch'],
    ['an empty issuer', 'code=c&iss=', 'issuerMismatch'],
    ['two issuers', 'code=c&iss=https%3A%2F%2Fauth.openai.com&iss=https%3A%2F%2Fevil.example', 'answerNotUnderstood'],
    ['an error of another issuer', 'error=access_denied&iss=https%3A%2F%2Fevil.example', 'issuerMismatch'],
  ])('ends the sign-in without a request: %s', async (_what, query, code) => {
    const network = tokenAnswer();
    await expect(redeem(`${query}&state={state}`, network)).rejects.toMatchObject({ code });
    expect(network.sent).toEqual([]);
  });

  it('may name the right issuer, and has to where the service promises it [R13]', async () => {
    const named = 'code=c&iss=https%3A%2F%2Fauth.openai.com&state={state}';
    const promising = { ...service, issInCallback: true };
    await expect(redeem(named, tokenAnswer())).resolves.toBeDefined();
    await expect(redeem(named, tokenAnswer(), { at: promising })).resolves.toBeDefined();
    const network = tokenAnswer();
    await expect(redeem('code=c&state={state}', network, { at: promising })).rejects.toMatchObject({ code: 'issuerMismatch' });
    expect(network.sent).toEqual([]);
  });

  it('cannot change where its code is redeemed [R10] [R14]', async () => {
    const network = tokenAnswer();
    await redeem(
      'code=c&state={state}&token_endpoint=https%3A%2F%2Fevil.example&client_id=evil&redirect_uri=https%3A%2F%2Fevil.example',
      network,
    );
    expect(network.sent.map(({ url }) => url)).toEqual([service.endpoints.token]);
    expect(network.sent[0]?.form).toMatchObject({ client_id: service.clientId, redirect_uri: redirectUri });
  });
});

describe('the answer with the tokens', () => {
  it.each([
    ['without a token_type', { token_type: undefined }],
    ['with a token_type of any case', { token_type: 'BEARER' }],
    ['with another token_type', { token_type: 'session' }],
    ['without expires_in', { expires_in: undefined }],
    ['without a scope', { scope: undefined }],
    ['with fields that nobody knows', { earliest_refresh_at: 1, oai_is: 'x' }],
  ])('is taken %s', async (_what, changes) => {
    await expect(redeem('code=c&state={state}', tokenAnswer(changes))).resolves.toMatchObject({ accessToken: 'access' });
  });

  it.each([
    ['id_token', undefined],
    ['access_token', undefined],
    ['refresh_token', undefined],
    ['refresh_token', ''],
    ['refresh_token', null],
    ['id_token', 'opaque'],
  ])('is not understood with %s as %j', async (name, value) => {
    const redeeming = redeem('code=c&state={state}', tokenAnswer({ [name]: value }));
    await expect(redeeming).rejects.toMatchObject({ code: 'answerNotUnderstood' });
  });

  it.each([
    ['a 400 with a code', json(400, { error: 'invalid_grant' }), 'refused'],
    ['a 401 whose error is an object', json(401, { error: { code: 'invalid_client', message: 'x' } }), 'refused'],
    ['a 429', json(429, {}), 'serviceUnavailable'],
    ['a 500', json(500, { error: { code: 'server_error' } }), 'serviceUnavailable'],
    ['a 302', new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), 'answerNotUnderstood'],
    ['a 201', json(201, answer), 'answerNotUnderstood'],
    [
      'JSON that breaks off',
      new Response('{"access_token": "trunc', { headers: { 'content-type': 'application/json' } }),
      'answerNotUnderstood',
    ],
    ['nothing', new Response('', { headers: { 'content-type': 'application/json' } }), 'answerNotUnderstood'],
    ['a list', json(200, [answer]), 'answerNotUnderstood'],
  ])('ends the sign-in as %s', async (_what, response, code) => {
    await expect(redeem('code=c&state={state}', new Network(() => response))).rejects.toMatchObject({ code });
  });

  it('that never came ends the sign-in with what the network said', async () => {
    const network = new Network(() => Promise.reject(fetchFailure('ENOTFOUND')));
    await expect(redeem('code=c&state={state}', network)).rejects.toMatchObject({ code: 'nameNotResolved' });
  });

  it('never gets into the error that tells of it [R12]', async () => {
    const network = new Network(() => json(400, { error: 'invalid_grant', error_description: 'secret-description' }));
    const error: unknown = await redeem('code=secret-code&state={state}', network).catch((reason: unknown) => reason);
    network.log.error('failed', error);
    expect(network.log.text).not.toContain('secret');
  });
});

describe('the id_token [R34]', () => {
  it.each([
    ['by another issuer', { iss: 'https://evil.example' }],
    ['by the issuer with a slash', { iss: 'https://auth.openai.com/' }],
    ['for another client', { aud: ['app_other'] }],
    ['for another client, not in a list', { aud: 'app_other' }],
    ['for nobody', { aud: [] }],
    ['for several clients and none of them the one that asked', { aud: [service.clientId, 'other'], azp: 'other' }],
    ['that lapsed before it came', { exp: idClaims.iat - 61 }],
    ['that lapsed a year ago', { exp: idClaims.iat - 365 * 86_400 }],
    ['with a nonce that nobody sent', { nonce: 'x' }],
  ])('is refused %s', async (_what, claims) => {
    await expect(redeem('code=c&state={state}', tokenAnswer({}, claims))).rejects.toMatchObject({ code: 'identityInvalid' });
  });

  it.each([
    ['whose audience is no list', { aud: service.clientId }],
    ['for several clients, asked for by ours', { aud: [service.clientId, 'other'], azp: service.clientId }],
    ['that lapsed on its way', { exp: idClaims.iat - 59 }],
    ['without any claim about the account', { 'https://api.openai.com/auth': undefined, email: undefined }],
  ])('is taken %s', async (_what, claims) => {
    await expect(redeem('code=c&state={state}', tokenAnswer({}, claims))).resolves.toBeDefined();
  });

  it.each([
    ['ahead', 3600],
    ['behind', -3600],
    ['ten days ahead', 864_000],
  ])("is held against the service's clock, which is %s", async (_way, offset) => {
    const claims = { iat: idClaims.iat + offset, exp: idClaims.iat + offset + 30 };
    const date = (seconds: number) => ({ date: new Date(seconds * 1000).toUTCString() });
    const good = new Network(() => json(200, { ...answer, id_token: jwt({ ...idClaims, ...claims }) }, date(claims.iat)));
    await expect(redeem('code=c&state={state}', good)).resolves.toMatchObject({ expiresAt: good.clock.now() + 60_000 });
    const lapsed = new Network(() => json(200, { ...answer, id_token: jwt({ ...idClaims, ...claims }) }, date(claims.exp + 60)));
    await expect(redeem('code=c&state={state}', lapsed)).rejects.toMatchObject({ code: 'identityInvalid' });
  });

  it.each(['iss', 'sub', 'aud', 'exp', 'iat'])('is not understood without %s, which every id_token has', async claim => {
    const redeeming = redeem('code=c&state={state}', tokenAnswer({}, { [claim]: undefined }));
    await expect(redeeming).rejects.toMatchObject({ code: 'answerNotUnderstood' });
  });

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'])('may be signed by %s', async alg => {
    await expect(redeem('code=c&state={state}', tokenAnswer({ id_token: jwt(idClaims, { alg }) }))).resolves.toBeDefined();
  });

  it('is not understood without a signature, or with one that the client could make', async () => {
    for (const alg of ['none', 'HS256']) {
      const redeeming = redeem('code=c&state={state}', tokenAnswer({ id_token: jwt(idClaims, { alg }) }));
      await expect(redeeming).rejects.toMatchObject({ code: 'answerNotUnderstood' });
    }
  });

  it('carries the nonce of its attempt where the service takes one', async () => {
    const at = { ...service, nonce: true };
    const request = await createAuthorizationRequest(at, redirectUri);
    const tokens = await redeem('code=c&state={state}', tokenAnswer({}, { nonce: request.nonce }), { at, request });
    expect(readClaims(tokens.idToken)).toMatchObject({ nonce: request.nonce });
    const other = redeem('code=c&state={state}', tokenAnswer({}, { nonce: 'another' }), { at, request });
    await expect(other).rejects.toMatchObject({ code: 'identityInvalid' });
    const none = redeem('code=c&state={state}', tokenAnswer(), { at, request });
    await expect(none).rejects.toMatchObject({ code: 'answerNotUnderstood' });
  });
});
