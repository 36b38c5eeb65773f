import { describe, expect, it } from 'vitest';
import type { RefreshOutcome } from '../../../src/oauth/refresh.ts';
import { refresh } from '../../../src/oauth/refresh.ts';
import { fetchFailure, hang, html, json, Network } from '../support/network.ts';
import { service } from './support/service.ts';
import { tokens } from './support/tokens.ts';

/** Why a refresh is refused, and by what code and status. */
const refusals: readonly [why: string, code: string, status: number, kind: 'ended' | 'refused'][] = [
  ['the token has expired', 'refresh_token_expired', 401, 'ended'],
  ['the token was presented before', 'refresh_token_reused', 401, 'ended'],
  ['the token was revoked', 'refresh_token_invalidated', 401, 'ended'],
  ['the token is unknown', 'invalid_refresh_token', 401, 'ended'],
  ['the token has expired, in the word for every token', 'token_expired', 401, 'ended'],
  ['the session was ended', 'app_session_terminated', 401, 'ended'],
  // RFC 6749 §5.2: of its six codes one is about the token, five are about the request or the client.
  ['the token is expired, revoked or unknown', 'invalid_grant', 400, 'ended'],
  ['the request lacks something', 'invalid_request', 400, 'refused'],
  ['the client is unknown', 'invalid_client', 401, 'refused'],
  ['the client may not refresh', 'unauthorized_client', 400, 'refused'],
  ['the service does not refresh', 'unsupported_grant_type', 400, 'refused'],
  ['the scope is wrong', 'invalid_scope', 400, 'refused'],
  ['a parameter is unknown', 'unknown_parameter', 400, 'refused'],
  ['an access token is asked for', 'unauthorized', 401, 'refused'],
  ['an access token is no good', 'invalid_token', 401, 'refused'],
  ['the place is not served', 'unsupported_country_region_territory', 403, 'refused'],
  ['too much was asked', 'rate_limit_exceeded', 429, 'refused'],
];
const final = refusals.flatMap(([, code, , kind]) => (kind === 'ended' ? [code] : []));

async function outcomeOf(answer: Response | Error, before = tokens): Promise<RefreshOutcome> {
  const network = new Network(() => (answer instanceof Error ? Promise.reject(answer) : answer));
  return refresh(service, before, { http: network.http, clock: network.clock, correlationId: 'test' });
}

