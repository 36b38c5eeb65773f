/** OpenAI's own device routes: their exact bytes, and captured exchanges of OpenAI's client replayed. */
import { describe, expect, it } from 'vitest';
import type { AccountService } from '../../../../src/oauth/service.ts';
import { readClaims } from '../../../../src/oauth/claims.ts';
import deviceLogin from '../../../fixtures/codex/device-login.json' with { type: 'json' };
import variants from '../../../fixtures/codex/device-login-variants.json' with { type: 'json' };
import { ManualClock } from '../../support/clock.ts';
import { jwt } from '../../support/jwt.ts';
import { agent, html, json } from '../../support/network.ts';
import type { Reply } from '../support/device.ts';
import { approved, DeviceAttempt, issued, RunningClock, replies, userCode } from '../support/device.ts';
import { service, serviceAt } from '../support/service.ts';

const without = (field: string): Response => json(200, { ...approved, [field]: undefined });

describe('the request for a device code', () => {
  it('the request for a device code is exact to the byte', async () => {
    const { network, tokens } = new DeviceAttempt();
    await tokens;
    const [first] = network.sent;
    expect(first).toMatchObject({
      url: 'https://auth.openai.com/api/accounts/deviceauth/usercode',
      method: 'POST',
      body: '{"client_id":"app_EMoamEEZ73f0CkXaXp7hrann"}',
    });
    expect(first?.headers).toEqual({
      accept: 'application/json',
      'content-type': 'application/json',
      originator: agent,
      'user-agent': agent,
    });
  });

  it('the request for a device code has the issuer and the client ID of the settings', async () => {
    const other: AccountService = { ...serviceAt('https://id.example/t'), clientId: 'app_other' };
    const token = () => json(200, { ...issued, id_token: jwt({ ...identity, iss: other.issuer, aud: 'app_other' }) });
    const { network, shown, tokens } = new DeviceAttempt({ service: other, token });
    await tokens;
    expect(network.sent[0]).toMatchObject({
      url: 'https://id.example/t/api/accounts/deviceauth/usercode',
      body: '{"client_id":"app_other"}',
    });
    expect(shown).toMatchObject([{ verificationUri: 'https://id.example/t/codex/device' }]);
    expect(network.sent[2]?.form['redirect_uri']).toBe('https://id.example/t/deviceauth/callback');
  });

  it('the user code is read under its other name', async () => {
    const { network, shown, tokens } = new DeviceAttempt({ start: replies.start({ user_code: undefined, usercode: 'OTHE-RNAME' }) });
    await tokens;
    expect(shown).toMatchObject([{ userCode: 'OTHE-RNAME' }]);
    expect(network.sent[1]?.body).toBe('{"device_auth_id":"deviceauth_id_1","user_code":"OTHE-RNAME"}');
  });

  it.each<[string, Reply, string]>([
    ['no code', replies.start({ user_code: undefined }), 'answerNotUnderstood'],
    ['an empty code', replies.start({ user_code: '' }), 'answerNotUnderstood'],
    ['a code that is no string', replies.start({ user_code: 12345678 }), 'answerNotUnderstood'],
    ['no device code', replies.start({ device_auth_id: undefined }), 'answerNotUnderstood'],
    ['an empty device code', replies.start({ device_auth_id: ' ' }), 'answerNotUnderstood'],
    ['an array', () => json(200, [1]), 'answerNotUnderstood'],
    ['null', () => json(200, null), 'answerNotUnderstood'],
    ['no body', () => new Response(''), 'answerNotUnderstood'],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), 'answerNotUnderstood'],
    ['HTML', () => html(200), 'blocked'],
    ['403 and HTML', () => html(403), 'blocked'],
    ['404 and HTML', () => html(404), 'blocked'],
    ['404', () => json(404, { detail: 'Not Found' }), 'deviceCodeDisabled'],
    ['a code for disabled', replies.refuse(403, 'device_auth_disabled'), 'deviceCodeDisabled'],
    ['a code for not enabled', replies.refuse(400, 'deviceauth_not_enabled'), 'deviceCodeDisabled'],
    ['another error code', replies.refuse(400, 'invalid_client'), 'refused'],
    ['a refusal without an error code', () => json(403, {}), 'refused'],
    ['429', replies.refuse(429, 'rate_limit_exceeded'), 'serviceUnavailable'],
    ['500', replies.refuse(500, 'deviceauth_disabled'), 'serviceUnavailable'],
  ])(
    'a request for a device code that is answered with %s ends the sign-in, shows nothing and is not repeated',
    async (_what, start, code) => {
      const attempt = new DeviceAttempt({ start });
      expect(await attempt.failure).toMatchObject({ code });
      expect(attempt.shown).toEqual([]);
      expect(attempt.network.sent).toHaveLength(1);
    },
  );
});

