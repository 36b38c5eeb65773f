/** Responses that the real Codex CLI got at sign-in, replayed to our own sign-in. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthorizationRequest } from '../../../src/oauth/authorizationCode.ts';
import { signInWithBrowser } from '../../../src/oauth/browserFlow.ts';
import { asAppError } from '../../../src/base/errors.ts';
import { codex } from '../../../src/oauth/services/codexProtocol.ts';
import type { TokenSet } from '../../../src/oauth/tokenSet.ts';
import { readClaims } from '../../../src/oauth/claims.ts';
import type { CapturedResponse } from '../support/captured.ts';
import { answerOf, captured, tokenNamed } from '../support/captured.ts';
import { ManualClock } from '../support/clock.ts';
import { Network } from '../support/network.ts';
import type { Page } from './support/browser.ts';
import { visit } from './support/browser.ts';
import { service, serviceAt } from './support/service.ts';
import { callbackTexts } from './support/texts.ts';

const login = captured('browser-login');
const errors = captured('browser-login-errors');
const claims = login.tokens['<id_token#1>']?.payload ?? {};
/** The issuer of the simulated service that gave the captured responses. */
const issuer = String(claims['iss']);

interface Replay {
  readonly network: Network;
  readonly page: Page;
  readonly outcome: Promise<TokenSet>;
}

/** Signs in with the captured redirect and token response. */
async function replay(
  callback: string,
  response: CapturedResponse | undefined,
  tokens: typeof login.tokens,
  how: { method?: string; host?: string } = {},
): Promise<Replay> {
  // The captured sign-ins lie up to a minute apart.
  const network = new Network(
    () => {
      if (!response) throw new Error('no token request was captured');
      return answerOf(response, tokens);
    },
    new ManualClock((Number(claims['iat']) + 60) * 1000),
  );
  const { promise: opening, resolve: openBrowser } = Promise.withResolvers<string>();
  const cancel = new AbortController();
  onTestFinished(() => {
    cancel.abort();
  });
  const outcome = signInWithBrowser(serviceAt(issuer), {
    http: network.http,
    clock: network.clock,
    log: network.log,
    texts: callbackTexts,
    correlationId: 'replay',
    accept: tokens => Promise.resolve(tokens),
    signal: cancel.signal,
    openBrowser: url => {
      openBrowser(url);
      return Promise.resolve();
    },
  });
  outcome.catch(() => undefined);
  const opened = new URL(await opening).searchParams;
  // The names that stand for secrets contain a #.
  const target = new URL(callback.replaceAll('#', '%23'));
  const { origin, port } = new URL(opened.get('redirect_uri') ?? '');
  const state = target.searchParams.get('state');
  if (state !== null) target.searchParams.set('state', (state.startsWith('not-') ? 'not-' : '') + (opened.get('state') ?? ''));
  const { host, ...rest } = how;
  const page = await visit(origin + target.pathname + target.search, {
    ...rest,
    ...(host === undefined ? {} : { host: `${host}:${port}` }),
  });
  return { network, page, outcome };
}

async function isSettled(outcome: Promise<unknown>): Promise<boolean> {
  return Promise.race([
    outcome.then(
      () => true,
      () => true,
    ),
    new Promise<boolean>(resolve => setImmediate(resolve, false)),
  ]);
}

describe('captured sign-ins that succeeded', () => {
  it('the authorization URL has the parameters of Codex, but fewer scopes, our own name, and %20 instead of +', async () => {
    const theirs = Object.fromEntries(new URL(login.authorizeUrl).searchParams);
    const { url } = await createAuthorizationRequest(service, 'http://127.0.0.1:1455/auth/callback');
    const ours = Object.fromEntries(new URL(url).searchParams);
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    const { scope, originator, state, code_challenge, ...same } = theirs;
    expect(ours).toMatchObject(same);
    const requested = (ours['scope'] ?? '').split(' ');
    expect(scope?.split(' ')).toEqual([...requested, 'api.connectors.read', 'api.connectors.invoke']);
    expect([originator, ours['originator']]).toEqual(['codex_cli_rs', 'chatgpt-sign-in/1.2.3']);
    expect([ours['state']?.length, ours['code_challenge']?.length]).toEqual([state?.length, code_challenge?.length]);
    expect([login.authorizeUrl.includes('+'), url.includes('+')]).toEqual([true, false]);
  });

  it('the token request has the fields of the captured one, and our own name, which Codex omits here', async () => {
    const { network, outcome } = await replay(login.callback, login.exchange.response, login.tokens);
    await outcome;
    const [sent] = network.sent;
    expect(Object.keys(sent?.form ?? {}).sort()).toEqual([...new URLSearchParams(login.exchange.rawBody).keys()].sort());
    expect(sent?.form).toMatchObject({
      grant_type: new URLSearchParams(login.exchange.rawBody).get('grant_type'),
      client_id: new URLSearchParams(login.exchange.rawBody).get('client_id'),
      code: '<authorization_code#1>',
    });
    const theirs = Object.fromEntries(login.exchange.headers);
    expect(sent?.headers['content-type']).toBe(theirs['content-type']);
    expect([sent?.headers['user-agent'], theirs['user-agent']]).toEqual(['chatgpt-sign-in/1.2.3', undefined]);
  });

  it('the sign-in ends with the tokens of the captured response', async () => {
    const { network, outcome } = await replay(login.callback, login.exchange.response, login.tokens);
    expect(await outcome).toEqual({
      accessToken: tokenNamed('<access_token#1>', login.tokens),
      refreshToken: '<refresh_token#1>',
      idToken: tokenNamed('<id_token#1>', login.tokens),
      scope: 'openid profile email offline_access api.connectors.read api.connectors.invoke',
      issuedAt: network.clock.now(),
      expiresAt: network.clock.now() + 864_000_000,
      rotatedAt: network.clock.now(),
    });
    expect(codex.readIdentity(claims)).toEqual({
      userId: 'user-fakeUser0001',
      workspaceId: '11111111-2222-4333-8444-555555555555',
      email: 'dev@example.test',
      plan: 'plus',
    });
  });

  it('the sign-in ends on the callback page, while Codex redirects the browser to a URL with the id_token', async () => {
    const { page, outcome } = await replay(login.callback, login.exchange.response, login.tokens);
    await outcome;
    expect(login.landing).toContain('?id_token=');
    expect(page.status).toBe(200);
    expect(page.headers).not.toHaveProperty('location');
    expect(page.body).not.toContain(tokenNamed('<id_token#1>', login.tokens));
  });
});

