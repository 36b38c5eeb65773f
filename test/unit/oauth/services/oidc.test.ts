import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ShownCode } from '../../../../src/oauth/deviceFlow.ts';
import { signInWithDeviceCode } from '../../../../src/oauth/deviceFlow.ts';
import { protocolOf } from '../../../../src/oauth/services/index.ts';
import { asAppError } from '../../../../src/base/errors.ts';
import { Http } from '../../../../src/base/http.ts';
import { refresh } from '../../../../src/oauth/refresh.ts';
import { revoke } from '../../../../src/oauth/revoke.ts';
import type { AccountService } from '../../../../src/oauth/service.ts';
import { oidc, oidcService } from '../../../../src/oauth/services/oidc.ts';
import type { TokenSet } from '../../../../src/oauth/tokenSet.ts';
import { readClaims } from '../../../../src/oauth/tokenSet.ts';
import { readWorkspaceName } from '../../../../src/backend/workspaceName.ts';
import type { DeviceFault, Mutation, Simulator } from '../../../simulator/client.ts';
import { startSimulator } from '../../../simulator/client.ts';
import { plainClientId } from '../../../simulator/contract.ts';
import { ManualClock } from '../../support/clock.ts';
import { MemoryLog } from '../../support/log.ts';
import { agent, fetchFailure, html, json, Network } from '../../support/network.ts';
import { Attempt } from '../support/request.ts';
import type { Reply } from '../support/device.ts';
import { RunningClock } from '../support/device.ts';

const issuer = 'https://id.example/t';
const document = {
  issuer,
  authorization_endpoint: 'https://id.example/t/authorize',
  token_endpoint: 'https://id.example/t/token',
  jwks_uri: 'https://keys.example/t/jwks',
  revocation_endpoint: 'https://id.example/t/revoke',
  device_authorization_endpoint: 'https://id.example/t/device',
  authorization_response_iss_parameter_supported: true,
};
const settings = { issuer, clientId: 'client', backendUrl: '' };

function discover(answer: Reply, changes: Partial<typeof settings> = {}): { network: Network; found: Promise<AccountService> } {
  const network = new Network(answer);
  const found = oidcService({ ...settings, ...changes }, { http: network.http, clock: network.clock, correlationId: 'test' });
  found.catch(() => undefined);
  return { network, found };
}

const telling =
  (changes: object = {}) =>
  () =>
    json(200, { ...document, ...changes });