describe('the request', () => {
  it('presents the refresh token in its body, once, with nothing that the service could refuse', async () => {
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

  it('is given up after a minute, and the token was perhaps spent', async () => {
    const network = new Network(hang);
    const refreshing = refresh(service, tokens, { http: network.http, clock: network.clock, correlationId: 'test' });
    expect(network.clock.sleeping).toEqual([60_000]);
    network.clock.advance(60_000);
    expect(await refreshing).toMatchObject({ kind: 'unknown', error: { code: 'noAnswer' } });
  });

  it('is not sent to an address that is not secure [R15]', async () => {
    const network = new Network(() => json(200, {}));
    const open = { ...service, endpoints: { ...service.endpoints, token: 'http://auth.openai.com/oauth/token' } };
    const refreshing = refresh(open, tokens, { http: network.http, clock: network.clock, correlationId: 'test' });
    await expect(refreshing).rejects.toMatchObject({ code: 'addressNotSecure' });
    expect(network.sent).toEqual([]);
  });
});

describe('new tokens', () => {
  it('take the place of the old ones [R20]', async () => {
    const answer = { access_token: 'a', refresh_token: 'r', id_token: 'i', expires_in: 60, scope: 'openid' };
    expect(await outcomeOf(json(200, answer))).toEqual({
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
  ])('may be %s alone', async (_what, answer, change) => {
    const outcome = await outcomeOf(json(200, answer));
    expect(outcome).toMatchObject({ kind: 'rotated', tokens: { refreshToken: tokens.refreshToken, idToken: tokens.idToken, ...change } });
  });
});

describe("the service's own word", () => {
  it.each(refusals)('decides about the session when %s: %s with %i is %s, in every shape [R48]', async (_why, code, told, kind) => {
    for (const status of [told, 400, 401, 403]) {
      for (const body of [
        { error: { message: 'm', code } },
        { error: code, error_description: 'd' },
        { code },
        { error: { code: code.toUpperCase() } },
      ]) {
        const outcome = kind === 'ended' ? { kind, reason: code } : { kind, error: expect.anything() as unknown };
        expect(await outcomeOf(json(status, body)), `${String(status)} ${JSON.stringify(body)}`).toEqual(outcome);
      }
    }
  });

  it.each(final)('ends nothing where the service itself is in trouble: %s with 500 [R48]', async code => {
    expect(await outcomeOf(json(500, { error: code }))).toMatchObject({ kind: 'unknown', error: { code: 'serviceUnavailable' } });
  });

  it.each(final)('ends nothing where the request succeeded: %s with 200 [R48]', async code => {
    expect(await outcomeOf(json(200, { error: code }))).toMatchObject({ kind: 'unknown', error: { code: 'answerNotUnderstood' } });
  });

  it('has to be the whole word [R48]', async () => {
    expect(await outcomeOf(json(400, { error: 'invalid_grant_type' }))).toMatchObject({ kind: 'refused' });
    expect(await outcomeOf(json(400, { error: 'x', error_description: 'invalid_grant' }))).toMatchObject({ kind: 'refused' });
  });
});

describe('a readable refusal leaves the token as it was', () => {
  it.each([
    ['400', json(400, { error: { code: 'invalid_request' } }), 'refused'],
    ['400 without a code', json(400, { detail: 'x' }), 'refused'],
    ['400 for a parameter', json(400, { error: { code: 'unknown_parameter' } }), 'refused'],
    ['401 with a code that is not final', json(401, { error: { code: 'unauthorized' } }), 'refused'],
    ['403', json(403, { error: { code: 'forbidden' } }), 'refused'],
    ['404 without a body', new Response(null, { status: 404 }), 'refused'],
    ['429', json(429, { error: { code: 'rate_limit_exceeded' } }), 'serviceUnavailable'],
    ['429 as a page', html(429), 'serviceUnavailable'],
  ])('with %s', async (_what, answer, code) => {
    expect(await outcomeOf(answer)).toMatchObject({ kind: 'refused', error: { code } });
  });

  it.each([
    ['a name that was not found', fetchFailure('ENOTFOUND'), 'nameNotResolved'],
    ['nobody at the address', fetchFailure('ECONNREFUSED'), 'offline'],
    ['a certificate that is not trusted', fetchFailure('SELF_SIGNED_CERT_IN_CHAIN'), 'certificateNotTrusted'],
    ['a proxy that is away', new Error('net::ERR_PROXY_CONNECTION_FAILED'), 'proxyFailed'],
    ['a connection that was never made', fetchFailure('UND_ERR_CONNECT_TIMEOUT'), 'noAnswer'],
  ])('as does %s, which it never left this machine for', async (_what, answer, code) => {
    expect(await outcomeOf(answer)).toMatchObject({ kind: 'unsent', error: { code } });
  });

  it.each<[string, string | undefined, number | undefined]>([
    ['seconds', '90', 90_000],
    ['a date', 'Mon, 23 Nov 2026 16:02:00 GMT', 120_000],
    ['nonsense', 'soon', undefined],
    ['nothing', undefined, undefined],
  ])('and says how long to wait where the service does, as %s', async (_form, header, retryAfter) => {
    const answer = new Response('{}', { status: 429, headers: header === undefined ? {} : { 'retry-after': header } });
    expect(await outcomeOf(answer)).toEqual({
      kind: 'refused',
      error: expect.anything() as unknown,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  });
});

describe('a refusal to say who is refused', () => {
  it.each([
    ['no body', new Response(null, { status: 401 })],
    ['no code', json(401, { detail: 'x' })],
    ['a page', html(401)],
  ])('is believed only when it is repeated: 401 with %s [R48]', async (_what, answer) => {
    expect(await outcomeOf(answer)).toMatchObject({ kind: 'unexplained', error: { name: 'AppError' } });
  });
});

describe('an answer that tells nothing leaves the token perhaps spent', () => {
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
    ['502 as a page', html(502), 'serviceUnavailable'],
    ['403 as a page', html(403), 'blocked'],
    ['200 as a page', html(200), 'blocked'],
    ['a redirect', new Response(null, { status: 302 }), 'answerNotUnderstood'],
    ['200 without a token', json(200, {}), 'answerNotUnderstood'],
    ['200 with an id_token alone', json(200, { id_token: 'i' }), 'answerNotUnderstood'],
    ['200 with empty tokens', json(200, { access_token: '', refresh_token: '' }), 'answerNotUnderstood'],
    ['200 with JSON that breaks off', new Response('{"access_token": "trunc'), 'answerNotUnderstood'],
    ['200 without a body', new Response(''), 'answerNotUnderstood'],
    ['a body that breaks off', truncated, 'offline'],
    ['a dropped connection', fetchFailure('ECONNRESET'), 'offline'],
    ['a TLS alert', fetchFailure('ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC'), 'certificateNotTrusted'],
    ['a network that changed', new Error('net::ERR_NETWORK_CHANGED'), 'offline'],
  ])('as %s', async (_what, answer, code) => {
    expect(await outcomeOf(answer)).toMatchObject({ kind: 'unknown', error: { code } });
  });
});
