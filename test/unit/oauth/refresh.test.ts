import { describe, expect, it } from 'vitest';
import type { RefreshOutcome } from '../../../src/oauth/refresh.ts';
import { refresh } from '../../../src/oauth/refresh.ts';
import { fetchFailure, hang, html, json, Network } from '../support/network.ts';
import { service } from './support/service.ts';
import { tokens } from './support/tokens.ts';

/** The reasons for refusing a refresh, with their error code and status. */
const refusals: readonly [why: string, code: string, status: number, kind: 'ended' | 'refused'][] = [
  ['the token has expired', 'refresh_token_expired', 401, 'ended'],
  ['the token was used before', 'refresh_token_reused', 401, 'ended'],
  ['the token was revoked', 'refresh_token_invalidated', 401, 'ended'],
  ['the token is unknown', 'invalid_refresh_token', 401, 'ended'],
  ['the token has expired, by the code for any token', 'token_expired', 401, 'ended'],
  ['the session was ended', 'app_session_terminated', 401, 'ended'],
  // RFC 6749 §5.2: one of its six codes is about the token, five are about the request or the client.
  ['the token is expired, revoked or unknown', 'invalid_grant', 400, 'ended'],
  ['the request is incomplete', 'invalid_request', 400, 'refused'],
  ['the client is unknown', 'invalid_client', 401, 'refused'],
  ['the client may not refresh', 'unauthorized_client', 400, 'refused'],
  ['the service does not refresh', 'unsupported_grant_type', 400, 'refused'],
  ['the scope is wrong', 'invalid_scope', 400, 'refused'],
  ['a parameter is unknown', 'unknown_parameter', 400, 'refused'],
  ['an access token is required', 'unauthorized', 401, 'refused'],
  ['an access token is invalid', 'invalid_token', 401, 'refused'],
  ['the account is deactivated, by a code that this version does not know', 'account_deactivated', 401, 'refused'],
  ['the account is suspended, by a code that this version does not know', 'account_suspended', 401, 'refused'],
  ['the token is invalidated, by a code that this version does not know', 'token_invalidated', 401, 'refused'],
  ['the country is not supported', 'unsupported_country_region_territory', 403, 'refused'],
  ['the rate limit is exceeded', 'rate_limit_exceeded', 429, 'refused'],
];
/** Those that this version does not know, and that nobody can tell to pass. */
const unknownCodes = ['unauthorized', 'invalid_token', 'account_deactivated', 'account_suspended', 'token_invalidated'];
const final = refusals.flatMap(([, code, , kind]) => (kind === 'ended' ? [code] : []));

async function outcomeOf(response: Response | Error, before = tokens): Promise<RefreshOutcome> {
  const network = new Network(() => (response instanceof Error ? Promise.reject(response) : response));
  return refresh(service, before, { http: network.http, clock: network.clock, correlationId: 'test' });
}

