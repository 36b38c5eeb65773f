import { describe, expect, it } from 'vitest';
import type { SaveOptions } from '../../../../src/accounts/store/saveSignIn.ts';
import type { Claims } from '../../../../src/oauth/claims.ts';
import { jwt } from '../../support/jwt.ts';
import { ada, hour, rotated, service, tokensOf } from './support/service.ts';
import { signedIn, stored } from './support/signedIn.ts';
import { flow } from './support/window.ts';

const auth = 'https://api.openai.com/auth';
const [sub, email] = ['auth0|EX', 'a@example.invalid'];
const whole = { sub, email, [auth]: { chatgpt_user_id: 'user-EX', chatgpt_account_id: 'ws-EX', chatgpt_plan_type: 'plus' } };
const withoutAccountId = { sub, email, [auth]: { user_id: 'user-EX', poid: 'org-EX' } };
const withoutAuth = { sub, email };
const withoutSub = { email, [auth]: whole[auth] };
const userAlone = { [auth]: { user_id: 'user-EX' } };

/** Signs in with the first claims, and refreshes with each of the others. */
async function claimsInTurn(first: Claims, ...others: Claims[]) {
  const window = await signedIn();
  const { store, clock, server, account: present } = window;
  await store.disconnect(present.hash, flow);
  server.requests.length = 0;
  const account = await store.saveSignIn(service, { ...tokensOf(ada, clock.now()), idToken: jwt(first) }, flow);
  let now = account;
  for (const claims of others) {
    clock.advance(hour);
    server.onRefresh(() => rotated(ada, { id_token: jwt(claims) }));
    now = await store.credential(account.hash, flow);
  }
  return { ...window, account, now };
}

describe('the claims of a refreshed id_token', () => {
  it.each<[string, Claims[]]>([
    ['loses account id and plan', [whole, withoutAccountId]],
    ['gains the account id', [withoutAccountId, whole]],
    ['loses the whole auth object', [whole, withoutAuth]],
    ['gains the whole auth object', [withoutAuth, whole]],
    ['loses sub', [whole, withoutSub]],
    ['gains sub', [withoutSub, whole]],
    ['loses everything but the user id', [whole, userAlone]],
    ['gains everything but the user id', [userAlone, whole]],
    ['loses every claim', [whole, {}, whole]],
    ['changes all the time', [whole, withoutAuth, userAlone, {}, withoutSub, withoutAccountId, whole]],
    ['has claims of other types', [whole, { sub: 5, [auth]: { chatgpt_user_id: null, chatgpt_account_id: [] } }, whole]],
  ])('a person whose id_token %s is the same account all along', async (_what, claims) => {
    const { account, now, server, store } = await claimsInTurn(...(claims as [Claims]));
    expect(now).toMatchObject({ hash: account.hash, id: account.id, label: account.label, state: 'ready', generation: claims.length });
    expect(now.identity).toMatchObject({ ...account.identity, userId: account.identity.userId });
    expect(server.revoked).toEqual([]);
    expect(await store.accounts()).toEqual([now]);
  });

  it('a workspace that is learnt is used, while the account keeps the id of its sessions, in an earlier version as well', async () => {
    const window = await claimsInTurn(withoutAccountId, whole);
    expect(window.account.id).toBe('user-EX');
    expect(window.now).toMatchObject({ id: 'user-EX', identity: { userId: 'user-EX', workspaceId: 'ws-EX', plan: 'plus' } });
    expect(await stored(window.another())).toEqual([window.now]);
  });

  it.each<[string, Claims[]]>([
    ['sub', [whole, { ...whole, sub: 'auth0|OTHER' }]],
    ['sub, after an id_token without one', [whole, userAlone, { ...withoutAuth, sub: 'auth0|OTHER' }]],
    ['user id, without sub', [withoutSub, { [auth]: { chatgpt_user_id: 'user-OTHER' } }]],
    ['user id, after an id_token that has sub alone', [whole, withoutAuth, { [auth]: { user_id: 'user-OTHER' } }]],
    ['account id', [whole, { ...whole, [auth]: { ...whole[auth], chatgpt_account_id: 'ws-OTHER' } }]],
    ['account id, after it was learnt', [withoutAccountId, whole, { ...whole, [auth]: { chatgpt_account_id: 'ws-OTHER' } }]],
  ])('another value of the %s is another account', async (_what, claims) => {
    await expect(claimsInTurn(...(claims as [Claims]))).rejects.toMatchObject({ code: 'signedOut' });
  });
});

