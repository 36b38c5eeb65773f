import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ShownCode } from '../../../../src/oauth/deviceFlow.ts';
import { signInWithDeviceCode } from '../../../../src/oauth/deviceFlow.ts';
import { protocolOf } from '../../../../src/oauth/services/index.ts';
import { asAppError } from '../../../../src/base/errors.ts';
import { Http } from '../../../../src/base/http.ts';
import { refresh } from '../../../../src/oauth/refresh.ts';
import { revoke } from '../../../../src/oauth/revoke.ts';
import type { AccountService } from '../../../../src/oauth/service.ts';
import { oidc } from '../../../../src/oauth/services/oidcProtocol.ts';
import { oidcService } from '../../../../src/oauth/services/oidcService.ts';
import type { TokenSet } from '../../../../src/oauth/tokenSet.ts';
import { readClaims } from '../../../../src/oauth/claims.ts';
import { readWorkspaceName } from '../../../../src/backend/workspaceName.ts';
import type { DeviceFault, Mutation, Simulator } from '../../../simulator/client.ts';
import { startSimulator } from '../../../simulator/client.ts';
import { plainClientId } from '../../../simulator/contract.ts';
import { ManualClock } from '../../support/clock.ts';
import { MemoryLog } from '../../support/log.ts';
import { agent, fetchFailure, html, json, Network } from '../../support/network.ts';
import { hostileNames, iconsIn, invisibleIn, linksIn } from '../../support/outsideText.ts';
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

function discover(reply: Reply, changes: Partial<typeof settings> = {}): { network: Network; found: Promise<AccountService> } {
  const network = new Network(reply);
  const found = oidcService({ ...settings, ...changes }, { http: network.http, clock: network.clock, correlationId: 'test' });
  found.catch(() => undefined);
  return { network, found };
}

const documentWith =
  (changes: object = {}) =>
  () =>
    json(200, { ...document, ...changes });

