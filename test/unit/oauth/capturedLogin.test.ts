/** What the real Codex CLI was answered at sign-in, and what we make of the same answers. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthorizationRequest } from '../../../src/oauth/authorizationCode.ts';
import { signInWithBrowser } from '../../../src/oauth/browserFlow.ts';
import { asAppError } from '../../../src/base/errors.ts';
import { codex } from '../../../src/oauth/services/codex.ts';
import type { TokenSet } from '../../../src/oauth/tokenSet.ts';
import { readClaims } from '../../../src/oauth/tokenSet.ts';
import type { CapturedResponse } from '../support/captured.ts';
import { answerOf, captured, tokenNamed } from '../support/captured.ts';
import { ManualClock } from '../support/clock.ts';
import { Network } from '../support/network.ts';
import type { Page } from './support/browser.ts';
import { visit } from './support/browser.ts';
import { service, serviceAt } from './support/service.ts';
import { landings } from './support/texts.ts';

const login = captured('browser-login');
const errors = captured('browser-login-errors');
const claims = login.tokens['<id_token#1>']?.payload ?? {};
/** Of the stand-in that gave the answers. */
const issuer = String(claims['iss']);

interface Replay {
  readonly network: Network;
  readonly page: Page;
  readonly outcome: Promise<TokenSet>;
}

/** Our sign-in with the captured redirect and token answer. */
async function replay(
  callback: string,
  response: CapturedResponse | undefined,
  tokens: typeof login.tokens,
  how: { method?: string; host?: string } = {},
): Promise<Replay> {
  // As far as a minute apart, the captured sign-ins.
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
    texts: landings,
    correlationId: 'replay',
    signal: cancel.signal,
    openBrowser: url => {
      openBrowser(url);
      return Promise.resolve();
    },
  });
  outcome.catch(() => undefined);
  const opened = new URL(await opening).searchParams;
  // The names that stand for secrets have a # in them.
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

describe('the sign-in that succeeded', () => {
  it('has the parameters that Codex sent, but fewer scopes, our own name, and %20 in place of +', async () => {
    const theirs = Object.fromEntries(new URL(login.authorizeUrl).searchParams);
    const { url } = await createAuthorizationRequest(service, 'http://127.0.0.1:1455/auth/callback');
    const ours = Object.fromEntries(new URL(url).searchParams);
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    const { scope, originator, state, code_challenge, ...same } = theirs;
    expect(ours).toMatchObject(same);
    const asked = (ours['scope'] ?? '').split(' ');
    expect(scope?.split(' ')).toEqual([...asked, 'api.connectors.read', 'api.connectors.invoke']);
    expect([originator, ours['originator']]).toEqual(['codex_cli_rs', 'chatgpt-sign-in/1.2.3']);
    expect([ours['state']?.length, ours['code_challenge']?.length]).toEqual([state?.length, code_challenge?.length]);
    expect([login.authorizeUrl.includes('+'), url.includes('+')]).toEqual([true, false]);
  });

  it('has a token request with the fields of the captured one, and our name, which Codex leaves out here', async () => {
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

  it('ends with the tokens of the answer', async () => {
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

  it('ends on the page that was called, where Codex sends the browser on with the id_token in the address', async () => {
    const { page, outcome } = await replay(login.callback, login.exchange.response, login.tokens);
    await outcome;
    expect(login.landing).toContain('?id_token=');
    expect(page.status).toBe(200);
    expect(page.headers).not.toHaveProperty('location');
    expect(page.body).not.toContain(tokenNamed('<id_token#1>', login.tokens));
  });
});

type Verdict = 'signed in' | 'failed' | 'waits';

function codexVerdict({ exitCode, response }: (typeof errors.cases)[string]): Verdict {
  if (exitCode === 0) return 'signed in';
  // Killed: it waited, or it had its tokens and waited for the browser to fetch its last page.
  return exitCode === 1 ? 'failed' : response ? 'signed in' : 'waits';
}

describe('a sign-in that took a wrong turn', () => {
  it.each<[string, Verdict, string, { ours?: Verdict; code?: string; status?: number; how?: { method?: string; host?: string } }]>([
    ['noApiKey', 'signed in', 'signs in, and asks for no API key, which Codex does', {}],
    ['denied', 'failed', 'fails', { code: 'denied' }],
    ['entitlement', 'failed', 'fails', { code: 'noEntitlement' }],
    ['workspace', 'failed', 'fails', { code: 'denied' }],
    ['badState', 'waits', 'waits on', { status: 400 }],
    ['noState', 'waits', 'waits on', { status: 400 }],
    ['noCode', 'failed', 'fails', { code: 'callbackIncomplete' }],
    ['token500', 'failed', 'fails', { code: 'serviceUnavailable' }],
    ['tokenInvalidGrant', 'failed', 'fails', { code: 'refused' }],
    ['tokenHtml', 'failed', 'fails, and says that a filter stands before the service, which Codex does not', { code: 'blocked' }],
    ['tokenMalformed', 'failed', 'fails', { code: 'answerNotUnderstood' }],
    ['noIdToken', 'failed', 'fails', { code: 'answerNotUnderstood' }],
    ['noRefresh', 'failed', 'fails', { code: 'answerNotUnderstood' }],
    ['noTokenTypeExpires', 'signed in', 'signs in', {}],
    ['badSignature', 'signed in', 'signs in', {}],
    [
      'otherIssuerAud',
      'signed in',
      'fails, where Codex looks at neither issuer nor audience nor end',
      { ours: 'failed', code: 'identityInvalid' },
    ],
    ['noAuthObject', 'signed in', 'signs in', {}],
    ['localhostHost', 'signed in', 'signs in', { how: { host: 'localhost' } }],
    ['cancelPath', 'failed', 'waits on, where Codex lets any program cancel it', { ours: 'waits', status: 404 }],
    ['postCallback', 'signed in', 'waits on, where Codex takes a POST', { ours: 'waits', status: 405, how: { method: 'POST' } }],
  ])('as in %s (Codex: %s) %s', async (name, codex, _what, { ours = codex, code, status = 200, how }) => {
    const capture = errors.cases[name];
    if (!capture) throw new Error('no such capture');
    expect(codexVerdict(capture)).toBe(codex);
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

  it('leaves out none of the captured ones', () => {
    expect(Object.keys(errors.cases)).toHaveLength(20);
  });
});
