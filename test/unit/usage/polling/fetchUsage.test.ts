import { describe, expect, it } from 'vitest';
import type { TokenSetId } from '../../../../src/accounts/account.ts';
import type { Accounts } from '../../../../src/accounts/accounts.ts';
import { AppError } from '../../../../src/base/errors.ts';
import type { Failure } from '../../../../src/usage/polling/classifyResponse.ts';
import type { UsageSnapshot } from '../../../../src/usage/snapshot.ts';
import { fetchUsage } from '../../../../src/usage/polling/fetchUsage.ts';
import { readFixture } from '../../support/captured.ts';
import { fetchFailure, hang, html, json, Network } from '../../support/network.ts';
import { workspaceId } from '../../oauth/support/tokens.ts';
import { account, credentialOf, OneAccount, tokenSetIdOf } from '../support/account.ts';

const plus = readFixture('usage/01-plus-5h-and-weekly.json') as object;
const ours = { ...plus, account_id: workspaceId };
const { answers: notTheToken } = readFixture('cases/c06-401-not-about-the-token.json') as { answers: { body: unknown }[] };
const refusedUsage = { kind: 'forbidden', code: 'refused', refusal: { request: 'usage' } };
const renewed = account({ generation: 2, accessToken: 'access-renewed' });

function reading(
  network: Network,
  store: Pick<Accounts, 'credential' | 'updateProfile'> = new OneAccount(account(), renewed),
  { details = false, url = 'https://chatgpt.com/backend-api', refusedTokenSet = undefined as TokenSetId | undefined } = {},
): Promise<UsageSnapshot | Failure> {
  return fetchUsage(
    account(),
    { url },
    {
      accounts: store,
      http: network.http,
      clock: network.clock,
      log: network.log,
      correlationId: 'ab12',
      details,
      refusedTokenSet,
    },
  );
}

describe('fetchUsage', () => {
  it('a reading is one request with the access token and the workspace', async () => {
    const network = new Network(() => json(200, ours));
    expect(await reading(network)).toMatchObject({ fetchedAt: network.clock.now(), plan: 'plus', windows: [{ used: 34 }, { used: 58 }] });
    expect(network.sent).toMatchObject([{ url: 'https://chatgpt.com/backend-api/wham/usage', method: 'GET', body: '' }]);
    expect(network.sent[0]?.headers).toEqual({
      accept: 'application/json',
      authorization: 'Bearer access-before',
      'chatgpt-account-id': workspaceId,
      originator: 'chatgpt-sign-in/1.2.3',
      'user-agent': 'chatgpt-sign-in/1.2.3',
    });
    expect(network.log.entries).toMatchObject([{ fields: { purpose: 'usage', flow: 'ab12', status: 200 } }]);
    expect(network.log.text).not.toMatch(new RegExp(`access-before|${workspaceId}|example`));
  });

  it("plan and email of the response update the account's profile, and stay out of reading and log", async () => {
    const store = new OneAccount(account());
    const network = new Network(() => json(200, { ...ours, plan_type: 'pro', email: 'new@example.com' }));
    expect(JSON.stringify(await reading(network, store))).not.toContain('example.com');
    expect(store.profileUpdates).toEqual([{ plan: 'pro', email: 'new@example.com' }]);
    expect(network.log.text).not.toContain('example.com');
  });

  it('an invalid plan or email, or a response for another account, does not update the profile', async () => {
    const store = new OneAccount(account());
    await reading(new Network(() => json(200, { rate_limit: null, plan_type: 7, email: '' })), store);
    expect(store.profileUpdates).toEqual([{}]);
    const other = new Network(() => json(200, { ...plus, account_id: 'another', email: 'new@example.com' }));
    expect(await reading(other, store)).toMatchObject({ kind: 'outage', code: 'answerNotUnderstood' });
    expect(store.profileUpdates).toHaveLength(1);
  });

  it('a FedRAMP account sends its header, and an account without a workspace sends none', async () => {
    const network = new Network(() => json(200, plus));
    await reading(network, new OneAccount(account({ identity: { userId: 'u', fedramp: true } })));
    expect(network.sent[0]?.headers).toMatchObject({ 'x-openai-fedramp': 'true' });
    expect(network.sent[0]?.headers).not.toHaveProperty('chatgpt-account-id');
  });

  it("the request goes to the backend of the account's own service [R21]", async () => {
    const network = new Network(() => json(200, ours));
    await reading(network, undefined, { url: 'https://b.example/api' });
    expect(network.sent[0]?.url).toBe('https://b.example/api/wham/usage');
  });

  it('an account without a valid session sends no request', async () => {
    const network = new Network(() => json(200, ours));
    expect(await reading(network, new OneAccount(new AppError('signedOut')))).toEqual({ kind: 'outage', code: 'signedOut' });
    expect(network.sent).toEqual([]);
  });

  it('a request times out after fifteen seconds', async () => {
    const network = new Network(hang);
    const slow = reading(network);
    await network.clock.untilSleeping(15_000);
    network.clock.advance(15_000);
    expect(await slow).toEqual({ kind: 'unreachable', code: 'noAnswer' });
  });
});