describe('the discovery of an OpenID Connect service', () => {
  it('discovery makes one service of the document, and requests nothing else', async () => {
    const { network, found } = discover(documentWith({ scopes_supported: ['openid'], nonsense: true }));
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

  it('discovery leaves out the endpoints that the service lacks, and expects no more than it announces', async () => {
    const bare = { revocation_endpoint: undefined, device_authorization_endpoint: undefined };
    const service = await discover(documentWith({ ...bare, authorization_response_iss_parameter_supported: 'true' })).found;
    expect(Object.keys(service.endpoints)).toEqual(['authorization', 'token', 'keys']);
    expect(service.issInCallback).toBe(false);
  });

  it('an OpenID Connect service has a backend only if one is set', async () => {
    expect((await discover(documentWith()).found).backendUrl).toBeUndefined();
    const { found } = discover(documentWith(), { backendUrl: 'https://back.example/api/' });
    expect((await found).backendUrl).toBe('https://back.example/api');
  });

  it.each([
    ['in neither', issuer, issuer],
    ['in the setting', `${issuer}/`, issuer],
    ['in the document', issuer, `${issuer}/`],
    ['in both', `${issuer}/`, `${issuer}/`],
  ])('a final slash of the issuer makes no difference, %s, and the spelling of the document is kept', async (_where, set, named) => {
    const { network, found } = discover(documentWith({ issuer: named }), { issuer: set });
    expect((await found).issuer).toBe(named);
    expect(network.sent[0]?.url).toBe('https://id.example/t/.well-known/openid-configuration');
  });

  it.each([
    ['another host', 'https://evil.example/t'],
    ['another path', 'https://id.example/other'],
    ['no path', 'https://id.example'],
    ['another case', 'https://id.example/T'],
    ['another scheme', 'http://id.example/t'],
    ['no issuer', undefined],
    ['an array of issuers', ['https://id.example/t']],
  ])('discovery fails if the document is that of %s', async (_what, named) => {
    await expect(discover(documentWith({ issuer: named })).found).rejects.toMatchObject({ code: 'issuerMismatch' });
  });

  it.each([
    ['no issuer', { issuer: '' }, 'settingsIncomplete'],
    ['no client', { clientId: '' }, 'settingsIncomplete'],
    ['neither', { issuer: '', clientId: '' }, 'settingsIncomplete'],
    ['an issuer without TLS', { issuer: 'http://id.example/t' }, 'addressNotSecure'],
    ['an issuer that is no URL', { issuer: 'id.example' }, 'addressInvalid'],
    ['an issuer with a query', { issuer: 'https://id.example/?t=1' }, 'addressInvalid'],
    ['an issuer with a password', { issuer: 'https://me:pw@id.example' }, 'addressInvalid'],
  ])('discovery sends no request with %s in the settings', async (_what, changes, code) => {
    const { network, found } = discover(documentWith(), changes);
    await expect(found).rejects.toMatchObject({ code });
    expect(network.sent).toEqual([]);
  });

  it.each([
    ['http://back.example', 'addressNotSecure'],
    ['https://back.example/?t=1', 'addressInvalid'],
  ])('discovery fails with the backend URL %s [R15]', async (backendUrl, code) => {
    await expect(discover(documentWith(), { backendUrl }).found).rejects.toMatchObject({ code });
  });

  it.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri'])('discovery fails without the required %s', async name => {
    for (const value of [undefined, null, '', 7]) {
      await expect(discover(documentWith({ [name]: value })).found).rejects.toMatchObject({ code: 'answerNotUnderstood' });
    }
  });

  it.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'revocation_endpoint', 'device_authorization_endpoint'])(
    'discovery fails if %s is insecure or no URL [R15]',
    async name => {
      await expect(discover(documentWith({ [name]: 'http://id.example/x' })).found).rejects.toMatchObject({ code: 'endpointNotSecure' });
      await expect(discover(documentWith({ [name]: 'javascript:alert(1)' })).found).rejects.toMatchObject({ code: 'endpointNotSecure' });
      await expect(discover(documentWith({ [name]: '/relative' })).found).rejects.toMatchObject({ code: 'endpointNotSecure' });
    },
  );

  describe('an issuer and the addresses that it names', () => {
    const near = [
      'http://127.0.0.1:8080/x',
      'https://127.0.0.1/x',
      'https://127.1/x',
      'https://2130706433/x',
      'https://0x7f.0.0.1/x',
      'http://[::1]:8080/x',
      'https://[::ffff:127.0.0.1]/x',
      'https://[::127.0.0.1]/x',
      'https://0.0.0.0/x',
      'https://[::]/x',
      'https://localhost/x',
      'https://LOCALHOST./x',
      'https://a.localhost/x',
    ];
    const inside = [
      'https://10.1.2.3/x',
      'https://172.16.0.1/x',
      'https://192.168.0.1/x',
      'https://169.254.169.254/latest/meta-data',
      'https://100.64.0.1/x',
      'https://[::ffff:10.0.0.1]/x',
      'https://[64:ff9b::7f00:1]/x',
      'https://[2002:7f00:1::]/x',
      'https://[fd00::1]/x',
      'https://[fe80::1]/x',
      'https://router/x',
      'https://printer.local/x',
      'https://metadata.google.internal/x',
      'https://nas.home.arpa./x',
    ];
    const far = [
      'https://id.example/x',
      'https://172.32.0.1/x',
      'https://[2606:4700::1]/x',
      'https://localhost.example/x',
      'https://8.8.8.8/x',
    ];
    const names = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'revocation_endpoint', 'device_authorization_endpoint'];
    const named = (by: string, address: string, name = 'token_endpoint') =>
      discover(documentWith({ issuer: by, [name]: address }), { issuer: by }).found;

    it.each([...near, ...inside])('an issuer on the internet cannot name %s [R72]', async address => {
      for (const name of names) await expect(named(issuer, address, name)).rejects.toMatchObject({ code: 'endpointNotSecure' });
    });

    it.each(far)('an issuer on the internet can name %s', async address => {
      expect((await named(issuer, address)).endpoints.token).toBe(address);
    });

    it.each(near)('an issuer in a local network cannot name %s, and can name what else is there [R72]', async address => {
      for (const by of ['https://10.0.0.1', 'https://id.internal']) {
        await expect(named(by, address)).rejects.toMatchObject({ code: 'endpointNotSecure' });
        for (const other of [...inside, ...far]) expect((await named(by, other)).endpoints.token).toBe(new URL(other).href);
      }
    });

    it('an issuer on this machine can name anything', async () => {
      for (const by of ['http://127.0.0.1:9000', 'http://[::1]:9000', 'https://localhost:9000']) {
        for (const address of [...near, ...inside, ...far]) expect((await named(by, address)).endpoints.token).toBe(new URL(address).href);
      }
    });
  });

  it.each([
    ['authorization_endpoint', 'authorization'],
    ['token_endpoint', 'token'],
    ['jwks_uri', 'keys'],
    ['revocation_endpoint', 'revocation'],
    ['device_authorization_endpoint', 'deviceAuthorization'],
  ] as const)('discovery accepts a query in %s, but no fragment and no password', async (name, kept) => {
    const { endpoints } = await discover(documentWith({ [name]: 'https://ID.example/x?tenant=a%20b&p=/' })).found;
    expect(endpoints[kept]).toBe('https://id.example/x?tenant=a%20b&p=/');
    for (const address of ['https://id.example/x?tenant=a#b', 'https://id.example/x#', 'https://me:pw@id.example/x?tenant=a']) {
      await expect(discover(documentWith({ [name]: address })).found).rejects.toMatchObject({ code: 'endpointNotSecure' });
    }
  });

  it.each<[string, Reply, string]>([
    ['404', () => json(404, {}), 'refused'],
    ['500', () => json(500, document), 'serviceUnavailable'],
    ['HTML', () => html(200), 'blocked'],
    ['403 with HTML', () => html(403), 'blocked'],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), 'answerNotUnderstood'],
    ['an array', () => json(200, [document]), 'answerNotUnderstood'],
    ['no body', () => new Response(''), 'answerNotUnderstood'],
    ['no connection', () => Promise.reject(fetchFailure('ENOTFOUND')), 'nameNotResolved'],
  ])('discovery fails with %s instead of the document', async (_what, reply, code) => {
    await expect(discover(reply).found).rejects.toMatchObject({ code });
  });
});