describe('the poll of a device sign-in', () => {
  it('each poll is exact to the byte', async () => {
    const { network, tokens } = new DeviceAttempt({ polls: [replies.pending, replies.approve] });
    await tokens;
    const polls = network.sent.slice(1, 3);
    for (const poll of polls) {
      expect(poll).toMatchObject({
        url: 'https://auth.openai.com/api/accounts/deviceauth/token',
        method: 'POST',
        body: `{"device_auth_id":"deviceauth_id_1","user_code":"${userCode}"}`,
      });
      expect(poll.headers).toEqual({
        accept: 'application/json',
        'content-type': 'application/json',
        originator: agent,
        'user-agent': agent,
      });
    }
  });

  it.each<[string, Reply]>([
    ['403 with the code for pending', replies.refuse(403, 'deviceauth_authorization_pending')],
    ['404 with the code for pending', replies.refuse(404, 'deviceauth_authorization_pending')],
    ['403 with the code of RFC 8628', () => json(403, { error: 'authorization_pending' })],
    ['403 with the code at the top', () => json(403, { code: 'deviceauth_authorization_pending' })],
    ['403 without an error code', () => json(403, { detail: 'Forbidden' })],
    ['404 without an error code', () => json(404, {})],
    ['403 with a code that is no string', () => json(403, { error: { code: 403 } })],
    ['403 with no body', () => new Response('', { status: 403 })],
    ['404 with a body that is no JSON', () => new Response('Not Found', { status: 404 })],
  ])('a device sign-in is pending after %s', async (_what, reply) => {
    const { polledAt, tokens } = new DeviceAttempt({ polls: [reply, reply, replies.approve] });
    await tokens;
    expect(polledAt).toEqual([0, 5, 10]);
  });

  it.each<[string, Reply, string]>([
    ['400 without an error code', () => json(400, {}), 'refused'],
    ['401 without an error code', () => json(401, { detail: 'x' }), 'refused'],
    ['410 with no body', () => new Response('', { status: 410 }), 'refused'],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), 'answerNotUnderstood'],
    ['400 with the code for pending', replies.refuse(400, 'deviceauth_authorization_pending'), 'refused'],
  ])('a device sign-in ends after %s', async (_what, reply, code) => {
    const attempt = new DeviceAttempt({ polls: [reply] });
    expect(await attempt.failure).toMatchObject({ code });
    expect(attempt.polledAt).toEqual([0]);
  });
});

