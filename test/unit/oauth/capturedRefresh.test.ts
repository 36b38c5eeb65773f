/** Responses that the real Codex CLI got at a refresh, replayed to our own refresh. */
import { describe, expect, it } from 'vitest';
import { codex } from '../../../src/oauth/services/codexProtocol.ts';
import type { RefreshOutcome } from '../../../src/oauth/refresh.ts';
import { refresh } from '../../../src/oauth/refresh.ts';
import { readClaims } from '../../../src/oauth/claims.ts';
import { answerOf, captured, tokenNamed } from '../support/captured.ts';
import { fetchFailure, hang, Network } from '../support/network.ts';
import { service } from './support/service.ts';
import { tokens } from './support/tokens.ts';

const failed = captured('refresh-fail');
const misc = captured('refresh-misc');

const run = (network: Network): Promise<RefreshOutcome> =>
  refresh(service, tokens, { http: network.http, clock: network.clock, correlationId: 'replay' });

describe('captured refreshes that failed', () => {
  it('the refresh request has the fields of the captured one, but as a form, and without the reason that Codex gives', async () => {
    const network = new Network(() => new Response(''));
    await run(network);
    const { refresh_reason: reason, ...theirs } = failed.request.body;
    expect(reason).toBe('proactive_expiry');
    expect(network.sent[0]?.form).toEqual({ ...theirs, refresh_token: tokens.refreshToken });
  });

  const ended = { kind: 'ended' } as const;
  const again = 'is retried by both';
  const spaced = 'is retried by both, by us only after a while because the token may be spent';

  it.each<[string, 'final' | 'passing' | 'waits', string, object]>([
    ['refresh_token_expired', 'final', 'is final for both', ended],
    ['refresh_token_reused', 'final', 'is final for both', ended],
    ['refresh_token_invalidated', 'final', 'is final for both', ended],
    ['app_session_terminated', 'final', 'is final for both', ended],
    ['invalid_grant', 'final', 'is final for both', ended],
    ['string-shaped error', 'final', 'is final for both', ended],
    [
      '401',
      'final',
      'is not final for us without an error code, while any 401 is final for Codex',
      { kind: 'refused', error: { code: 'refused' } },
    ],
    ['400', 'passing', again, { kind: 'refused', error: { code: 'refused' } }],
    ['403', 'passing', again, { kind: 'refused', error: { code: 'refused' } }],
    ['429', 'passing', again, { kind: 'refused', error: { code: 'serviceUnavailable' } }],
    ['500', 'passing', spaced, { kind: 'unknown', error: { code: 'serviceUnavailable' } }],
    ['malformed', 'passing', spaced, { kind: 'unknown', error: { code: 'answerNotUnderstood' } }],
    ['html', 'passing', spaced, { kind: 'unknown', error: { code: 'blocked' } }],
    ['empty', 'passing', spaced, { kind: 'unknown', error: { code: 'answerNotUnderstood' } }],
    ['drop', 'passing', spaced, { kind: 'unknown', error: { code: 'offline' } }],
    ['hang', 'waits', 'times out for us after a minute, while Codex keeps waiting', { kind: 'unknown', error: { code: 'noAnswer' } }],
  ])('a refresh with %s (Codex: %s) %s', async (name, codex, _what, outcome) => {
    const capture = failed.cases[name];
    if (!capture) throw new Error('no such capture');
    // Codex sends the token twice at its start, and then no more if it takes the response to be final.
    expect(capture.presented <= 1 ? 'waits' : capture.presented === 2 ? 'final' : 'passing').toBe(codex);
    const network = new Network(request => {
      if (name === 'hang') return hang(request);
      if (name === 'drop') throw fetchFailure('ECONNRESET');
      return answerOf(capture.response, {});
    });
    const running = run(network);
    if (name === 'hang') network.clock.advance(60_000);
    expect(await running).toMatchObject(outcome);
  });

  it('each captured refresh that failed has a test', () => {
    expect(Object.keys(failed.cases)).toHaveLength(16);
  });
});