describe('the protocol of an OpenID Connect service', () => {
  it('an OpenID Connect service has a protocol of its own', async () => {
    expect(protocolOf(await discover(documentWith()).found)).toBe(oidc);
  });

  it('an OpenID Connect user is identified by subject, and by email if there is one', () => {
    expect(oidc.readIdentity({ sub: 's', email: 'a@b.c', chatgpt_plan_type: 'plus' })).toEqual({ userId: 's', email: 'a@b.c' });
    expect(oidc.readIdentity({ sub: 's', email: 7 })).toEqual({ userId: 's' });
    expect(oidc.readIdentity({ email: 'a@b.c' })).toBeUndefined();
  });

  it('an OpenID Connect error code is read from one place alone', () => {
    expect(oidc.readErrorCode({ error: 'invalid_grant' })).toBe('invalid_grant');
    for (const body of [{ error: { code: 'x' } }, { code: 'x' }, [], 'x', undefined]) expect(oidc.readErrorCode(body)).toBeUndefined();
  });

  it('an OpenID Connect service has no entitlements', () => {
    expect(oidc.lacksEntitlement('missing_codex_entitlement')).toBe(false);
  });

  it('an OpenID Connect revocation is a form by RFC 7009 [R31]', async () => {
    expect(oidc.revocationRequest(await discover(documentWith()).found, 'the token')).toEqual({
      contentType: 'application/x-www-form-urlencoded',
      body: 'token=the+token&token_type_hint=refresh_token&client_id=client',
    });
  });

  it('a service without a revocation endpoint gets no revocation', async () => {
    const service = await discover(documentWith({ revocation_endpoint: undefined })).found;
    const network = new Network(() => json(200, {}));
    const tokens: TokenSet = { accessToken: 'a', refreshToken: 'r', idToken: 'i', issuedAt: 0 };
    expect(await revoke(service, tokens, { http: network.http, correlationId: 'test' })).toBe('refused');
    expect(network.sent).toEqual([]);
  });
});