describe('the discovery of a standard service', () => {
  it('makes one value of what its document says, and asks for nothing else', async () => {
    const { network, found } = discover(telling({ scopes_supported: ['openid'], nonsense: true }));
    expect(await found).toEqual({
      dialect: 'standard',
      issuer,
      clientId: 'client',
      endpoints: {
        authorization: 'https://id.example/t/authorize',
        token: 'https://id.example/t/token',
        keys: 'https://keys.example/t/jwks',
        revocation: 'https://id.example/t/revoke',
        deviceAuthorization: 'https://id.example/t/device',
      },
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      authorizationParameters: { prompt: 'consent' },
      redirect: { host: '127.0.0.1', path: '/auth/callback', ports: [] },
      nonce: true,
      issInCallback: true,
    });
    expect(network.sent.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', 'https://id.example/t/.well-known/openid-configuration', ''],
    ]);
  });

  it('leaves out what the service does not have, and promises no more than it does', async () => {
    const bare = { revocation_endpoint: undefined, device_authorization_endpoint: undefined };
    const service = await discover(telling({ ...bare, authorization_response_iss_parameter_supported: 'true' })).found;
    expect(Object.keys(service.endpoints)).toEqual(['authorization', 'token', 'keys']);
    expect(service.issInCallback).toBe(false);
  });

  it('has a back end only where one is set', async () => {
    expect((await discover(telling()).found).backendUrl).toBeUndefined();
    const { found } = discover(telling(), { backendUrl: 'https://back.example/api/' });
    expect((await found).backendUrl).toBe('https://back.example/api');
  });

  it.each([
    ['in neither', issuer, issuer],
    ['in the setting', `${issuer}/`, issuer],
    ['in the document', issuer, `${issuer}/`],
    ['in both', `${issuer}/`, `${issuer}/`],
  ])('takes a slash at the end for no difference, %s, and keeps the name of the document', async (_where, set, named) => {
    const { network, found } = discover(telling({ issuer: named }), { issuer: set });
    expect((await found).issuer).toBe(named);
    expect(network.sent[0]?.url).toBe('https://id.example/t/.well-known/openid-configuration');
  });

  it.each([
    ['another host', 'https://evil.example/t'],
    ['another path', 'https://id.example/other'],
    ['no path', 'https://id.example'],
    ['another case', 'https://id.example/T'],
    ['another scheme', 'http://id.example/t'],
    ['nothing', undefined],
    ['no text', ['https://id.example/t']],
  ])('ends where the document is that of %s', async (_what, named) => {
    await expect(discover(telling({ issuer: named })).found).rejects.toMatchObject({ code: 'issuerMismatch' });
  });

  it.each([
    ['no issuer', { issuer: '' }, 'settingsIncomplete'],
    ['no client', { clientId: '' }, 'settingsIncomplete'],
    ['neither', { issuer: '', clientId: '' }, 'settingsIncomplete'],
    ['an issuer without TLS', { issuer: 'http://id.example/t' }, 'addressNotSecure'],
    ['an issuer that is no address', { issuer: 'id.example' }, 'addressInvalid'],
    ['an issuer with a query', { issuer: 'https://id.example/?t=1' }, 'addressInvalid'],
    ['an issuer with a password', { issuer: 'https://me:pw@id.example' }, 'addressInvalid'],
  ])('is not begun with %s in the settings', async (_what, changes, code) => {
    const { network, found } = discover(telling(), changes);
    await expect(found).rejects.toMatchObject({ code });
    expect(network.sent).toEqual([]);
  });

  it.each([
    ['http://back.example', 'addressNotSecure'],
    ['https://back.example/?t=1', 'addressInvalid'],
  ])('ends with the back end %s [R15]', async (backendUrl, code) => {
    await expect(discover(telling(), { backendUrl }).found).rejects.toMatchObject({ code });
  });

  it.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri'])('ends without %s, which nobody can do without', async name => {
    for (const value of [undefined, null, '', 7]) {
      await expect(discover(telling({ [name]: value })).found).rejects.toMatchObject({ code: 'answerNotUnderstood' });
    }
  });

  it.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'revocation_endpoint', 'device_authorization_endpoint'])(
    'ends where %s has no TLS or is no address [R15]',
    async name => {
      await expect(discover(telling({ [name]: 'http://id.example/x' })).found).rejects.toMatchObject({ code: 'addressNotSecure' });
      await expect(discover(telling({ [name]: 'javascript:alert(1)' })).found).rejects.toMatchObject({ code: 'addressInvalid' });
      await expect(discover(telling({ [name]: '/relative' })).found).rejects.toMatchObject({ code: 'addressInvalid' });
    },
  );

  it.each([
    ['authorization_endpoint', 'authorization'],
    ['token_endpoint', 'token'],
    ['jwks_uri', 'keys'],
    ['revocation_endpoint', 'revocation'],
    ['device_authorization_endpoint', 'deviceAuthorization'],
  ] as const)('takes %s with a query, and with no fragment or password', async (name, kept) => {
    const { endpoints } = await discover(telling({ [name]: 'https://ID.example/x?tenant=a%20b&p=/' })).found;
    expect(endpoints[kept]).toBe('https://id.example/x?tenant=a%20b&p=/');
    for (const address of ['https://id.example/x?tenant=a#b', 'https://id.example/x#', 'https://me:pw@id.example/x?tenant=a']) {
      await expect(discover(telling({ [name]: address })).found).rejects.toMatchObject({ code: 'addressInvalid' });
    }
  });

  it.each<[string, Reply, string]>([
    ['404', () => json(404, {}), 'refused'],
    ['500', () => json(500, document), 'serviceUnavailable'],
    ['a page', () => html(200), 'blocked'],
    ['a page with 403', () => html(403), 'blocked'],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), 'answerNotUnderstood'],
    ['a list', () => json(200, [document]), 'answerNotUnderstood'],
    ['nothing', () => new Response(''), 'answerNotUnderstood'],
    ['no connection', () => Promise.reject(fetchFailure('ENOTFOUND')), 'nameNotResolved'],
  ])('ends with %s in place of the document', async (_what, reply, code) => {
    await expect(discover(reply).found).rejects.toMatchObject({ code });
  });
});

