import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/base/errors.ts';
import { ManualClock } from '../../support/clock.ts';
import { ada, ben, FakeService, hour, json, pending, service, tokensOf } from './support/service.ts';
import { signedIn, stored } from './support/signedIn.ts';
import { flow, openWindow, storageFolder } from './support/window.ts';

const now = new ManualClock().now();
const another = { ...flow, another: true };

describe('a sign-in that wants another account', () => {
  it('a browser that comes back with an account that is signed in changes nothing, and the sign-in says so', async () => {
    const window = await signedIn();
    const { account, store, events } = window;
    await expect(store.saveSignIn(service, tokensOf(ada, now), another)).rejects.toMatchObject({ code: 'alreadySignedIn' });
    await store.settled();
    expect(await stored(window)).toEqual([account]);
    expect(events).toEqual([]);
  });

  it('another account is stored, and so is another workspace of the same person and the same person at another service', async () => {
    const { store } = await signedIn();
    await store.saveSignIn(service, tokensOf(ben, now), another);
    await store.saveSignIn(service, tokensOf({ ...ada, workspaceId: 'workspace-team' }, now), another);
    await store.saveSignIn({ ...service, issuer: 'https://other.example' }, tokensOf(ada, now), another);
    expect(await store.accounts()).toHaveLength(4);
  });

  it('an account whose session has expired is not signed in: it is revived', async () => {
    const { account, store, server, clock } = await signedIn();
    server.onRefresh(() => json(401, { error: { code: 'refresh_token_invalidated' } }));
    clock.advance(hour);
    await expect(store.credential(account.hash, flow)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await store.saveSignIn(service, tokensOf(ada, clock.now()), another)).toMatchObject({ id: account.id, state: 'ready' });
  });
});

describe('a sign-in that is cancelled when its tokens have come', () => {
  it('the tokens are given back instead of stored, and the name of the workspace is not waited for [R71]', async () => {
    const server = new FakeService();
    const window = openWindow({ folder: storageFolder(), fetch: server.fetch });
    const cancel = new AbortController();
    const asked = Promise.withResolvers<undefined>();
    const name = pending();
    server.onNames(() => {
      asked.resolve(undefined);
      return name.response;
    });
    const tokens = tokensOf(ada, now);
    const saving = window.store.saveSignIn(service, tokens, { ...flow, signal: cancel.signal });
    await asked.promise;
    cancel.abort(new AppError('cancelled'));
    await expect(saving).rejects.toMatchObject({ code: 'cancelled' });
    await window.store.settled();
    expect(server.revoked).toEqual([tokens.refreshToken]);
    expect(await stored(window)).toEqual([]);
    expect(window.events).toEqual([]);
  });

  it('a known account keeps the session that it had', async () => {
    const window = await signedIn();
    const saving = window.store.saveSignIn(service, tokensOf(ada, now), { ...flow, signal: AbortSignal.abort() });
    await expect(saving).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stored(window)).toEqual([window.account]);
  });
});