describe('fetchUsage with an access token that is refused', () => {
  const expired = { error: { code: 'token_expired' } };

  it('the token is refreshed once, and the request is sent again with the new one', async () => {
    const network = new Network(({ headers }) =>
      headers['authorization'] === 'Bearer access-renewed' ? json(200, ours) : json(401, expired),
    );
    const first = account();
    const store = new OneAccount(first, renewed);
    expect(await reading(network, store)).toMatchObject({ plan: 'plus' });
    expect(network.sent).toHaveLength(2);
    const refused = { ...tokenSetIdOf(first), isExpired: true };
    expect(store.calls).toEqual([{ correlationId: 'ab12' }, { correlationId: 'ab12', refused }]);
  });

  it('a 401 without a word may be due to age, but is no proof of it', async () => {
    const network = new Network(({ headers }) => (headers['authorization'] === 'Bearer access-renewed' ? json(200, ours) : json(401, {})));
    const store = new OneAccount(account(), renewed);
    expect(await reading(network, store)).toMatchObject({ plan: 'plus' });
    expect(store.calls.at(-1)).toMatchObject({ refused: { generation: 1, isExpired: false } });
  });

  it('a refusal of the refreshed token is an obstacle of the request, and is not taken for the end of the session', async () => {
    const network = new Network(() => json(401, expired));
    const store = new OneAccount(account(), renewed);
    const refusedTokenSet = tokenSetIdOf(renewed);
    expect(await reading(network, store)).toEqual({ ...refusedUsage, refusedTokenSet });
    expect([network.sent.length, store.calls.length]).toEqual([2, 2]);
    expect(await reading(network, store, { refusedTokenSet })).toEqual({ ...refusedUsage, refusedTokenSet });
    expect([network.sent.length, store.calls.length]).toEqual([3, 3]);
  });

  it('a token that a refresh did not replace is not sent again', async () => {
    const network = new Network(() => json(401, ''));
    const kept = { credential: () => Promise.resolve(credentialOf(account())), updateProfile: () => Promise.resolve() };
    expect(await reading(network, kept)).toMatchObject({ ...refusedUsage, refusedTokenSet: { generation: 1 } });
    expect(network.sent).toHaveLength(1);
  });

  it('a token that cannot be refreshed is not sent again', async () => {
    const network = new Network(() => json(401, expired));
    expect(await reading(network, new OneAccount(account(), new AppError('offline')))).toEqual({ kind: 'unreachable', code: 'offline' });
    expect(network.sent).toHaveLength(1);
    expect(network.log.entries.at(-1)).toMatchObject({ level: 'error', step: 'usage was not read', fields: { flow: 'ab12' } });
  });

  it.each([
    ...notTheToken.map(({ body }) => body),
    { error: { code: 'token_revoked' } },
    { error: { code: 'account_suspended' } },
    'Unauthorized',
  ])('a 401 that states another reason spends no refresh token: %j', async body => {
    const network = new Network(() => json(401, body));
    const store = new OneAccount(account(), new AppError('signedOut'));
    expect(await reading(network, store)).toMatchObject({ kind: 'forbidden', code: 'refused' });
    expect([network.sent.length, store.calls.length]).toEqual([1, 1]);
  });
});

