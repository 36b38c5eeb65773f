import { expect, it } from 'vitest';
import { ManualClock } from '../../support/clock.ts';
import { ada, ben, service, tokensOf } from './support/service.ts';
import { signedIn, stored } from './support/signedIn.ts';
import { flow } from './support/window.ts';

const now = new ManualClock().now();
const strict = { ...service, allowedWorkspaces: ['workspace-of-others', 'workspace-ada'] };

it('a sign-in to a workspace that is not allowed is revoked, and changes nothing [R70]', async () => {
  const window = await signedIn();
  const { workspaceId, ...withoutWorkspace } = ben;
  for (const identity of [ben, { ...withoutWorkspace, workspaceId: `${workspaceId ?? ''}-more` }, withoutWorkspace]) {
    const tokens = tokensOf(identity, now);
    await expect(window.store.saveSignIn(strict, tokens, flow)).rejects.toMatchObject({ code: 'wrongWorkspace' });
    await window.store.settled();
    expect(window.server.revoked.at(-1)).toBe(tokens.refreshToken);
  }
  expect(window.server.revoked).toHaveLength(3);
  expect(await stored(window)).toEqual([window.account]);
  expect(window.events).toEqual([]);
});

it('a sign-in to an allowed workspace is stored', async () => {
  const { account, store } = await signedIn();
  expect(await store.saveSignIn(strict, tokensOf(ada, now), flow)).toMatchObject({ id: account.id });
});
