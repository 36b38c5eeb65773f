/** Each request that a service may refuse, refused by the simulator with a code that is known, and with one that nobody knows. */
import { describe, expect, it } from 'vitest';
import { checkApiKey } from '../../../src/apiKeys/checkApiKey.ts';
import { AppError, errorCodes, type ErrorFacts, type RefusedRequest } from '../../../src/base/errors.ts';
import { refusalOf } from '../../../src/base/refusal.ts';
import { Http } from '../../../src/base/http.ts';
import { exchangeCallbackCode } from '../../../src/oauth/authorizationCode.ts';
import { signInWithDeviceCode } from '../../../src/oauth/deviceFlow.ts';
import { refresh } from '../../../src/oauth/refresh.ts';
import { codexService } from '../../../src/oauth/services/codexService.ts';
import { oidcService } from '../../../src/oauth/services/oidcService.ts';
import type { AccountService } from '../../../src/oauth/service.ts';
import { errorText } from '../../../src/shell/errorTexts.ts';
import { fetchUsage } from '../../../src/usage/polling/fetchUsage.ts';
import { refusalCodes, type ErrorShape, type FaultRoute } from '../../simulator/contract.ts';
import { plainClientId } from '../../simulator/contract.ts';
import { tokens } from '../oauth/support/tokens.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryLog } from '../support/log.ts';
import { agent } from '../support/network.ts';
import { useSimulator } from '../support/simulator.ts';
import { account, OneAccount } from '../usage/support/account.ts';

const simulator = await useSimulator();
const log = new MemoryLog();
const clock = new ManualClock(Date.now());
const context = { http: new Http({ fetch: (url, init) => fetch(url, init), clock, log, agent }), clock, log, correlationId: 'test' };

const codexAt = () => codexService({ issuer: simulator.issuer, clientId: '', backendUrl: simulator.backendUrl, originator: agent });
const plain = () => oidcService({ issuer: simulator.plainIssuer, clientId: plainClientId, backendUrl: '' }, context);

/** What a person hears of: an error, or the reason why usage was not read. */
const failureOf = (work: Promise<unknown>): Promise<ErrorFacts> =>
  work.then(
    () => expect.fail('was not refused'),
    (error: unknown) => (error instanceof AppError ? error : expect.fail(String(error))),
  );

const exchange = (service: AccountService) => {
  const redirectUri = 'http://127.0.0.1:1455/auth/callback';
  const callback = new URL(`${redirectUri}?code=the-code&state=the-state&iss=${encodeURIComponent(service.issuer)}`);
  const request = { url: '', redirectUri, state: 'the-state', verifier: 'v'.repeat(43) };
  return failureOf(exchangeCallbackCode(service, request, callback, context));
};
const device = (service: AccountService) =>
  failureOf(signInWithDeviceCode(service, { ...context, signal: new AbortController().signal, showCode: () => undefined }));

const requests: readonly [what: string, request: RefusedRequest, route: FaultRoute, shape: ErrorShape, fail: () => Promise<ErrorFacts>][] =
  [
    ['the code exchange', 'signIn', 'token', 'object', () => exchange(codexAt())],
    ['the code exchange of an OpenID provider', 'signIn', 'token', 'string', async () => exchange(await plain())],
    ['the request for a device code', 'deviceCode', 'deviceStart', 'object', () => device(codexAt())],
    ['the poll of a device code', 'deviceCode', 'devicePoll', 'object', () => device(codexAt())],
    ['the poll of an OpenID provider', 'deviceCode', 'devicePoll', 'string', async () => device(await plain())],
    [
      'a refresh',
      'refresh',
      'refresh',
      'object',
      async () => {
        const outcome = await refresh(codexAt(), tokens, context);
        return 'error' in outcome ? outcome.error : expect.fail(outcome.kind);
      },
    ],
    [
      'usage',
      'usage',
      'usage',
      'object',
      async () => {
        const options = { ...context, accounts: new OneAccount(account()), details: false };
        const reply = await fetchUsage(account(), { url: simulator.backendUrl }, options);
        return 'code' in reply ? reply : expect.fail('was read');
      },
    ],
    ['an API key', 'apiKey', 'api', 'object', () => failureOf(checkApiKey(simulator.apiUrl, 'sk-the-key', context))],
  ];

describe('a refusal with its reason', () => {
  it.each(requests)(
    'a region that is not supported is told for %s, with the proxy as what to look at',
    async (_what, request, route, shape, fail) => {
      await simulator.fail({ route, times: 2, fault: { code: 'unsupported_country_region_territory', shape } });
      const failure = await fail();
      expect(failure.refusal).toEqual({ request, serviceCode: 'unsupported_country_region_territory' });
      const { message, action } = errorText(failure);
      expect(message).toMatch(
        /^OpenAI doesn't offer this in the country or region, or to the network, that .+ check the setting http\.proxy\.$/,
      );
      expect(action).toBe('openNetworkSettings');
    },
  );

  it.each(requests)(
    'a code that nobody knows is told as it is for %s, and no reason is made up',
    async (_what, request, route, shape, fail) => {
      await simulator.fail({ route, times: 2, fault: { code: 'reason_of_tomorrow', shape } });
      const failure = await fail();
      expect(failure.refusal).toEqual({ request, serviceCode: 'reason_of_tomorrow' });
      const { message } = errorText(failure);
      expect(message).toMatch(/ Reason stated by the service: reason_of_tomorrow\.$/);
      expect(message).not.toMatch(/expired|revoked|mistyped|page|workspace|country|turned off/i);
    },
  );

  it.each(requests)('the text of a server is in no error and not in the log: %s [R12]', async (_what, _request, route, shape, fail) => {
    const secret = 'sess-Aa1Bb2Cc3Dd4';
    const said = `${secret} [renew](command:x)`;
    const bodies = {
      object: { error: { code: said, message: said } },
      string: { error: said, error_description: said },
      flat: { code: said },
    };
    await simulator.fail({ route, times: 2, fault: { status: 400, body: bodies[shape] } });
    const failure = await fail();
    expect(failure.refusal?.serviceCode).toBeUndefined();
    expect(errorText(failure).message).not.toContain(secret);
    expect(log.text).not.toContain(secret);
  });

  it('each code that the simulator refuses with has a sentence for each request', () => {
    for (const [, request] of requests) {
      for (const code of refusalCodes) {
        expect(errorText(new AppError('refused', { refusal: refusalOf(request, code) })).message).toMatch(/^[A-Z].{15,}\.$/);
      }
    }
  });

  it('a code that is the name of an object property is an unknown code', () => {
    for (const code of ['constructor', 'tostring', 'valueof']) {
      expect(errorText(new AppError('refused', { refusal: refusalOf('usage', code) })).message).toContain(`: ${code}.`);
    }
  });

  it('a refusal without a reason has a sentence that is true of any', () => {
    for (const request of ['signIn', 'deviceCode', 'refresh', 'usage', 'models', 'apiKey'] as const) {
      const { message } = errorText({ code: 'refused', refusal: { request } });
      expect(message).toMatch(/^The .+\.$/);
      expect(message).not.toMatch(/because|expired|revoked|page/);
    }
  });

  it('the reason takes the place of our own sentence, whatever our code is', () => {
    const refusal = refusalOf('signIn', 'unsupported_country_region_territory');
    const sentences = errorCodes.map(code => errorText({ code, refusal }).message);
    expect(new Set(sentences).size).toBe(1);
  });
});