describe('fetchUsage and the response', () => {
  it('a response for another account is discarded', async () => {
    const network = new Network(() => json(200, { ...plus, account_id: 'another-account' }));
    expect(await reading(network)).toEqual({ kind: 'outage', code: 'answerNotUnderstood' });
  });

  it('a response that names no account is accepted', async () => {
    expect(await reading(new Network(() => json(200, { ...plus, account_id: null })))).toMatchObject({ plan: 'plus' });
    const someone = new OneAccount(account({ identity: { userId: 'u' } }));
    expect(await reading(new Network(() => json(200, ours)), someone)).toMatchObject({ plan: 'plus' });
  });

  it.each([
    ['a list', json(200, [])],
    ['empty', new Response('')],
    ['truncated JSON', new Response('{"plan_type":')],
    ['an unknown object', json(200, { detail: 'x' })],
  ])('a response that is %s is an error', async (_what, response) => {
    expect(await reading(new Network(() => response))).toEqual({ kind: 'outage', code: 'answerNotUnderstood' });
  });

  it('an HTML page counts as a browser check', async () => {
    expect(await reading(new Network(() => html(403)))).toEqual({ kind: 'challenge', code: 'blocked' });
  });

  it('a network error is passed on by its code', async () => {
    const network = new Network(() => Promise.reject(fetchFailure('ENOTFOUND')));
    expect(await reading(network)).toEqual({ kind: 'unreachable', code: 'nameNotResolved' });
  });
});

describe('fetchUsage and saved resets', () => {
  const withResets = { ...ours, rate_limit_reset_credits: { available_count: 2 } };
  const details = { available_count: 2, credits: [{ id: 'secret-1', status: 'available', expires_at: '2026-12-04T02:26:28Z' }] };
  const asDetails = (url: string) => url.endsWith('/wham/rate-limit-reset-credits');

  it('details are requested when there are saved resets and a person looks at them', async () => {
    const network = new Network(({ url }) => json(200, asDetails(url) ? details : withResets));
    const snapshot = await reading(network, undefined, { details: true });
    expect(snapshot).toMatchObject({ plan: 'plus', resetCredits: { available: 2, nextExpiry: Date.parse('2026-12-04T02:26:28Z') } });
    expect(JSON.stringify(snapshot)).not.toContain('secret-1');
    expect(network.sent[1]?.headers).toMatchObject({ authorization: 'Bearer access-before', 'chatgpt-account-id': workspaceId });
  });

  it.each([
    ['nobody looks at them', withResets, false],
    ['there are no saved resets', { ...ours, rate_limit_reset_credits: { available_count: 0 } }, true],
  ])('details are not requested when %s', async (_why, body, wanted) => {
    const network = new Network(() => json(200, body));
    await reading(network, undefined, { details: wanted });
    expect(network.sent).toHaveLength(1);
  });

  it.each([
    ['is refused', () => json(404, {})],
    ['fails', () => Promise.reject(fetchFailure('ECONNRESET'))],
    ['returns an unknown object', () => json(200, {})],
  ])('saved resets are counted even if the request for details %s', async (_what, answer) => {
    const network = new Network(({ url }) => (asDetails(url) ? answer() : json(200, withResets)));
    const snapshot = await reading(network, undefined, { details: true });
    expect(snapshot).toMatchObject({ plan: 'plus', resetCredits: { available: 2 } });
  });

  it('the request for details times out after four seconds', async () => {
    const network = new Network(request => (asDetails(request.url) ? hang(request) : json(200, withResets)));
    const slow = reading(network, undefined, { details: true });
    await network.clock.untilSleeping(4_000);
    network.clock.advance(4_000);
    expect(await slow).toMatchObject({ resetCredits: { available: 2 } });
  });
});