describe('captured refreshes that succeeded', () => {
  async function rotated(name: string) {
    const capture = misc.cases[name];
    if (!capture) throw new Error('no such capture');
    const outcome = await run(new Network(() => answerOf(capture.response, misc.tokens)));
    if (outcome.kind !== 'rotated') throw new Error(outcome.kind);
    const body = capture.response.body as Readonly<Record<string, string>>;
    return { set: outcome.tokens, named: (field: string) => tokenNamed(body[field] ?? '', misc.tokens) };
  }

  const identityIn = (idToken: string) => codex.readIdentity(readClaims(idToken) ?? {});

  it.each([
    ['refresh answer without id_token', { idToken: tokens.idToken }],
    ['refresh answer without refresh_token', { refreshToken: tokens.refreshToken }],
    ['refresh answer without access_token', { accessToken: tokens.accessToken, expiresAt: tokens.expiresAt }],
  ])('a refresh keeps the tokens that the response omits, as Codex does: %s', async (name, kept) => {
    const { set, named } = await rotated(name);
    expect(set).toEqual({
      accessToken: named('access_token'),
      refreshToken: named('refresh_token'),
      idToken: named('id_token'),
      scope: 'openid profile email offline_access',
      issuedAt: tokens.issuedAt,
      expiresAt: tokens.issuedAt + 864_000_000,
      rotatedAt: tokens.issuedAt,
      ...kept,
    });
  });

  it('a refresh returns the id_token with the new plan', async () => {
    const { set } = await rotated('refreshed tokens with another plan');
    expect(identityIn(set.idToken)?.plan).not.toBe('plus');
  });

  it('a refresh returns the id_token of another account, so that the account store can refuse what Codex saves', async () => {
    const { set } = await rotated('refreshed tokens of another account');
    expect(identityIn(set.idToken)?.workspaceId).not.toBe('11111111-2222-4333-8444-555555555555');
  });
});

describe('the identity in captured id_tokens', () => {
  const { cases } = captured('id-token-claims');
  const auth = {
    chatgpt_user_id: 'user-fakeUser0001',
    user_id: 'user-fakeUser0001',
    chatgpt_account_id: '11111111-2222-4333-8444-555555555555',
    chatgpt_plan_type: 'plus',
  };
  const base = { sub: 'auth0|fakeSubject0001', email: 'dev@example.test' };
  const variants: Readonly<Record<string, object>> = {
    normal: { ...base, auth },
    'no plan claim': { ...base, auth: { ...auth, chatgpt_plan_type: undefined } },
    'no top-level email': { ...base, email: undefined, auth },
    'no chatgpt_user_id': { ...base, auth: { ...auth, chatgpt_user_id: undefined } },
    'no account id claim, id in file': { ...base, auth: { ...auth, chatgpt_account_id: undefined } },
    'no account id anywhere': { ...base, auth: { ...auth, chatgpt_account_id: undefined } },
    'no auth object': base,
    fedramp: { ...base, auth: { ...auth, chatgpt_account_is_fedramp: true } },
  };
  const claimsOf = (name: string): object =>
    name.startsWith('plan ') ? { ...base, auth: { ...auth, chatgpt_plan_type: name.slice(5) } } : (variants[name] ?? {});

  it.each(Object.entries(cases))('an id_token gives the same identity as to Codex: %s', (name, theirs) => {
    const { auth: authClaims, ...claims } = claimsOf(name) as { auth?: object };
    const identity = codex.readIdentity({ ...claims, 'https://api.openai.com/auth': authClaims });
    expect(identity?.email ?? null).toBe(theirs.email);
    // Codex knows no user without its claims; for us the subject is the user ID.
    expect(identity?.userId).toBe(theirs.userId ?? 'auth0|fakeSubject0001');
    // Codex keeps the workspace ID in its file too; we know it from the token alone.
    const known =
      name === 'no auth object' || name === 'no account id claim, id in file' ? undefined : theirs.headers['chatgpt-account-id'];
    expect(identity?.workspaceId).toBe(known);
    expect(identity?.fedramp).toBe(theirs.headers['x-openai-fedramp'] === 'true' ? true : undefined);
    // We take any plan in the service's own spelling; Codex knows a list of plans.
    const plan = (authClaims as { chatgpt_plan_type?: string } | undefined)?.chatgpt_plan_type;
    expect(identity?.plan).toBe(plan);
    if (theirs.plan !== 'unknown') expect([theirs.plan, { enterprise: 'hc', edu: 'education' }[theirs.plan]]).toContain(plan);
  });

  it('each captured id_token has a test', () => {
    expect(Object.keys(cases)).toHaveLength(30);
  });
});
