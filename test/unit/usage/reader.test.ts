import { describe, expect, it } from 'vitest';
import type { SignInErrorCode } from '../../../src/oauth/errors.ts';
import { SignInError } from '../../../src/oauth/errors.ts';
import type { UsageSnapshot } from '../../../src/usage/model.ts';
import { readUsage } from '../../../src/usage/reader.ts';
import { readFixture } from '../support/captured.ts';
import { fetchFailure, hang, html, json, Network } from '../support/network.ts';
import { workspaceId } from '../oauth/support/tokens.ts';
import { account, OneAccount } from './support/account.ts';

const plus = readFixture('usage/01-plus-5h-and-weekly.json') as object;
const ours = { ...plus, account_id: workspaceId };
const renewed = account({ generation: 2, tokens: { ...account().tokens, accessToken: 'access-renewed' } });

function reading(network: Network, custody = new OneAccount(account(), renewed)): Promise<UsageSnapshot | undefined> {
  return readUsage('hash', { custody, http: network.http, clock: network.clock, flowId: 'ab12' });
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

  it('tells of FedRAMP and leaves the workspace out where there is none', async () => {
    const network = new Network(() => json(200, plus));
    await reading(network, new OneAccount(account({ identity: { userId: 'u', fedramp: true } })));
    expect(network.sent[0]?.headers).toMatchObject({ 'x-openai-fedramp': 'true' });
    expect(network.sent[0]?.headers).not.toHaveProperty('chatgpt-account-id');
  });

  it("goes to the back end of the account's own service", async () => {
    const network = new Network(() => json(200, ours));
    const { service } = account();
    await reading(network, new OneAccount(account({ service: { ...service, backendUrl: 'https://b.example/api' } })));
    expect(network.sent[0]?.url).toBe('https://b.example/api/wham/usage');
  });

  it('asks nobody where the service tells no usage', async () => {
    const network = new Network(() => json(200, ours));
    const { backendUrl, ...silent } = account().service;
    expect(backendUrl).toBeDefined();
    expect(await reading(network, new OneAccount(account({ service: silent })))).toBeUndefined();
    expect(network.sent).toEqual([]);
  });

  it('asks nobody for an account that cannot be used', async () => {
    const network = new Network(() => json(200, ours));
    await expect(reading(network, new OneAccount(new SignInError('signedOut')))).rejects.toMatchObject({ code: 'signedOut' });
    expect(network.sent).toEqual([]);
  });

  it('is given up after fifteen seconds', async () => {
    const network = new Network(hang);
    const slow = reading(network);
    await network.clock.untilSleeping(15_000);
    network.clock.advance(15_000);
    await expect(slow).rejects.toMatchObject({ code: 'noAnswer' });
  });
});

describe('an access token that is refused', () => {
  const expired = { error: { code: 'token_expired' } };

  it('is renewed once, by its generation, and the new one is used', async () => {
    const network = new Network(({ headers }) =>
      headers['authorization'] === 'Bearer access-renewed' ? json(200, ours) : json(401, expired),
    );
    const custody = new OneAccount(account(), renewed);
    expect(await reading(network, custody)).toMatchObject({ plan: 'plus' });
    expect(network.sent).toHaveLength(2);
    expect(custody.asked).toEqual([{ flowId: 'ab12' }, { flowId: 'ab12', refused: 1 }]);
  });

  it('and refused again is the end of the session', async () => {
    const network = new Network(() => json(401, expired));
    const custody = new OneAccount(account(), renewed);
    await expect(reading(network, custody)).rejects.toMatchObject({ code: 'signedOut' });
    expect(network.sent).toHaveLength(2);
    expect(custody.asked).toHaveLength(2);
  });

  it('and cannot be renewed is not used again', async () => {
    const network = new Network(() => json(401, expired));
    await expect(reading(network, new OneAccount(account(), new SignInError('offline')))).rejects.toMatchObject({ code: 'offline' });
    expect(network.sent).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('for another account is thrown away', async () => {
    const network = new Network(() => json(200, { ...plus, account_id: 'another-account' }));
    await expect(reading(network)).rejects.toMatchObject({ code: 'answerNotUnderstood' });
  });

  it('that does not say for whom it is, is taken', async () => {
    await expect(reading(new Network(() => json(200, { ...plus, account_id: null })))).resolves.toMatchObject({ plan: 'plus' });
    const someone = new OneAccount(account({ identity: { userId: 'u' } }));
    await expect(reading(new Network(() => json(200, ours)), someone)).resolves.toMatchObject({ plan: 'plus' });
  });

  it.each([
    ['a list', json(200, [])],
    ['nothing', new Response('')],
    ['JSON that breaks off', new Response('{"plan_type":')],
    ['something else', json(200, { detail: 'x' })],
  ])('is not understood as %s', async (_what, response) => {
    await expect(reading(new Network(() => response))).rejects.toMatchObject({ code: 'answerNotUnderstood' });
  });

  it('that is a page is a filter, with 200 too', async () => {
    await expect(reading(new Network(() => html(200)))).rejects.toMatchObject({ code: 'blocked' });
    await expect(reading(new Network(() => html(403)))).rejects.toMatchObject({ code: 'blocked' });
  });

  it('that never came is what the network said', async () => {
    const network = new Network(() => Promise.reject(fetchFailure('ENOTFOUND')));
    await expect(reading(network)).rejects.toMatchObject({ code: 'nameNotResolved' });
  });
});

describe('a public error of the service', () => {
  interface ErrorCase {
    readonly status: number;
    readonly contentType: string;
    readonly body: unknown;
    readonly expect: string;
  }
  const { cases } = readFixture('usage/errors.json') as { cases: ErrorCase[] };
  const codes: Readonly<Record<string, SignInErrorCode>> = {
    'refresh-once': 'signedOut',
    'sign-in-again': 'signedOut',
    'account-deactivated': 'signedOut',
    'workspace-deactivated': 'refused',
    'blocked-by-challenge': 'blocked',
    'forbidden-check-workspace': 'refused',
    'transient-outage': 'refused',
    backoff: 'serviceUnavailable',
    'not-json': 'blocked',
  };

  it.each(cases)('is told from others: $status $expect', async ({ status, contentType, body, expect: expected }) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const network = new Network(() => new Response(text, { status, headers: contentType === '' ? {} : { 'content-type': contentType } }));
    await expect(reading(network)).rejects.toMatchObject({ code: codes[expected] });
    expect(network.sent).toHaveLength(status === 401 ? 2 : 1);
  });
});