describe("a standard service's words", () => {
  it('are its own dialect', async () => {
    expect(protocolOf(await discover(telling()).found)).toBe(oidc);
  });

  it('name a user by subject, and by email where there is one', () => {
    expect(oidc.readIdentity({ sub: 's', email: 'a@b.c', chatgpt_plan_type: 'plus' })).toEqual({ userId: 's', email: 'a@b.c' });
    expect(oidc.readIdentity({ sub: 's', email: 7 })).toEqual({ userId: 's' });
    expect(oidc.readIdentity({ email: 'a@b.c' })).toBeUndefined();
  });

  it('name an error in one place', () => {
    expect(oidc.readErrorCode({ error: 'invalid_grant' })).toBe('invalid_grant');
    for (const body of [{ error: { code: 'x' } }, { code: 'x' }, [], 'x', undefined]) expect(oidc.readErrorCode(body)).toBeUndefined();
  });

  it('know no entitlement', () => {
    expect(oidc.lacksEntitlement('missing_codex_entitlement')).toBe(false);
  });

  it('revoke by a form, as RFC 7009 says [R31]', async () => {
    expect(oidc.revocation(await discover(telling()).found, 'the token')).toEqual({
      contentType: 'application/x-www-form-urlencoded',
      body: 'token=the+token&token_type_hint=refresh_token&client_id=client',
    });
  });

  it('are not asked to revoke where it cannot', async () => {
    const service = await discover(telling({ revocation_endpoint: undefined })).found;
    const network = new Network(() => json(200, {}));
    const tokens: TokenSet = { accessToken: 'a', refreshToken: 'r', idToken: 'i', issuedAt: 0 };
    expect(await revoke(service, tokens, { http: network.http, correlationId: 'test' })).toBe(false);
    expect(network.sent).toEqual([]);
  });
});

