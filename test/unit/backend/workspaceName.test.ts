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

const responding = (accounts: unknown): Network => new Network(() => json(200, { accounts }));

describe('readWorkspaceName', () => {
  it("the name of a workspace is requested with the access token and the workspace's ID", async () => {
    const network = responding([
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

  it('a long workspace name is cut to 60 characters', async () => {
    expect(await reading(responding([{ id: workspaceId, name: 'x'.repeat(100) }]))).toBe('x'.repeat(60));
  });

  it.each([
    ['a personal account', [{ id: workspaceId, name: null }]],
    ['an empty name', [{ id: workspaceId, name: ' ' }]],
    ['another workspace', [{ id: 'other', name: 'Other' }]],
    ['no list', { [workspaceId]: { name: 'x' } }],
    ['an invalid list', [null, 'x', [workspaceId]]],
  ])('there is no workspace name for a response with %s', async (_what, accounts) => {
    expect(await reading(responding(accounts))).toBeUndefined();
  });

  it.each([
    ['an HTML page', () => html(403)],
    ['an error', () => json(500, { error: 'x' })],
    ['empty', () => new Response('')],
    ['a dropped connection', () => Promise.reject(fetchFailure('ECONNRESET'))],
  ])('there is no workspace name if the response is %s', async (_what, respond) => {
    expect(await reading(new Network(respond))).toBeUndefined();
  });

  it('the request for the workspace name times out after five seconds', async () => {
    const network = new Network(hang);
    const slow = reading(network);
    expect(network.clock.sleeping).toEqual([5_000]);
    network.clock.advance(5_000);
    expect(await slow).toBeUndefined();
  });

  it('no workspace name is requested without a workspace or without a backend URL', async () => {
    const network = responding([{ id: workspaceId, name: 'x' }]);
    const { backendUrl, ...withoutBackend } = service;
    expect(await reading(network, identity, withoutBackend)).toBeUndefined();
    expect(await reading(network, { userId: 's' })).toBeUndefined();
    expect(network.sent).toEqual([]);
    expect(backendUrl).toBeDefined();
  });

  it('a defect in reading the workspace name is thrown', async () => {
    const broken = { send: () => Promise.reject(new RangeError('a defect')) };
    await expect(readWorkspaceName({ service, identity, tokens }, { http: broken as never, correlationId: 'test' })).rejects.toThrow(
      RangeError,
    );
  });
});