type SignInOutcome = 'signed in' | 'failed' | 'waits';

function codexOutcome({ exitCode, response }: (typeof errors.cases)[string]): SignInOutcome {
  if (exitCode === 0) return 'signed in';
  // Codex was killed: it waited, or it had its tokens and waited for the browser to fetch its last page.
  return exitCode === 1 ? 'failed' : response ? 'signed in' : 'waits';
}

describe('captured sign-ins with a fault', () => {
  it.each<
    [string, SignInOutcome, string, { ours?: SignInOutcome; code?: string; status?: number; how?: { method?: string; host?: string } }]
  >([
    ['noApiKey', 'signed in', 'succeeds without the API key that Codex requests', {}],
    ['denied', 'failed', 'fails', { code: 'denied' }],
    ['entitlement', 'failed', 'fails', { code: 'noEntitlement' }],
    ['workspace', 'failed', 'fails', { code: 'denied' }],
    ['badState', 'waits', 'keeps waiting', { status: 400 }],
    ['noState', 'waits', 'keeps waiting', { status: 400 }],
    ['noCode', 'failed', 'fails', { code: 'callbackIncomplete' }],
    ['token500', 'failed', 'fails', { code: 'serviceUnavailable' }],
    ['tokenInvalidGrant', 'failed', 'fails', { code: 'refused' }],
    ['tokenHtml', 'failed', 'fails and reports a network filter, which Codex does not', { code: 'blocked' }],
    ['tokenMalformed', 'failed', 'fails', { code: 'answerNotUnderstood' }],
    ['noIdToken', 'failed', 'fails', { code: 'answerNotUnderstood' }],
    ['noRefresh', 'failed', 'fails', { code: 'answerNotUnderstood' }],
    ['noTokenTypeExpires', 'signed in', 'succeeds', {}],
    ['badSignature', 'signed in', 'succeeds', {}],
    [
      'otherIssuerAud',
      'signed in',
      'fails, while Codex checks neither issuer nor audience nor expiry',
      { ours: 'failed', code: 'identityInvalid' },
    ],
    ['noAuthObject', 'signed in', 'succeeds', {}],
    ['localhostHost', 'signed in', 'succeeds', { how: { host: 'localhost' } }],
    ['cancelPath', 'failed', 'keeps waiting, while Codex lets any program cancel it', { ours: 'waits', status: 404 }],
    ['postCallback', 'signed in', 'keeps waiting, while Codex accepts a POST', { ours: 'waits', status: 405, how: { method: 'POST' } }],
  ])('in case %s (Codex: %s) the sign-in %s', async (name, codex, _what, { ours = codex, code, status = 200, how }) => {
    const capture = errors.cases[name];
    if (!capture) throw new Error('no such capture');
    expect(codexOutcome(capture)).toBe(codex);
    const { network, page, outcome } = await replay(capture.callback, capture.response, errors.tokens, how);
    expect(page.status).toBe(status);
    switch (ours) {
      case 'waits':
        expect(await isSettled(outcome)).toBe(false);
        break;
      case 'signed in':
        expect(readClaims((await outcome).idToken)).toMatchObject({ sub: 'auth0|fakeSubject0001' });
        break;
      case 'failed':
        expect(await outcome.catch(asAppError)).toMatchObject({ code });
        expect(page.body).toContain(`failed: ${String(code)}`);
    }
    expect(network.sent).toHaveLength(capture.response && ours !== 'waits' ? 1 : 0);
  });

  it('each captured sign-in with a fault has a test', () => {
    expect(Object.keys(errors.cases)).toHaveLength(20);
  });
});