describe('a device sign-in by RFC 8628', () => {
  const started = {
    device_code: 'GmRhmhcxhwAzkoEqiMEg',
    user_code: 'WDJB-MJHT',
    verification_uri: 'https://id.example/device',
    verification_uri_complete: 'https://id.example/device?user_code=WDJB-MJHT',
    expires_in: 600,
    interval: 5,
  };
  const errorReply =
    (error: string, status = 400) =>
    () =>
      json(status, { error });

  async function run({ start = () => json(200, started), polls = [errorReply('access_denied')] as readonly Reply[] } = {}) {
    const service = await discover(documentWith()).found;
    const clock = new RunningClock();
    const polledAt: number[] = [];
    const network = new Network(request => {
      if (request.url === service.endpoints.deviceAuthorization) return start();
      polledAt.push((clock.now() - Date.parse('2026-11-23T16:00:00Z')) / 1000);
      return (polls[Math.min(polledAt.length, polls.length) - 1] ?? errorReply('access_denied'))(request);
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

  it.each(hostileNames)('a code with %s is shown as plain text, and its page as an address [R74]', async (_what, name) => {
    const page = `https://id.example/${name.slice(0, 100)}`;
    const { shown } = await run({ start: () => json(200, { ...started, user_code: name, verification_uri: page }) });
    const [{ userCode, verificationUri }] = shown as [{ userCode: string; verificationUri: string }];
    expect([linksIn(userCode), iconsIn(userCode), invisibleIn(userCode + verificationUri)]).toEqual([[], [], []]);
    expect(Array.from(userCode).length).toBeLessThanOrEqual(80);
    expect(new URL(verificationUri).href).toBe(verificationUri);
  });

  it('a device sign-in requests a code with client and scopes, and polls with the device code', async () => {
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
      form: { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'client', device_code: 'GmRhmhcxhwAzkoEqiMEg' },
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
    expect(network.log.text).not.toContain('GmRhmhcxhwAz');
  });

  it('polls continue while pending, slower after each slow_down, and after errors [R24]', async () => {
    const polls = [
      errorReply('authorization_pending'),
      errorReply('slow_down'),
      errorReply('authorization_pending'),
      errorReply('slow_down'),
      () => json(503, {}),
      () => html(403),
      errorReply('access_denied'),
    ];
    // Gaps of 5, 10, 10 and 15 seconds, then 15 and 5, 15 and 10.
    expect((await run({ polls })).polledAt).toEqual([0, 5, 15, 25, 40, 60, 85]);
  });

  it.each([
    ['no interval', { interval: undefined }, 5],
    ['an interval in a string', { interval: '3' }, 3],
    ['an interval of 0', { interval: 0 }, 1],
  ])('the pause between polls is right for %s', async (_what, changes, seconds) => {
    const { polledAt } = await run({
      start: () => json(200, { ...started, ...changes }),
      polls: [errorReply('authorization_pending'), errorReply('x')],
    });
    expect(polledAt).toEqual([0, seconds]);
  });

  it.each([
    ['600 seconds', 600, 600],
    ['seconds in a string', '60', 60],
    ['no value', undefined, 900],
    ['a negative number', -5, 900],
    ['a word', 'soon', 900],
  ])('a device code with a lifetime of %s expires', async (_what, expires_in, seconds) => {
    const polls = [errorReply('authorization_pending')];
    const { failure, clock } = await run({ start: () => json(200, { ...started, expires_in }), polls });
    expect(failure).toMatchObject({ code: 'codeExpired' });
    expect(clock.now() - Date.parse('2026-11-23T16:00:00Z')).toBe(seconds * 1000);
  });

  it.each([
    ['access_denied', 'codeRefused'],
    ['expired_token', 'codeExpired'],
    ['invalid_grant', 'refused'],
    ['unauthorized_client', 'deviceCodeNotOffered'],
  ])('the error code %s ends a device sign-in at once', async (error, code) => {
    const { failure, polledAt } = await run({ polls: [errorReply(error)] });
    expect(failure).toMatchObject({ code });
    expect(polledAt).toEqual([0]);
  });

  it('a poll without an error code ends a device sign-in by its status', async () => {
    expect((await run({ polls: [() => json(400, {})] })).failure).toMatchObject({ code: 'refused' });
  });

  it.each<[string, Reply, string]>([
    ['no user code', () => json(200, { ...started, user_code: undefined }), 'answerNotUnderstood'],
    ['no device code', () => json(200, { ...started, device_code: undefined }), 'answerNotUnderstood'],
    ['no verification URI', () => json(200, { ...started, verification_uri: undefined }), 'answerNotUnderstood'],
    ['a verification URI without TLS', () => json(200, { ...started, verification_uri: 'http://id.example/device' }), 'endpointNotSecure'],
    [
      'a verification URI on this machine',
      () => json(200, { ...started, verification_uri: 'http://127.0.0.1:1455/device' }),
      'endpointNotSecure',
    ],
    ['a script as its verification URI', () => json(200, { ...started, verification_uri: 'javascript:alert(1)' }), 'endpointNotSecure'],
    ['HTML in its place', () => html(200), 'blocked'],
    ['unauthorized_client', errorReply('unauthorized_client'), 'deviceCodeNotOffered'],
    ['invalid_scope', errorReply('invalid_scope'), 'refused'],
    ['500', () => json(500, {}), 'serviceUnavailable'],
  ])('a device sign-in does not begin with %s', async (_what, start, code) => {
    const { failure, shown, polledAt } = await run({ start: start as () => Response });
    expect(failure).toMatchObject({ code });
    expect([shown, polledAt]).toEqual([[], []]);
  });
});

describe('an OpenID Connect service with the simulator', () => {
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
    const withQueries = Object.entries(service.endpoints).map(([name, address]) => [name, `${address}?tenant=${name}`]);
    return { ...service, endpoints: Object.fromEntries(withQueries) as AccountService['endpoints'] };
  }

  it('a sign-in in the browser ends with a signed id_token that has its nonce, and no secret in the log', async () => {
    const service = await provider();
    const attempt = new Attempt(simulator, { service });
    const opened = new URL(await attempt.opening);
    expect(opened.searchParams.get('nonce')).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect((await attempt.followRedirect({ account: 'ada' })).body).toContain('signed in');
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

  it('an OpenID Connect account is refreshed and revoked by the standards, and sends no request to a backend', async () => {
    const service = await provider();
    const attempt = new Attempt(simulator, { service });
    await attempt.followRedirect({ account: 'ada' });
    const tokens = await attempt.tokens;
    const { http, clock, correlationId } = online(attempt.clock);
    const outcome = await refresh(service, tokens, { http, clock, correlationId });
    expect(outcome.kind).toBe('rotated');
    const rotated = outcome.kind === 'rotated' ? outcome.tokens : tokens;
    expect(rotated.refreshToken).not.toBe(tokens.refreshToken);
    expect(
      await readWorkspaceName({ service, identity: { userId: 'u', workspaceId: 'w' }, tokens: rotated }, { http, correlationId }),
    ).toBeUndefined();
    expect(await revoke(service, rotated, { http, correlationId })).toBe('revoked');
    expect(await refresh(service, rotated, { http, clock, correlationId })).toMatchObject({ kind: 'ended', reason: 'invalid_grant' });
    expect(await simulator.counts()).toMatchObject({ usage: 0, revoke: 1 });
    expect((await simulator.requests()).filter(({ path }) => path.includes('/wham'))).toEqual([]);
  });

  it('endpoints with a query keep it in each request', async () => {
    const service = await providerWithQueries();
    const attempt = new Attempt(simulator, { service });
    const opened = new URL(await attempt.opening);
    expect(opened.searchParams.getAll('tenant')).toEqual(['authorization']);
    expect(opened.searchParams.get('client_id')).toBe(plainClientId);
    await attempt.followRedirect({ account: 'ada' });
    const tokens = await attempt.tokens;
    const { http, clock, correlationId } = online(attempt.clock);
    const outcome = await refresh(service, tokens, { http, clock, correlationId });
    expect(outcome.kind).toBe('rotated');
    expect(await revoke(service, outcome.kind === 'rotated' ? outcome.tokens : tokens, { http, correlationId })).toBe('revoked');
    expect(attempt.log.entries.map(({ fields }) => fields['purpose']).filter(Boolean)).toEqual(['exchange code', 'keys']);
  });

  it.each<[string, Mutation, string]>([
    ['another nonce', { idToken: { set: { nonce: 'another' } } }, 'identityInvalid'],
    ['no nonce', { idToken: { removeClaims: ['nonce'] } }, 'answerNotUnderstood'],
    ['a wrong signature', { idToken: { signature: 'broken' } }, 'identityInvalid'],
    ['another audience', { idToken: { aud: 'another-client' } }, 'identityInvalid'],
    ['another issuer', { idToken: { iss: 'https://evil.example' } }, 'identityInvalid'],
    ['a past expiry', { idToken: { exp: -7200 } }, 'identityInvalid'],
  ])('a sign-in in the browser whose id_token has %s is refused [R34]', async (_what, mutation, code) => {
    await simulator.mutate(mutation);
    const attempt = new Attempt(simulator, { service: await provider() });
    expect((await attempt.followRedirect({ account: 'ada' })).body).toContain(`failed: ${code}`);
    expect(await attempt.failure).toMatchObject({ code });
  });

  it.each<[string, (issuer: string) => Mutation]>([
    ['of another issuer', () => ({ on: 'callback', set: { iss: 'https://evil.example' } })],
    ['of another issuer with a final slash', () => ({ on: 'callback', set: { iss: 'https://evil.example/' } })],
    ['of this issuer with a slash too many', own => ({ on: 'callback', set: { iss: `${own}/` } })],
    ['without the issuer that the service announces', () => ({ on: 'callback', omit: ['iss'] })],
  ])('a callback %s is refused, and its code is not exchanged', async (_what, mutation) => {
    const service = await provider();
    await simulator.mutate(mutation(service.issuer));
    const attempt = new Attempt(simulator, { service });
    expect((await attempt.followRedirect({ account: 'ada' })).body).toContain('failed: issuerMismatch');
    expect(await attempt.failure).toMatchObject({ code: 'issuerMismatch' });
    expect((await simulator.counts()).code).toBe(0);
  });

  it('a sign-in is refused if the keys of the service cannot be read [R34]', async () => {
    const service = await provider();
    const codes = { drop: 'offline', html: 'blocked', html200: 'blocked', brokenJson: 'identityInvalid' } as const;
    for (const [fault, code] of Object.entries(codes)) {
      await simulator.fail({ route: 'jwks', fault: fault as keyof typeof codes });
      const attempt = new Attempt(simulator, { service });
      await attempt.followRedirect({ account: 'ada' });
      expect(await attempt.failure, fault).toMatchObject({ code });
    }
  });

  it('a sign-in in the browser that the person denies ends', async () => {
    const attempt = new Attempt(simulator, { service: await provider() });
    await attempt.followRedirect({ account: 'ada', deny: true });
    expect(await attempt.failure).toMatchObject({ code: 'denied' });
  });

  it('discovery fails if the service is unavailable', async () => {
    await simulator.fail({ route: 'discovery', fault: { status: 503, body: {} } });
    await expect(provider()).rejects.toMatchObject({ code: 'serviceUnavailable' });
  });

  async function device(findProvider = provider) {
    const service = await findProvider();
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
      throw new Error('an error was expected');
    }, asAppError);
    failure.catch(() => undefined);
    return { ...parts, service, code, tokens, failure };
  }

  it("a device sign-in on the service's page succeeds, and leaves no secret in the log", async () => {
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

  it('a device sign-in with endpoints that have a query succeeds', async () => {
    const { clock, code, tokens } = await device(providerWithQueries);
    const { userCode, verificationUri: page } = await code;
    await clock.untilSleeping(5_000);
    await simulator.approveDevice(userCode, { account: 'ada', page });
    clock.advance(5_000);
    expect(readClaims((await tokens).idToken)).toMatchObject({ email: 'ada@example.com' });
  });

  it.each<[string, Mutation, string]>([
    ['a wrong signature', { idToken: { signature: 'broken' } }, 'identityInvalid'],
    ['another audience', { idToken: { aud: 'another-client' } }, 'identityInvalid'],
    ['another issuer', { idToken: { iss: 'https://evil.example' } }, 'identityInvalid'],
  ])('a device sign-in whose id_token has %s is refused [R34]', async (_what, mutation, expected) => {
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
  ])('a device sign-in ends when the service responds with %s', async (fault, code) => {
    await simulator.fail({ route: 'devicePoll', fault });
    expect(await (await device()).failure).toMatchObject({ code });
  });

  it('a device sign-in that the person denies ends', async () => {
    const { clock, code, failure } = await device();
    const { userCode, verificationUri: page } = await code;
    await clock.untilSleeping(5_000);
    await simulator.approveDevice(userCode, { account: 'ada', page, deny: true });
    clock.advance(5_000);
    expect(await failure).toMatchObject({ code: 'codeRefused' });
  });
});
