import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/base/errors.ts';
import type { Failure } from '../../../../src/usage/polling/classifyResponse.ts';
import type { UsageSnapshot } from '../../../../src/usage/snapshot.ts';
import { fetchUsage } from '../../../../src/usage/polling/fetchUsage.ts';
import { readFixture } from '../../support/captured.ts';
import { fetchFailure, hang, html, json, Network } from '../../support/network.ts';
import { workspaceId } from '../../oauth/support/tokens.ts';
import { account, OneAccount } from '../support/account.ts';

const plus = readFixture('usage/01-plus-5h-and-weekly.json') as object;
const ours = { ...plus, account_id: workspaceId };
const renewed = account({ generation: 2, tokens: { ...account().tokens, accessToken: 'access-renewed' } });

function reading(network: Network, store = new OneAccount(account(), renewed), details = false): Promise<UsageSnapshot | Failure> {
  return fetchUsage('hash', {
    accounts: store,
    http: network.http,
    clock: network.clock,
    log: network.log,
    correlationId: 'ab12',
    details,
  });
}

describe('reading the usage', () => {
  it('asks once, with the access token and the workspace', async () => {
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

  it("passes on the plan and email that the account goes by now, and keeps them out of the reading's log", async () => {
    const store = new OneAccount(account());
    const network = new Network(() => json(200, { ...ours, plan_type: 'pro', email: 'new@example.com' }));
    expect(JSON.stringify(await reading(network, store))).not.toContain('example.com');
    expect(store.names).toEqual([{ plan: 'pro', email: 'new@example.com' }]);
    expect(network.log.text).not.toContain('example.com');
  });

  it('passes on no name that is not told, or told of another account', async () => {
    const store = new OneAccount(account());
    await reading(new Network(() => json(200, { rate_limit: null, plan_type: 7, email: '' })), store);
    expect(store.names).toEqual([{}]);
    const other = new Network(() => json(200, { ...plus, account_id: 'another', email: 'new@example.com' }));
    expect(await reading(other, store)).toMatchObject({ kind: 'outage', code: 'answerNotUnderstood' });
    expect(store.names).toHaveLength(1);
  });

  it('tells of FedRAMP and leaves the workspace out where there is none', async () => {
    const network = new Network(() => json(200, plus));
    await reading(network, new OneAccount(account({ identity: { userId: 'u', fedramp: true } })));
    expect(network.sent[0]?.headers).toMatchObject({ 'x-openai-fedramp': 'true' });
    expect(network.sent[0]?.headers).not.toHaveProperty('chatgpt-account-id');
  });

  it("goes to the back end of the account's own service [R21]", async () => {
    const network = new Network(() => json(200, ours));
    const { service } = account();
    await reading(network, new OneAccount(account({ service: { ...service, backendUrl: 'https://b.example/api' } })));
    expect(network.sent[0]?.url).toBe('https://b.example/api/wham/usage');
  });

  it('asks nobody for an account that cannot be used', async () => {
    const network = new Network(() => json(200, ours));
    expect(await reading(network, new OneAccount(new AppError('signedOut')))).toEqual({ kind: 'sessionEnded', code: 'signedOut' });
    expect(network.sent).toEqual([]);
  });

  it('is given up after fifteen seconds', async () => {
    const network = new Network(hang);
    const slow = reading(network);
    await network.clock.untilSleeping(15_000);
    network.clock.advance(15_000);
    expect(await slow).toEqual({ kind: 'unreachable', code: 'noAnswer' });
  });
});

describe('an access token that is refused', () => {
  const expired = { error: { code: 'token_expired' } };

  it('is renewed once, by its generation, and the new one is used', async () => {
    const network = new Network(({ headers }) =>
      headers['authorization'] === 'Bearer access-renewed' ? json(200, ours) : json(401, expired),
    );
    const first = account();
    const store = new OneAccount(first, renewed);
    expect(await reading(network, store)).toMatchObject({ plan: 'plus' });
    expect(network.sent).toHaveLength(2);
    expect(store.asked).toEqual([{ correlationId: 'ab12' }, { correlationId: 'ab12', refused: first }]);
  });

  it('and refused again is the end of the session', async () => {
    const network = new Network(() => json(401, expired));
    const store = new OneAccount(account(), renewed);
    expect(await reading(network, store)).toEqual({ kind: 'sessionEnded', code: 'signedOut' });
    expect(network.sent).toHaveLength(2);
    expect(store.asked).toHaveLength(2);
  });

  it('of the Codex CLI and refused again leads to the CLI, and not to a sign-in here', async () => {
    const network = new Network(() => json(401, expired));
    const [first, second] = [account(), renewed].map(own => ({ ...own, source: 'codexCli' as const }));
    const accounts = new OneAccount(...[first, second].filter(each => each !== undefined));
    expect(await reading(network, accounts)).toEqual({ kind: 'outage', code: 'codexSignedOut' });
    expect(accounts.asked).toEqual([{ correlationId: 'ab12' }, { correlationId: 'ab12', refused: first }]);
  });

  it('and cannot be renewed is not used again', async () => {
    const network = new Network(() => json(401, expired));
    expect(await reading(network, new OneAccount(account(), new AppError('offline')))).toEqual({ kind: 'unreachable', code: 'offline' });
    expect(network.sent).toHaveLength(1);
    expect(network.log.entries.at(-1)).toMatchObject({ level: 'error', step: 'usage was not read', fields: { flow: 'ab12' } });
  });

  it('because the session is over is not asked with again, and custody learns of it', async () => {
    const network = new Network(() => json(401, { error: { code: 'token_revoked' } }));
    const store = new OneAccount(account(), new AppError('signedOut'));
    expect(await reading(network, store)).toEqual({ kind: 'sessionEnded', code: 'signedOut' });
    expect(network.sent).toHaveLength(1);
    expect(store.asked.at(-1)).toMatchObject({ refused: { generation: 1 } });
  });
});

describe('an answer', () => {
  it('for another account is thrown away', async () => {
    const network = new Network(() => json(200, { ...plus, account_id: 'another-account' }));
    expect(await reading(network)).toEqual({ kind: 'outage', code: 'answerNotUnderstood' });
  });

  it('that does not say for whom it is, is taken', async () => {
    expect(await reading(new Network(() => json(200, { ...plus, account_id: null })))).toMatchObject({ plan: 'plus' });
    const someone = new OneAccount(account({ identity: { userId: 'u' } }));
    expect(await reading(new Network(() => json(200, ours)), someone)).toMatchObject({ plan: 'plus' });
  });

  it.each([
    ['a list', json(200, [])],
    ['nothing', new Response('')],
    ['JSON that breaks off', new Response('{"plan_type":')],
    ['something else', json(200, { detail: 'x' })],
  ])('is not understood as %s', async (_what, response) => {
    expect(await reading(new Network(() => response))).toEqual({ kind: 'outage', code: 'answerNotUnderstood' });
  });

  it('that is a page is a filter', async () => {
    expect(await reading(new Network(() => html(403)))).toEqual({ kind: 'challenge', code: 'blocked' });
  });

  it('that never came is what the network said', async () => {
    const network = new Network(() => Promise.reject(fetchFailure('ENOTFOUND')));
    expect(await reading(network)).toEqual({ kind: 'unreachable', code: 'nameNotResolved' });
  });
});

describe('saved resets', () => {
  const withResets = { ...ours, rate_limit_reset_credits: { available_count: 2 } };
  const details = { available_count: 2, credits: [{ id: 'secret-1', status: 'available', expires_at: '2026-12-04T02:26:28Z' }] };
  const asDetails = (url: string) => url.endsWith('/wham/rate-limit-reset-credits');

  it('are asked about where there are some and somebody looks', async () => {
    const network = new Network(({ url }) => json(200, asDetails(url) ? details : withResets));
    const snapshot = await reading(network, undefined, true);
    expect(snapshot).toMatchObject({ plan: 'plus', resetCredits: { available: 2, nextExpiry: Date.parse('2026-12-04T02:26:28Z') } });
    expect(JSON.stringify(snapshot)).not.toContain('secret-1');
    expect(network.sent[1]?.headers).toMatchObject({ authorization: 'Bearer access-before', 'chatgpt-account-id': workspaceId });
  });

  it.each([
    ['nobody looks', withResets, false],
    ['there are none', { ...ours, rate_limit_reset_credits: { available_count: 0 } }, true],
  ])('are not asked about where %s', async (_why, body, wanted) => {
    const network = new Network(() => json(200, body));
    await reading(network, undefined, wanted);
    expect(network.sent).toHaveLength(1);
  });

  it.each([
    ['refuses', () => json(404, {})],
    ['does not answer', () => Promise.reject(fetchFailure('ECONNRESET'))],
    ['tells something else', () => json(200, {})],
  ])('are counted all the same where their route %s', async (_what, answer) => {
    const network = new Network(({ url }) => (asDetails(url) ? answer() : json(200, withResets)));
    const snapshot = await reading(network, undefined, true);
    expect(snapshot).toMatchObject({ plan: 'plus', resetCredits: { available: 2 } });
  });

  it('are given up after four seconds', async () => {
    const network = new Network(request => (asDetails(request.url) ? hang(request) : json(200, withResets)));
    const slow = reading(network, undefined, true);
    await network.clock.untilSleeping(4_000);
    network.clock.advance(4_000);
    expect(await slow).toMatchObject({ resetCredits: { available: 2 } });
  });
});