describe('the refresh request', () => {
  it('a refresh sends the refresh token once, in its body, and no parameter that the service could refuse', async () => {
    const network = new Network(() => json(200, { access_token: 'new' }));
    await refresh(service, tokens, { http: network.http, clock: network.clock, correlationId: 'ab12' });
    const [sent, ...more] = network.sent;
    expect(more).toEqual([]);
    expect(sent).toMatchObject({ url: 'https://auth.openai.com/oauth/token', method: 'POST' });
    expect(sent?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(sent?.form).toEqual({ grant_type: 'refresh_token', client_id: service.clientId, refresh_token: 'refresh-before' });
    expect(network.log.entries).toMatchObject([{ step: 'http', fields: { purpose: 'refresh', flow: 'ab12', status: 200 } }]);
    expect(network.log.text).not.toContain('refresh-before');
  });

  it('a refresh times out after a minute, and the refresh token may be spent', async () => {
    const network = new Network(hang);
    const refreshing = refresh(service, tokens, { http: network.http, clock: network.clock, correlationId: 'test' });
    expect(network.clock.sleeping).toEqual([60_000]);
    network.clock.advance(60_000);
    expect(await refreshing).toMatchObject({ kind: 'unknown', error: { code: 'noAnswer' } });
  });

  it('a refresh is not sent to an insecure URL [R15]', async () => {
    const network = new Network(() => json(200, {}));
    const insecure = { ...service, endpoints: { ...service.endpoints, token: 'http://auth.openai.com/oauth/token' } };
    const refreshing = refresh(insecure, tokens, { http: network.http, clock: network.clock, correlationId: 'test' });
    await expect(refreshing).rejects.toMatchObject({ code: 'addressNotSecure' });
    expect(network.sent).toEqual([]);
  });
});

describe('the new tokens of a refresh', () => {
  it('the new tokens of a refresh replace the old ones [R20]', async () => {
    const response = { access_token: 'a', refresh_token: 'r', id_token: 'i', expires_in: 60, scope: 'openid' };
    expect(await outcomeOf(json(200, response))).toEqual({
      kind: 'rotated',
      tokens: {
        accessToken: 'a',
        refreshToken: 'r',
        idToken: 'i',
        scope: 'openid',
        issuedAt: tokens.issuedAt,
        expiresAt: tokens.issuedAt + 60_000,
        rotatedAt: tokens.issuedAt,
      },
    });
  });

  it.each([
    ['an access token', { access_token: 'a' }, { accessToken: 'a' }],
    ['a refresh token', { refresh_token: 'r' }, { refreshToken: 'r' }],
  ])('a refresh may return %s alone', async (_what, response, change) => {
    const outcome = await outcomeOf(json(200, response));
    expect(outcome).toMatchObject({ kind: 'rotated', tokens: { refreshToken: tokens.refreshToken, idToken: tokens.idToken, ...change } });
  });
});

describe('the error code of a refused refresh', () => {
  it.each(refusals)('when %s, the error code %s with %i is %s in every form [R48]', async (_why, code, usualStatus, kind) => {
    for (const status of [usualStatus, 400, 401, 403]) {
      for (const body of [
        { error: { message: 'm', code } },
        { error: code, error_description: 'd' },
        { code },
        { error: { code: code.toUpperCase() } },
      ]) {
        const mayBeFinal = (status === 401 || status === 403) && unknownCodes.includes(code);
        const outcome = kind === 'ended' ? { kind, reason: code } : { kind, error: expect.anything() as unknown, mayBeFinal };
        expect(await outcomeOf(json(status, body)), `${String(status)} ${JSON.stringify(body)}`).toEqual(outcome);
      }
    }
  });

  it.each(final)('the final error code %s with 500 does not end the session [R48]', async code => {
    expect(await outcomeOf(json(500, { error: code }))).toMatchObject({ kind: 'unknown', error: { code: 'serviceUnavailable' } });
  });

  it.each(final)('the final error code %s with 200 does not end the session [R48]', async code => {
    expect(await outcomeOf(json(200, { error: code }))).toMatchObject({ kind: 'unknown', error: { code: 'answerNotUnderstood' } });
  });

  it.each(final)('the final error code %s does not end the session while the service limits the rate [R48]', async code => {
    expect(await outcomeOf(json(429, { error: code }))).toMatchObject({ kind: 'refused', error: { code: 'serviceUnavailable' } });
  });

  it.each(['[x](command:y)', 'a sentence. With text', 'x'.repeat(200), 'eyJhbGciOiJSUzI1NiJ9.e30.x'])(
    'a 401 with %s in place of a code never ends the session [R12] [R48]',
    async code => {
      const outcome = await outcomeOf(json(401, { error: { code } }));
      expect(outcome).toMatchObject({ kind: 'refused', mayBeFinal: false });
      expect(JSON.stringify(outcome)).not.toContain(code);
    },
  );

  it('an error code that only contains a final one does not end the session [R48]', async () => {
    expect(await outcomeOf(json(400, { error: 'invalid_grant_type' }))).toMatchObject({ kind: 'refused' });
    expect(await outcomeOf(json(400, { error: 'x', error_description: 'invalid_grant' }))).toMatchObject({ kind: 'refused' });
  });
});

describe('a refresh that leaves the refresh token valid', () => {
  it.each([
    ['400', json(400, { error: { code: 'invalid_request' } }), 'refused'],
    ['400 without a code', json(400, { detail: 'x' }), 'refused'],
    ['403 without a code', json(403, { detail: 'x' }), 'refused'],
    ['400 for a parameter', json(400, { error: { code: 'unknown_parameter' } }), 'refused'],
    ['401 with a code that is not final', json(401, { error: { code: 'unauthorized' } }), 'refused'],
    ['403', json(403, { error: { code: 'forbidden' } }), 'refused'],
    ['404 without a body', new Response(null, { status: 404 }), 'refused'],
    ['429', json(429, { error: { code: 'rate_limit_exceeded' } }), 'serviceUnavailable'],
    ['429 with HTML', html(429), 'serviceUnavailable'],
  ])('a refusal of %s leaves the refresh token valid', async (_what, response, code) => {
    expect(await outcomeOf(response)).toMatchObject({ kind: 'refused', error: { code } });
  });

  it.each([
    ['an unresolved host name', fetchFailure('ENOTFOUND'), 'nameNotResolved'],
    ['a port without a listener', fetchFailure('ECONNREFUSED'), 'offline'],
    ['an untrusted certificate', fetchFailure('SELF_SIGNED_CERT_IN_CHAIN'), 'certificateNotTrusted'],
    ['an unavailable proxy', new Error('net::ERR_PROXY_CONNECTION_FAILED'), 'proxyFailed'],
    ['a connection timeout', fetchFailure('UND_ERR_CONNECT_TIMEOUT'), 'noAnswer'],
  ])('a refresh that is not sent because of %s leaves the refresh token valid', async (_what, response, code) => {
    expect(await outcomeOf(response)).toMatchObject({ kind: 'unsent', error: { code } });
  });

  it.each<[string, string | undefined, number | undefined]>([
    ['seconds', '90', 90_000],
    ['a date', 'Mon, 23 Nov 2026 16:02:00 GMT', 120_000],
    ['an invalid value', 'soon', undefined],
    ['no value', undefined, undefined],
  ])('the delay of a refusal is read from Retry-After as %s', async (_form, header, retryAfter) => {
    const response = new Response('{}', { status: 429, headers: header === undefined ? {} : { 'retry-after': header } });
    expect(await outcomeOf(response)).toEqual({
      kind: 'refused',
      error: expect.anything() as unknown,
      mayBeFinal: false,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  });
});

describe('a 401 without a reason', () => {
  it.each([
    ['no body', new Response(null, { status: 401 })],
    ['no code', json(401, { detail: 'x' })],
    ['JSON of another shape', json(401, ['x'])],
  ])('a 401 with %s is no final word, and may be one only when it lasts [R48]', async (_what, response) => {
    expect(await outcomeOf(response)).toMatchObject({ kind: 'refused', error: { code: 'refused' }, mayBeFinal: true });
  });
});

describe('a page in place of a response', () => {
  const page = (text: string, contentType: string) => (status: number) =>
    new Response(text, { status, headers: { 'content-type': contentType } });

  it.each([
    ['HTML', html, 'blocked'],
    ['HTML as JSON', page(' <html>', 'application/json'), 'blocked'],
    ['a final code as HTML', page('{"error":"invalid_grant"}', 'text/html'), 'blocked'],
    ['XML', page('<?xml version="1.0"?><error>invalid_grant</error>', 'application/xml'), 'blocked'],
    ['plain text', page('Access denied by policy.', 'text/plain'), 'answerNotUnderstood'],
    ['a final code as plain text', page('invalid_grant', 'text/plain'), 'answerNotUnderstood'],
    ['truncated JSON', page('{"error":"invalid_grant"', 'application/json'), 'answerNotUnderstood'],
  ])('%s is never a refusal of the refresh token, whatever its status [R48]', async (_what, respond, code) => {
    for (const status of [400, 401, 402, 403, 404, 407, 410, 418, 451]) {
      expect(await outcomeOf(respond(status)), String(status)).toMatchObject({ kind: 'unknown', error: { code } });
    }
  });

  it.each([html, page('invalid_grant', 'text/plain'), page('{"error":"invalid_grant"}', 'text/html')])(
    'a page that limits the rate leaves the refresh token valid [R48]',
    async respond => {
      expect(await outcomeOf(respond(429))).toMatchObject({ kind: 'refused', error: { code: 'serviceUnavailable' }, mayBeFinal: false });
    },
  );
});

describe('a refresh without a readable response', () => {
  const truncated = new Response(
    new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"access_token":"'));
        controller.error(Object.assign(new Error('terminated'), { code: 'UND_ERR_SOCKET' }));
      },
    }),
    { headers: { 'content-type': 'application/json' } },
  );

  it.each([
    ['500', json(500, { error: { code: 'server_error' } }), 'serviceUnavailable'],
    ['502 with HTML', html(502), 'serviceUnavailable'],
    ['403 with HTML', html(403), 'blocked'],
    ['200 with HTML', html(200), 'blocked'],
    ['a redirect', new Response(null, { status: 302 }), 'answerNotUnderstood'],
    ['200 without a token', json(200, {}), 'answerNotUnderstood'],
    ['200 with an id_token alone', json(200, { id_token: 'i' }), 'answerNotUnderstood'],
    ['200 with empty tokens', json(200, { access_token: '', refresh_token: '' }), 'answerNotUnderstood'],
    ['200 with truncated JSON', new Response('{"access_token": "trunc'), 'answerNotUnderstood'],
    ['200 without a body', new Response(''), 'answerNotUnderstood'],
    ['a truncated body', truncated, 'offline'],
    ['a dropped connection', fetchFailure('ECONNRESET'), 'offline'],
    ['a TLS alert', fetchFailure('ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC'), 'certificateNotTrusted'],
    ['a changed network', new Error('net::ERR_NETWORK_CHANGED'), 'offline'],
  ])('the refresh token may be spent after %s', async (_what, response, code) => {
    expect(await outcomeOf(response)).toMatchObject({ kind: 'unknown', error: { code } });
  });
});