describe('a device sign-in by RFC 8628, to the byte', () => {
  const begun = {
    device_code: 'deviceCode',
    user_code: 'WDJB-MJHT',
    verification_uri: 'https://id.example/device',
    verification_uri_complete: 'https://id.example/device?user_code=WDJB-MJHT',
    expires_in: 600,
    interval: 5,
  };
  const word =
    (error: string, status = 400) =>
    () =>
      json(status, { error });

  async function run({ start = () => json(200, begun), polls = [word('access_denied')] as readonly Reply[] } = {}) {
    const service = await discover(telling()).found;
    const clock = new RunningClock();
    const polledAt: number[] = [];
    const network = new Network(request => {
      if (request.url === service.endpoints.deviceAuthorization) return start();
      polledAt.push((clock.now() - Date.parse('2026-11-23T16:00:00Z')) / 1000);
      return (polls[Math.min(polledAt.length, polls.length) - 1] ?? word('access_denied'))(request);
    }, clock);
    const shown: object[] = [];
    const { http, log } = network;
    const failure = await signInWithDeviceCode(service, {
      http,
      clock,
      log,
      correlationId: 'test',
      showCode: code => shown.push(code),
      signal: new AbortController().signal,
    }).then(() => undefined, asAppError);
    return { network, shown, polledAt, failure, clock };
  }

  it('asks for a code with client and scopes, and polls with the handle', async () => {
    const { network, shown } = await run();
    const [start, poll] = network.sent;
    expect(start).toMatchObject({
      url: 'https://id.example/t/device',
      method: 'POST',
      body: 'client_id=client&scope=openid+profile+email+offline_access',
    });
    expect(poll).toMatchObject({
      url: 'https://id.example/t/token',
      method: 'POST',
      form: { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'client', device_code: 'deviceCode' },
    });
    for (const { headers } of [start, poll].flatMap(sent => sent ?? [])) {
      expect(headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded', 'user-agent': agent });
    }
    expect(shown).toEqual([
      {
        userCode: 'WDJB-MJHT',
        verificationUri: 'https://id.example/device',
        expiresAt: Date.parse('2026-11-23T16:10:00Z'),
        requiresOptIn: false,
      },
    ]);
    expect(network.log.text).not.toContain('WDJB');
    expect(network.log.text).not.toContain('"handle"');
  });

  it('polls as it is told to: pending, slower for good, and through faults [R24]', async () => {
    const polls = [
      word('authorization_pending'),
      word('slow_down'),
      word('authorization_pending'),
      word('slow_down'),
      () => json(503, {}),
      () => html(403),
      word('access_denied'),
    ];
    // Gaps of 5, 10, 10 and 15 seconds, then 15 and 5, 15 and 10.
    expect((await run({ polls })).polledAt).toEqual([0, 5, 15, 25, 40, 60, 85]);
  });

  it.each([
    ['no interval', { interval: undefined }, 5],
    ['an interval in a string', { interval: '3' }, 3],
    ['an interval of 0', { interval: 0 }, 1],
  ])('keeps %s', async (_what, changes, seconds) => {
    const { polledAt } = await run({ start: () => json(200, { ...begun, ...changes }), polls: [word('authorization_pending'), word('x')] });
    expect(polledAt).toEqual([0, seconds]);
  });

  it.each([
    ['600 seconds', 600, 600],
    ['seconds in a string', '60', 60],
    ['nothing', undefined, 900],
    ['less than nothing', -5, 900],
    ['a word', 'soon', 900],
  ])('ends a code that lives for %s', async (_what, expires_in, seconds) => {
    const polls = [word('authorization_pending')];
    const { failure, clock } = await run({ start: () => json(200, { ...begun, expires_in }), polls });
    expect(failure).toMatchObject({ code: 'codeExpired' });
    expect(clock.now() - Date.parse('2026-11-23T16:00:00Z')).toBe(seconds * 1000);
  });

  it.each([
    ['access_denied', 'codeRefused'],
    ['expired_token', 'codeExpired'],
    ['invalid_grant', 'codeRefused'],
    ['unauthorized_client', 'deviceCodeNotOffered'],
  ])('ends at once on %s', async (error, code) => {
    const { failure, polledAt } = await run({ polls: [word(error)] });
    expect(failure).toMatchObject({ code });
    expect(polledAt).toEqual([0]);
  });

  it('ends with what the status says where there is no word', async () => {
    expect((await run({ polls: [() => json(400, {})] })).failure).toMatchObject({ code: 'refused' });
  });

  it.each<[string, Reply, string]>([
    ['no code', () => json(200, { ...begun, user_code: undefined }), 'answerNotUnderstood'],
    ['no handle', () => json(200, { ...begun, device_code: undefined }), 'answerNotUnderstood'],
    ['no page', () => json(200, { ...begun, verification_uri: undefined }), 'answerNotUnderstood'],
    ['a page without TLS', () => json(200, { ...begun, verification_uri: 'http://id.example/device' }), 'addressNotSecure'],
    ['a page that is a script', () => json(200, { ...begun, verification_uri: 'javascript:alert(1)' }), 'addressInvalid'],
    ['a page in its place', () => html(200), 'blocked'],
    ['unauthorized_client', word('unauthorized_client'), 'deviceCodeNotOffered'],
    ['invalid_scope', word('invalid_scope'), 'refused'],
    ['500', () => json(500, {}), 'serviceUnavailable'],
  ])('does not begin with %s', async (_what, start, code) => {
    const { failure, shown, polledAt } = await run({ start: start as () => Response });
    expect(failure).toMatchObject({ code });
    expect([shown, polledAt]).toEqual([[], []]);
  });
});

describe('at the simulated standard provider', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator();
  });
  afterAll(() => simulator.stop());
  beforeEach(() => simulator.reset());

  function online(clock: ManualClock): { http: Http; clock: ManualClock; log: MemoryLog; correlationId: string } {
    const log = new MemoryLog();
    return { http: new Http({ fetch: (url, init) => fetch(url, init), clock, log, agent }), clock, log, correlationId: 'test' };
  }

  function provider(): Promise<AccountService> {
    const settings = { issuer: simulator.plainIssuer, clientId: plainClientId, backendUrl: '' };
    return oidcService(settings, online(new ManualClock(Date.now())));
  }

  async function providerWithQueries(): Promise<AccountService> {
    const service = await provider();
    const asked = Object.entries(service.endpoints).map(([name, address]) => [name, `${address}?tenant=${name}`]);
    return { ...service, endpoints: Object.fromEntries(asked) as AccountService['endpoints'] };
  }

  it('a sign-in through the browser ends with a signed id_token that carries its nonce, and no secret in the log', async () => {
    const service = await provider();
    const attempt = new Attempt(simulator, { service });
    const opened = new URL(await attempt.opening);
    expect(opened.searchParams.get('nonce')).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect((await attempt.comeBack({ account: 'ada' })).body).toContain('signed in');
    const tokens = await attempt.tokens;
    expect(readClaims(tokens.idToken)).toMatchObject({
      iss: simulator.plainIssuer,
      aud: plainClientId,
      nonce: opened.searchParams.get('nonce'),
      email: 'ada@example.com',
    });
    expect(attempt.log.entries.map(({ fields }) => fields['purpose']).filter(Boolean)).toEqual(['exchange code', 'keys']);
    for (const { value } of await simulator.secrets()) expect(attempt.log.text).not.toContain(value);
  });

  it('is refreshed and revoked by the standards, and has no back end to ask', async () => {
    const service = await provider();
    const attempt = new Attempt(simulator, { service });
    await attempt.comeBack({ account: 'ada' });
    const tokens = await attempt.tokens;
    const { http, clock, correlationId } = online(attempt.clock);
    const outcome = await refresh(service, tokens, { http, clock, correlationId });
    expect(outcome.kind).toBe('rotated');
    const rotated = outcome.kind === 'rotated' ? outcome.tokens : tokens;
    expect(rotated.refreshToken).not.toBe(tokens.refreshToken);
    expect(
      await readWorkspaceName({ service, identity: { userId: 'u', workspaceId: 'w' }, tokens: rotated }, { http, correlationId }),
    ).toBeUndefined();
    expect(await revoke(service, rotated, { http, correlationId })).toBe(true);
    expect(await refresh(service, rotated, { http, clock, correlationId })).toMatchObject({ kind: 'ended', reason: 'invalid_grant' });
    expect(await simulator.counts()).toMatchObject({ usage: 0, revoke: 1 });
    expect((await simulator.requests()).filter(({ path }) => path.includes('/wham'))).toEqual([]);
  });

  it('is used at endpoints that have a query, which is kept beside all that is sent', async () => {
    const service = await providerWithQueries();
    const attempt = new Attempt(simulator, { service });
    const opened = new URL(await attempt.opening);
    expect(opened.searchParams.getAll('tenant')).toEqual(['authorization']);
    expect(opened.searchParams.get('client_id')).toBe(plainClientId);
    await attempt.comeBack({ account: 'ada' });
    const tokens = await attempt.tokens;
    const { http, clock, correlationId } = online(attempt.clock);
    const outcome = await refresh(service, tokens, { http, clock, correlationId });
    expect(outcome.kind).toBe('rotated');
    expect(await revoke(service, outcome.kind === 'rotated' ? outcome.tokens : tokens, { http, correlationId })).toBe(true);
    expect(attempt.log.entries.map(({ fields }) => fields['purpose']).filter(Boolean)).toEqual(['exchange code', 'keys']);
  });

  it.each<[string, Mutation, string]>([
    ['another nonce', { idToken: { set: { nonce: 'another' } } }, 'identityInvalid'],
    ['no nonce', { idToken: { removeClaims: ['nonce'] } }, 'answerNotUnderstood'],
    ['a signature that is wrong', { idToken: { signature: 'broken' } }, 'identityInvalid'],
    ['another audience', { idToken: { aud: 'another-client' } }, 'identityInvalid'],
    ['another issuer', { idToken: { iss: 'https://evil.example' } }, 'identityInvalid'],
    ['an end that is over', { idToken: { exp: -7200 } }, 'identityInvalid'],
  ])('refuses a sign-in through the browser whose id_token has %s [R34]', async (_what, mutation, code) => {
    await simulator.mutate(mutation);
    const attempt = new Attempt(simulator, { service: await provider() });
    expect((await attempt.comeBack({ account: 'ada' })).body).toContain(`failed: ${code}`);
    expect(await attempt.failure).toMatchObject({ code });
  });

  it.each<[string, Mutation]>([
    ['of another issuer', { on: 'callback', set: { iss: 'https://evil.example' } }],
    ['with a slash too many in its issuer', { on: 'callback', set: { iss: 'https://evil.example/' } }],
    ['without an issuer, which the service promises', { on: 'callback', omit: ['iss'] }],
  ])('refuses a callback %s, and redeems nothing', async (_what, mutation) => {
    await simulator.mutate(mutation);
    const attempt = new Attempt(simulator, { service: await provider() });
    expect((await attempt.comeBack({ account: 'ada' })).body).toContain('failed: issuerMismatch');
    expect(await attempt.failure).toMatchObject({ code: 'issuerMismatch' });
    expect((await simulator.counts()).code).toBe(0);
  });

  it('refuses a sign-in whose keys cannot be had [R34]', async () => {
    const service = await provider();
    const codes = { drop: 'offline', html: 'blocked', html200: 'blocked', brokenJson: 'identityInvalid' } as const;
    for (const [fault, code] of Object.entries(codes)) {
      await simulator.fail({ route: 'jwks', fault: fault as keyof typeof codes });
      const attempt = new Attempt(simulator, { service });
      await attempt.comeBack({ account: 'ada' });
      expect(await attempt.failure, fault).toMatchObject({ code });
    }
  });

  it('a denied sign-in ends', async () => {
    const attempt = new Attempt(simulator, { service: await provider() });
    await attempt.comeBack({ account: 'ada', deny: true });
    expect(await attempt.failure).toMatchObject({ code: 'denied' });
  });

  it('is not found where the service fails', async () => {
    await simulator.fail({ route: 'discovery', fault: { status: 503, body: {} } });
    await expect(provider()).rejects.toMatchObject({ code: 'serviceUnavailable' });
  });

  async function device(find = provider) {
    const service = await find();
    const clock = new ManualClock(Date.now());
    const cancel = new AbortController();
    onTestFinished(() => {
      cancel.abort();
    });
    const parts = online(clock);
    const { promise: code, resolve } = Promise.withResolvers<ShownCode>();
    const tokens = signInWithDeviceCode(service, { ...parts, showCode: resolve, signal: cancel.signal });
    tokens.catch(() => undefined);
    const failure = tokens.then(() => {
      throw new Error('nobody should have been signed in');
    }, asAppError);
    failure.catch(() => undefined);
    return { ...parts, service, code, tokens, failure };
  }

  it('a device sign-in goes to its end, by the page of the service, and leaves no secret in the log', async () => {
    const { clock, log, service, code, tokens, http, correlationId } = await device();
    const { userCode, verificationUri: page, expiresAt, requiresOptIn } = await code;
    expect(requiresOptIn).toBe(false);
    expect(page).toBe(`${simulator.plainIssuer}/device`);
    expect(expiresAt).toBe(clock.now() + 900_000);
    await clock.untilSleeping(5_000);
    await simulator.approveDevice(userCode, { account: 'ada', page });
    clock.advance(5_000);
    const set = await tokens;
    expect(readClaims(set.idToken)).toMatchObject({ iss: simulator.plainIssuer, aud: plainClientId, email: 'ada@example.com' });
    expect(await simulator.counts()).toMatchObject({ deviceStart: 1, devicePoll: 2, code: 0 });
    expect((await refresh(service, set, { http, clock, correlationId })).kind).toBe('rotated');
    for (const { value } of await simulator.secrets()) expect(log.text).not.toContain(value);
  });

  it('a device sign-in goes to its end at endpoints that have a query', async () => {
    const { clock, code, tokens } = await device(providerWithQueries);
    const { userCode, verificationUri: page } = await code;
    await clock.untilSleeping(5_000);
    await simulator.approveDevice(userCode, { account: 'ada', page });
    clock.advance(5_000);
    expect(readClaims((await tokens).idToken)).toMatchObject({ email: 'ada@example.com' });
  });

  it.each<[string, Mutation, string]>([
    ['a signature that is wrong', { idToken: { signature: 'broken' } }, 'identityInvalid'],
    ['another audience', { idToken: { aud: 'another-client' } }, 'identityInvalid'],
    ['another issuer', { idToken: { iss: 'https://evil.example' } }, 'identityInvalid'],
  ])('refuses a device sign-in whose id_token has %s [R34]', async (_what, mutation, expected) => {
    const { clock, code, failure } = await device();
    const { userCode, verificationUri: page } = await code;
    await clock.untilSleeping(5_000);
    await simulator.approveDevice(userCode, { account: 'ada', page });
    await simulator.mutate(mutation);
    clock.advance(5_000);
    expect(await failure).toMatchObject({ code: expected });
  });

  it.each<[DeviceFault, string]>([
    ['denied', 'codeRefused'],
    ['expired', 'codeExpired'],
    ['disabled', 'deviceCodeNotOffered'],
  ])('a device sign-in ends when the service says %s', async (fault, code) => {
    await simulator.fail({ route: 'devicePoll', fault });
    expect(await (await device()).failure).toMatchObject({ code });
  });

  it('a device sign-in that the person refuses ends', async () => {
    const { clock, code, failure } = await device();
    const { userCode, verificationUri: page } = await code;
    await clock.untilSleeping(5_000);
    await simulator.approveDevice(userCode, { account: 'ada', page, deny: true });
    clock.advance(5_000);
    expect(await failure).toMatchObject({ code: 'codeRefused' });
  });
});