describe('the claims of the id_token of another sign-in', () => {
  /** Signs in, refreshes and signs in again, with the claims of each in turn. */
  async function signInAgain(first: Claims, ...[refreshed, ...others]: Claims[]) {
    const window = await claimsInTurn(first, ...(refreshed ? [refreshed] : []));
    let again = window.now;
    for (const claims of others) {
      const tokens = { ...tokensOf(ada, window.clock.now()), idToken: jwt(claims) };
      again = await window.store.saveSignIn(service, tokens, { ...flow, wanted: window.account.id });
    }
    await window.store.settled();
    return { ...window, again };
  }

  it.each<[string, Claims[]]>([
    ['gains the account id', [withoutAccountId, withoutAccountId, whole]],
    ['has the account id that was learnt', [withoutAccountId, whole, whole]],
    ['loses account id and plan', [whole, whole, withoutAccountId]],
    ['loses the whole auth object', [whole, whole, withoutAuth]],
    ['gains the whole auth object', [withoutAuth, withoutAuth, whole]],
    ['loses sub', [whole, whole, withoutSub]],
    ['has lost sub before', [whole, withoutSub, withoutAuth]],
    ['loses everything and gets it again', [whole, whole, withoutAuth, userAlone, withoutSub, whole]],
  ])('an account whose id_token %s is signed in to again, wanted or not', async (_what, claims) => {
    const { account, again, server, store, clock, another } = await signInAgain(...(claims as [Claims]));
    const same = { hash: account.hash, id: account.id, label: account.label, state: 'ready' };
    expect(again).toMatchObject(same);
    expect(again.identity).toMatchObject({ userId: account.identity.userId, email });
    const tokens = { ...tokensOf(ada, clock.now()), idToken: jwt(claims.at(-1) ?? {}) };
    const unasked = await store.saveSignIn(service, tokens, flow);
    await expect(store.saveSignIn(service, { ...tokens, refreshToken: 'other' }, { ...flow, another: true })).rejects.toMatchObject({
      code: 'alreadySignedIn',
    });
    await store.settled();
    expect(unasked).toMatchObject(same);
    expect(await stored(another())).toEqual([unasked]);
    expect(server.revoked).toEqual([]);
  });

  it.each<[string, Claims]>([
    ['another sub', { ...whole, sub: 'auth0|OTHER', [auth]: { ...whole[auth], chatgpt_user_id: 'user-OTHER' } }],
    ['another user id, without sub', { [auth]: { chatgpt_user_id: 'user-OTHER' } }],
    ['another account id', { ...whole, [auth]: { ...whole[auth], chatgpt_account_id: 'ws-OTHER' } }],
  ])('an id_token with %s is another account', async (_what, claims) => {
    await expect(signInAgain(whole, whole, claims)).rejects.toMatchObject({ code: 'wrongAccount' });
    const { store, now, clock } = await claimsInTurn(whole);
    await store.saveSignIn(service, { ...tokensOf(ada, clock.now()), idToken: jwt(claims) }, flow);
    expect(await store.accounts()).toHaveLength(2);
    expect(await store.accounts()).toContainEqual(now);
  });

  it('an id_token with nothing in common with an account is another account: no refresh token says whose it is', async () => {
    const { store, clock } = await claimsInTurn(withoutAuth);
    await store.saveSignIn(service, { ...tokensOf(ada, clock.now()), idToken: jwt(userAlone) }, flow);
    expect(await store.accounts()).toHaveLength(2);
  });

  it('of two workspaces of one person, an id_token without one is that of the wanted one, and otherwise replaces neither', async () => {
    const team = { ...whole, [auth]: { ...whole[auth], chatgpt_account_id: 'ws-TEAM' } };
    const { store, clock, account } = await claimsInTurn(whole);
    const signIn = (claims: Claims, options: SaveOptions) =>
      store.saveSignIn(service, { ...tokensOf(ada, clock.now()), idToken: jwt(claims) }, options);
    const second = await signIn(team, { ...flow, another: true });
    expect(await store.accounts()).toEqual(expect.arrayContaining([account, second]));
    const again = await signIn(withoutAccountId, { ...flow, wanted: second.id });
    expect(again).toMatchObject({ id: second.id, identity: { workspaceId: 'ws-TEAM' } });
    await signIn(withoutAccountId, flow);
    expect(await store.accounts()).toEqual(expect.arrayContaining([account, again]));
    expect(await store.accounts()).toHaveLength(3);
  });
});