describe('the approval of a device sign-in', () => {
  it("an approved code is exchanged with the service's own verifier and redirect URI, exact to the byte", async () => {
    const { network, tokens } = new DeviceAttempt();
    const set = await tokens;
    const [, , exchange, ...more] = network.sent;
    expect(more).toEqual([]);
    expect(exchange).toMatchObject({ url: 'https://auth.openai.com/oauth/token', method: 'POST' });
    expect(exchange?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(exchange?.headers).not.toHaveProperty('authorization');
    expect(exchange?.form).toEqual({
      grant_type: 'authorization_code',
      client_id: service.clientId,
      code: 'code-of-the-service',
      redirect_uri: 'https://auth.openai.com/deviceauth/callback',
      code_verifier: 'verifier-of-the-service',
    });
    expect(set).toMatchObject({ accessToken: 'access-issued', refreshToken: 'refresh-issued', expiresAt: network.clock.now() + 3_600_000 });
  });

  it.each<[string, Reply]>([
    ['no code', () => without('authorization_code')],
    ['no verifier', () => without('code_verifier')],
    ['an empty verifier', () => json(200, { ...approved, code_verifier: '' })],
    ['a code that is no string', () => json(200, { ...approved, authorization_code: 7 })],
    ['no fields', () => json(200, {})],
    ['an array', () => json(200, [approved])],
    ['truncated JSON', () => new Response('{"authorization_code": "c', { headers: { 'content-type': 'application/json' } })],
  ])('an approval with %s is rejected, and no code is exchanged', async (_what, reply) => {
    const attempt = new DeviceAttempt({ polls: [reply] });
    expect(await attempt.failure).toMatchObject({ code: 'answerNotUnderstood' });
    expect(attempt.network.sent).toHaveLength(2);
  });

  it.each<[string, Reply, string]>([
    ['a refusal', replies.refuse(400, 'invalid_grant'), 'refused'],
    ['500', () => json(500, {}), 'serviceUnavailable'],
    ['HTML', () => html(200), 'blocked'],
    ['no refresh token', () => json(200, { ...issued, refresh_token: undefined }), 'answerNotUnderstood'],
    ['no access token', () => json(200, { ...issued, access_token: undefined }), 'answerNotUnderstood'],
    ['no id_token', () => json(200, { ...issued, id_token: undefined }), 'answerNotUnderstood'],
  ])('a token response with %s ends the device sign-in, and the code is sent once', async (_what, token, code) => {
    const attempt = new DeviceAttempt({ token });
    expect(await attempt.failure).toMatchObject({ code });
    expect(attempt.network.sent).toHaveLength(3);
  });
});

interface Captured {
  readonly path: string;
  readonly contentType: string;
  readonly body: unknown;
  readonly response: { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown };
}

/** Replies with the captured responses, request by request; a request that was not captured is pending. */
class Tape {
  readonly #left: Captured[];
  readonly #claims: Readonly<Record<string, object>>;
  readonly #now: string;

  constructor(exchanges: readonly Captured[], claims: Readonly<Record<string, object>>, now: string) {
    this.#left = [...exchanges];
    this.#claims = claims;
    this.#now = now;
  }

  readonly reply: Reply = ({ url }) => {
    const path = new URL(url).pathname;
    const next = this.#left.findIndex(each => each.path === path);
    const [{ response } = { response: { status: 404, body: {} } }] = next < 0 ? [] : this.#left.splice(next, 1);
    const { body, headers } = response as Captured['response'];
    const text = typeof body === 'string' ? body : JSON.stringify(body).replace(/<(id|access)_token#\d+>/g, name => this.#token(name));
    return new Response(text, { status: response.status, headers: { date: new Date(this.#now).toUTCString(), ...headers } });
  };

  #token(name: string): string {
    const claims = this.#claims[name];
    return claims ? jwt(claims) : name;
  }
}

const capturedIssuer = 'http://127.0.0.1:37801';
const cases = variants.cases as Readonly<Record<keyof typeof variants.cases, { http: readonly Captured[] }>>;
const identity = deviceLogin.tokens['<id_token#1>'];

function replay(exchanges: readonly Captured[], issuer: string, claims: Readonly<Record<string, object>>): DeviceAttempt {
  // A code was issued a quarter of an hour before it expires.
  const expiry = (exchanges[0]?.response.body as { expires_at?: string } | undefined)?.expires_at ?? '2026-11-23T16:39:00Z';
  const now = new Date(Date.parse(expiry) - 900_000).toISOString();
  const { reply } = new Tape(exchanges, claims, now);
  const clock = new RunningClock(Date.parse(now));
  return new DeviceAttempt({ start: reply, polls: [reply], token: reply, clock, service: serviceAt(issuer) });
}

const replayVariant = (name: keyof typeof variants.cases): DeviceAttempt => replay(cases[name].http, capturedIssuer, variants.tokens);

describe("captured exchanges of OpenAI's own client", () => {
  const trusted = { ...deviceLogin.tokens, '<id_token#1>': { ...identity, iss: 'https://auth.openai.com' } };

  it("our requests are those of OpenAI's client, in the same order and with the same bodies", async () => {
    const attempt = replay(deviceLogin.http, 'https://auth.openai.com', trusted);
    const tokens = await attempt.tokens;
    expect(attempt.network.sent.map(({ url }) => new URL(url).pathname)).toEqual(deviceLogin.http.map(({ path }) => path));
    for (const [index, { contentType, body, rawBody }] of deviceLogin.http.entries()) {
      const sent = attempt.network.sent[index];
      expect(sent?.headers['content-type']).toBe(contentType);
      // OpenAI's client writes the parameters of a form in another order; a form has none.
      expect(rawBody === undefined ? (JSON.parse(sent?.body ?? '') as unknown) : sent?.form).toEqual(body);
    }
    expect(tokens).toMatchObject({ refreshToken: '<refresh_token#1>', scope: 'openid profile email offline_access' });
    expect(readClaims(tokens.idToken)).toMatchObject({ email: 'dev@example.test' });
  });

  it("our sign-in refuses an id_token of another issuer, which OpenAI's client does not check", async () => {
    const attempt = replay(deviceLogin.http, 'https://auth.openai.com', deviceLogin.tokens);
    expect(await attempt.failure).toMatchObject({ code: 'identityInvalid' });
  });

  it.each(['pending404', 'usercodeAlias'] as const)("our sign-in succeeds like OpenAI's client: %s", async name => {
    const attempt = replayVariant(name);
    await attempt.tokens;
    expect(attempt.network.sent.map(({ url }) => new URL(url).pathname)).toEqual(cases[name].http.map(({ path }) => path));
    // The captured client polled at the same times, give or take the duration of a request.
    const gaps = variants.cases[name].pollTimesMs.map(at => Math.round((at - (variants.cases[name].pollTimesMs[0] ?? 0)) / 1000));
    expect(attempt.polledAt).toEqual(gaps);
  });

  it.each([
    ['denied400', 'codeRefused'],
    ['denied401', 'codeRefused'],
    ['disabled404', 'deviceCodeDisabled'],
    ['usercode500', 'serviceUnavailable'],
    ['usercode429', 'serviceUnavailable'],
    ['usercodeHtml', 'blocked'],
    ['noVerifier', 'answerNotUnderstood'],
    ['exchange500', 'serviceUnavailable'],
  ] as const)("our sign-in ends like OpenAI's client, with a reason: %s", async (name, code) => {
    const attempt = replayVariant(name);
    expect(await attempt.failure).toMatchObject({ code });
    expect(attempt.network.sent).toHaveLength(cases[name].http.length);
  });

  it("our sign-in accepts an interval that is a number, with which OpenAI's client fails", async () => {
    const attempt = replayVariant('intervalNumber');
    expect(await attempt.failure).toMatchObject({ code: 'codeExpired' });
    expect(attempt.polledAt.slice(0, 3)).toEqual([0, 1, 2]);
  });

  it("our sign-in waits five seconds without an interval and one second for 0, while OpenAI's client does not wait", async () => {
    const absent = replayVariant('intervalMissing');
    await absent.tokens;
    expect(absent.polledAt).toEqual([0, 5]);
    const zero = replayVariant('intervalZero');
    await zero.tokens;
    expect(zero.polledAt).toEqual([0, 1, 2, 3]);
  });

  it("our sign-in ends at once when the code has expired, while OpenAI's client keeps polling", async () => {
    const attempt = replayVariant('expired403');
    expect(await attempt.failure).toMatchObject({ code: 'codeExpired' });
    expect(attempt.polledAt).toEqual([0, 1]);
  });

  it.each(['poll429once', 'poll500once', 'pollHtml'] as const)("our sign-in continues where OpenAI's client ends: %s", async name => {
    const attempt = replayVariant(name);
    expect(await attempt.failure).toMatchObject({ code: 'codeExpired' });
    expect(attempt.polledAt.length).toBeGreaterThan(2);
  });

  it("our sign-in does without the code challenge, which nobody uses, while OpenAI's client refuses an approval without one", async () => {
    const captured = cases.noChallenge.http;
    const exchange = cases.exchange500.http.at(-1);
    if (!exchange) throw new Error('the capture has no exchange');
    const attempt = replay([...captured, exchange], capturedIssuer, variants.tokens);
    expect(await attempt.failure).toMatchObject({ code: 'serviceUnavailable' });
    expect(attempt.network.sent.at(-1)?.url).toBe(`${capturedIssuer}/oauth/token`);
  });

  it("our sign-in continues after a poll times out after 30 seconds, while OpenAI's client waits forever", async () => {
    const clock = new ManualClock();
    const silent: Reply = ({ init }) =>
      new Promise((_resolve, reject) => {
        init.signal?.addEventListener('abort', () => {
          reject(init.signal?.reason as Error);
        });
      });
    const polling = Promise.withResolvers<undefined>();
    const onPoll = () => {
      polling.resolve(undefined);
    };
    const attempt = new DeviceAttempt({ clock, polls: [silent, replies.approve], onPoll });
    await polling.promise;
    clock.advance(30_000);
    await clock.untilSleeping(10_000);
    clock.advance(10_000);
    await attempt.tokens;
    expect(attempt.polledAt).toEqual([0, 40]);
  });
});
