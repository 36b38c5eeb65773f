import { describe, expect, it } from 'vitest';
import type { AccountService } from '../../../src/oauth/service.ts';
import type { Identity } from '../../../src/oauth/tokenSet.ts';
import { readWorkspaceName } from '../../../src/backend/workspaceName.ts';
import { fetchFailure, hang, html, json, Network } from '../support/network.ts';
import { service } from '../oauth/support/service.ts';
import { tokens, workspaceId } from '../oauth/support/tokens.ts';

const identity: Identity = { userId: 'user-ada', workspaceId };

const reading = (network: Network, who = identity, at: AccountService = service): Promise<string | undefined> =>
  readWorkspaceName({ service: at, identity: who, tokens }, { http: network.http, correlationId: 'test' });

const answering = (accounts: unknown): Network => new Network(() => json(200, { accounts }));

describe("a workspace's name", () => {
  it('is asked for with the access token and the id of the workspace', async () => {
    const network = answering([
      { id: 'other', name: 'Other' },
      { id: workspaceId, name: '  Rivers Design Team ' },
    ]);
    expect(await reading(network)).toBe('Rivers Design Team');
    expect(network.sent).toMatchObject([
      {
        url: 'https://chatgpt.com/backend-api/wham/accounts/check',
        method: 'GET',
        headers: { authorization: 'Bearer access-before', 'chatgpt-account-id': workspaceId },
      },
    ]);
    expect(network.log.text).not.toContain('access-before');
    expect(network.log.text).not.toContain(workspaceId);
  });

  it('is cut where it is long', async () => {
    expect(await reading(answering([{ id: workspaceId, name: 'x'.repeat(100) }]))).toBe('x'.repeat(60));
  });

  it.each([
    ['a personal account', [{ id: workspaceId, name: null }]],
    ['an empty name', [{ id: workspaceId, name: ' ' }]],
    ['another workspace', [{ id: 'other', name: 'Other' }]],
    ['no list', { [workspaceId]: { name: 'x' } }],
    ['a list of nonsense', [null, 'x', [workspaceId]]],
  ])('is not told for %s', async (_what, accounts) => {
    expect(await reading(answering(accounts))).toBeUndefined();
  });

  it.each([
    ['a page', () => html(403)],
    ['an error', () => json(500, { error: 'x' })],
    ['nothing', () => new Response('')],
    ['a dropped connection', () => Promise.reject(fetchFailure('ECONNRESET'))],
  ])('is not told where the answer is %s', async (_what, answer) => {
    expect(await reading(new Network(answer))).toBeUndefined();
  });

  it('is not waited for longer than five seconds', async () => {
    const network = new Network(hang);
    const slow = reading(network);
    expect(network.clock.sleeping).toEqual([5_000]);
    network.clock.advance(5_000);
    expect(await slow).toBeUndefined();
  });

  it('is not asked for where there is no workspace, or nobody to ask', async () => {
    const network = answering([{ id: workspaceId, name: 'x' }]);
    const { backendUrl, ...silent } = service;
    expect(await reading(network, identity, silent)).toBeUndefined();
    expect(await reading(network, { userId: 's' })).toBeUndefined();
    expect(network.sent).toEqual([]);
    expect(backendUrl).toBeDefined();
  });

  it('does not hide a defect', async () => {
    const broken = { send: () => Promise.reject(new RangeError('a defect')) };
    await expect(readWorkspaceName({ service, identity, tokens }, { http: broken as never, correlationId: 'test' })).rejects.toThrow(
      RangeError,
    );
  });
});
