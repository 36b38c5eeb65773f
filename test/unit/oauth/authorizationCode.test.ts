import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AuthorizationRequest } from '../../../src/oauth/authorizationCode.ts';
import { createAuthorizationRequest, exchangeCallbackCode } from '../../../src/oauth/authorizationCode.ts';
import type { AccountService } from '../../../src/oauth/service.ts';
import { readClaims } from '../../../src/oauth/claims.ts';
import { jwt } from '../support/jwt.ts';
import { fetchFailure, json, Network } from '../support/network.ts';
import { service } from './support/service.ts';
import { idClaims } from './support/tokens.ts';

const redirectUri = 'http://127.0.0.1:1455/auth/callback';
const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

describe('the authorization URL', () => {
  it('the authorization URL is exact to the byte, with its order of parameters and %20 instead of a plus sign', async () => {
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

  it('the authorization URL requests the four scopes under our own name, and has no prompt, nonce or secret [R16] [R17] [R20]', async () => {
    const { searchParams } = new URL((await createAuthorizationRequest(service, redirectUri)).url);
    expect(searchParams.get('scope')?.split(' ')).toEqual(['openid', 'profile', 'email', 'offline_access']);
    for (const name of ['prompt', 'nonce', 'client_secret', 'code_verifier']) expect(searchParams.has(name)).toBe(false);
  });

  it('a thousand authorization URLs each have their own state and verifier, and none contains its verifier [R5]', async () => {
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

  it('the authorization URL has a nonce of its own if the service uses one', async () => {
    const requests = await Promise.all([1, 2].map(() => createAuthorizationRequest({ ...service, nonce: true }, redirectUri)));
    for (const { url, nonce } of requests) {
      expect(nonce).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(new URL(url).searchParams.get('nonce')).toBe(nonce);
    }
    expect(requests[0]?.nonce).not.toBe(requests[1]?.nonce);
  });

  it("the authorization URL keeps the issuer's path and the client ID of the settings", async () => {
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

const issued = { id_token: jwt(idClaims), access_token: 'access', refresh_token: 'refresh', token_type: 'Bearer', expires_in: 60 };

interface ExchangeOptions {
  readonly at?: AccountService;
  readonly request?: AuthorizationRequest;
}

async function exchange(
  query: string,
  network: Network,
  { at = service, request }: ExchangeOptions = {},
): ReturnType<typeof exchangeCallbackCode> {
  const ownRequest = request ?? (await createAuthorizationRequest(at, redirectUri));
  const callback = new URL(`${redirectUri}?${query.replace('{state}', ownRequest.state)}`);
  return exchangeCallbackCode(at, ownRequest, callback, { http: network.http, clock: network.clock, correlationId: 'test' });
}

const tokenResponse = (changes: object = {}, claims: object = {}): Network =>
  new Network(() => json(200, { ...issued, id_token: jwt({ ...idClaims, ...claims }), ...changes }));

describe('the callback in the browser', () => {
  it('the code of the callback is exchanged with the verifier and the redirect URI of its request, byte for byte [R5]', async () => {
    const network = tokenResponse();
    const request = await createAuthorizationRequest(service, redirectUri);
    const tokens = await exchange('code=c%2Bo+d%26e&scope=openid&state={state}', network, { request });
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
    ['an error and a code', 'error=access_denied&code=c', 'denied'],
    ['a server error', 'error=server_error', 'serviceUnavailable'],
    ['a busy service', 'error=temporarily_unavailable', 'serviceUnavailable'],
    ['a refused scope', 'error=invalid_scope', 'refused'],
    ['the missing entitlement in another error', 'error=invalid_request&error_description=missing_codex_entitlement', 'refused'],
    ['an empty error', 'error=', 'refused'],
    ['no code', '', 'callbackIncomplete'],
    ['an empty code', 'code=', 'callbackIncomplete'],
    ['two codes', 'code=a&code=b', 'answerNotUnderstood'],
    ['another issuer', 'code=c&iss=https%3A%2F%2Fevil.example', 'issuerMismatch'],
    ['the issuer with a slash', 'code=c&iss=https%3A%2F%2Fauth.openai.com%2F', 'issuerMismatch'],
    ['an empty issuer', 'code=c&iss=', 'issuerMismatch'],
    ['two issuers', 'code=c&iss=https%3A%2F%2Fauth.openai.com&iss=https%3A%2F%2Fevil.example', 'answerNotUnderstood'],
    ['an error of another issuer', 'error=access_denied&iss=https%3A%2F%2Fevil.example', 'issuerMismatch'],
  ])('a callback with %s ends the sign-in without a token request', async (_what, query, code) => {
    const network = tokenResponse();
    await expect(exchange(`${query}&state={state}`, network)).rejects.toMatchObject({ code });
    expect(network.sent).toEqual([]);
  });

  it('a callback may name the correct issuer, and must name it if the service announces it [R13]', async () => {
    const named = 'code=c&iss=https%3A%2F%2Fauth.openai.com&state={state}';
    const promising = { ...service, issInCallback: true };
    await expect(exchange(named, tokenResponse())).resolves.toBeDefined();
    await expect(exchange(named, tokenResponse(), { at: promising })).resolves.toBeDefined();
    const network = tokenResponse();
    await expect(exchange('code=c&state={state}', network, { at: promising })).rejects.toMatchObject({ code: 'issuerMismatch' });
    expect(network.sent).toEqual([]);
  });

  it('parameters of the callback do not change where the code is exchanged [R10] [R14]', async () => {
    const network = tokenResponse();
    await exchange(
      'code=c&state={state}&token_endpoint=https%3A%2F%2Fevil.example&client_id=evil&redirect_uri=https%3A%2F%2Fevil.example',
      network,
    );
    expect(network.sent.map(({ url }) => url)).toEqual([service.endpoints.token]);
    expect(network.sent[0]?.form).toMatchObject({ client_id: service.clientId, redirect_uri: redirectUri });
  });
});

describe('the token response', () => {
  it.each([
    ['without a token_type', { token_type: undefined }],
    ['with a token_type in capitals', { token_type: 'BEARER' }],
    ['with another token_type', { token_type: 'session' }],
    ['without expires_in', { expires_in: undefined }],
    ['without a scope', { scope: undefined }],
    ['with unknown fields', { earliest_refresh_at: 1, oai_is: 'x' }],
  ])('a token response %s is accepted', async (_what, changes) => {
    await expect(exchange('code=c&state={state}', tokenResponse(changes))).resolves.toMatchObject({ accessToken: 'access' });
  });

  it.each([
    ['id_token', undefined],
    ['access_token', undefined],
    ['refresh_token', undefined],
    ['refresh_token', ''],
    ['refresh_token', null],
    ['id_token', 'opaque'],
  ])('a token response with %s as %j is rejected', async (name, value) => {
    const exchanging = exchange('code=c&state={state}', tokenResponse({ [name]: value }));
    await expect(exchanging).rejects.toMatchObject({ code: 'answerNotUnderstood' });
  });

  it.each([
    ['a 400 with a code', json(400, { error: 'invalid_grant' }), 'refused'],
    ['a 401 whose error is an object', json(401, { error: { code: 'invalid_client', message: 'x' } }), 'refused'],
    ['a 429', json(429, {}), 'serviceUnavailable'],
    ['a 500', json(500, { error: { code: 'server_error' } }), 'serviceUnavailable'],
    ['a 302', new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), 'answerNotUnderstood'],
    ['a 201', json(201, issued), 'answerNotUnderstood'],
    ['truncated JSON', new Response('{"access_token": "trunc', { headers: { 'content-type': 'application/json' } }), 'answerNotUnderstood'],
    ['no body', new Response('', { headers: { 'content-type': 'application/json' } }), 'answerNotUnderstood'],
    ['an array', json(200, [issued]), 'answerNotUnderstood'],
  ])('a token response of %s ends the sign-in', async (_what, response, code) => {
    await expect(exchange('code=c&state={state}', new Network(() => response))).rejects.toMatchObject({ code });
  });

  it('a token request without a response ends the sign-in with the network error', async () => {
    const network = new Network(() => Promise.reject(fetchFailure('ENOTFOUND')));
    await expect(exchange('code=c&state={state}', network)).rejects.toMatchObject({ code: 'nameNotResolved' });
  });

  it('neither the code nor the token response is in the error of a failed exchange [R12]', async () => {
    const network = new Network(() => json(400, { error: 'invalid_grant', error_description: 'secret-description' }));
    const error: unknown = await exchange('code=secret-code&state={state}', network).catch((reason: unknown) => reason);
    network.log.error('failed', error);
    expect(network.log.text).not.toContain('secret');
  });
});

describe('the text of a callback [R12]', () => {
  it.each([
    'error=&error_description=secret-text&state={state}',
    'error=refused&error_description=secret-text&state={state}',
    'error=access_denied&error_description=secret-text&state={state}',
    'code=c&error_description=secret-text&state={state}',
    'code=c&response=secret-text&state={state}',
    'code=c&iss=secret-text&state={state}',
    'code=c&id_token=secret-text&state={state}',
    'code=c&code=secret-text&state={state}',
    'code=c&state={state}&state=secret-text',
  ])('no text of %s is in the error or its causes', async query => {
    const network = new Network(() => json(400, { error: 'invalid_grant', error_description: 'secret-text' }));
    const error: unknown = await exchange(query, network).catch((reason: unknown) => reason);
    for (let at = error; at instanceof Error; at = at.cause) {
      expect(JSON.stringify([at.message, at.stack, Object.values(at)])).not.toContain('secret');
    }
  });

  it.each([
    ['an error', { error: 'x y', error_description: 'secret-text', error_uri: 'secret-text' }],
    ['a token type', { access_token: 'a', token_type: 'secret-text', id_token: 'secret-text' }],
    ['an id_token', { access_token: 'a', token_type: 'bearer', id_token: 'secret-text.secret-text.secret-text' }],
    ['a lifetime', { access_token: 'a', token_type: 'bearer', expires_in: 'secret-text' }],
  ])('no text of a token response with %s is in the error or its causes', async (_what, body) => {
    for (const status of [200, 400, 401]) {
      const error: unknown = await exchange('code=c&state={state}', new Network(() => json(status, body))).catch(
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(Error);
      for (let at = error; at instanceof Error; at = at.cause) {
        expect(JSON.stringify([at.message, at.stack, Object.values(at)])).not.toContain('secret');
      }
    }
  });
});

describe('the id_token [R34]', () => {
  it.each([
    ['by another issuer', { iss: 'https://evil.example' }],
    ['by the issuer with a slash', { iss: 'https://auth.openai.com/' }],
    ['for another client', { aud: ['app_other'] }],
    ['for another client, as a string', { aud: 'app_other' }],
    ['without an audience', { aud: [] }],
    ['for several clients, authorized for another one', { aud: [service.clientId, 'other'], azp: 'other' }],
    ['that expired before it arrived', { exp: idClaims.iat - 61 }],
    ['that expired a year ago', { exp: idClaims.iat - 365 * 86_400 }],
    ['with an unexpected nonce', { nonce: 'x' }],
  ])('an id_token %s is refused', async (_what, claims) => {
    await expect(exchange('code=c&state={state}', tokenResponse({}, claims))).rejects.toMatchObject({ code: 'identityInvalid' });
  });

  it.each([
    ['whose audience is a string', { aud: service.clientId }],
    ['for several clients, authorized for ours', { aud: [service.clientId, 'other'], azp: service.clientId }],
    ['that expired less than a minute before it arrived', { exp: idClaims.iat - 59 }],
    ['without any claim about the account', { 'https://api.openai.com/auth': undefined, email: undefined }],
  ])('an id_token %s is accepted', async (_what, claims) => {
    await expect(exchange('code=c&state={state}', tokenResponse({}, claims))).resolves.toBeDefined();
  });

  it.each([
    ['ahead', 3600],
    ['behind', -3600],
    ['ten days ahead', 864_000],
  ])("the expiry of an id_token is checked against the service's clock, which is %s", async (_way, offset) => {
    const claims = { iat: idClaims.iat + offset, exp: idClaims.iat + offset + 30 };
    const date = (seconds: number) => ({ date: new Date(seconds * 1000).toUTCString() });
    const good = new Network(() => json(200, { ...issued, id_token: jwt({ ...idClaims, ...claims }) }, date(claims.iat)));
    await expect(exchange('code=c&state={state}', good)).resolves.toMatchObject({ expiresAt: good.clock.now() + 60_000 });
    const expired = new Network(() => json(200, { ...issued, id_token: jwt({ ...idClaims, ...claims }) }, date(claims.exp + 60)));
    await expect(exchange('code=c&state={state}', expired)).rejects.toMatchObject({ code: 'identityInvalid' });
  });

  it.each(['iss', 'sub', 'aud', 'exp', 'iat'])('an id_token without the required claim %s is rejected', async claim => {
    const exchanging = exchange('code=c&state={state}', tokenResponse({}, { [claim]: undefined }));
    await expect(exchanging).rejects.toMatchObject({ code: 'answerNotUnderstood' });
  });

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'])('an id_token may be signed with %s', async alg => {
    await expect(exchange('code=c&state={state}', tokenResponse({ id_token: jwt(idClaims, { alg }) }))).resolves.toBeDefined();
  });

  it('an id_token that is unsigned, or signed with a key that the client could have, is rejected', async () => {
    for (const alg of ['none', 'HS256']) {
      const exchanging = exchange('code=c&state={state}', tokenResponse({ id_token: jwt(idClaims, { alg }) }));
      await expect(exchanging).rejects.toMatchObject({ code: 'answerNotUnderstood' });
    }
  });

  it('an id_token must have the nonce of its request if the service uses one', async () => {
    const at = { ...service, nonce: true };
    const request = await createAuthorizationRequest(at, redirectUri);
    const tokens = await exchange('code=c&state={state}', tokenResponse({}, { nonce: request.nonce }), { at, request });
    expect(readClaims(tokens.idToken)).toMatchObject({ nonce: request.nonce });
    const other = exchange('code=c&state={state}', tokenResponse({}, { nonce: 'another' }), { at, request });
    await expect(other).rejects.toMatchObject({ code: 'identityInvalid' });
    const none = exchange('code=c&state={state}', tokenResponse(), { at, request });
    await expect(none).rejects.toMatchObject({ code: 'answerNotUnderstood' });
  });
});
