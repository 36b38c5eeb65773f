import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/base/errors.ts';
import { SessionProvider, sessionScopes } from '../../../../src/accounts/ui/sessionProvider.ts';
import { chatGptProviderId } from '../../../../src/accounts/account.ts';
import { account } from '../../usage/support/account.ts';
import { day } from '../../../../src/base/duration.ts';
import { Accounts } from '../../../../src/accounts/accounts.ts';
import { ManualClock } from '../../support/clock.ts';
import type { TestAccount } from '../../usage/support/account.ts';
import { noActions, registry, registryOf, TestSource } from '../support/registry.ts';
import { ada as identityOfAda, ben, hour, json, networkFault, pending, rotated, service, tokensOf } from '../store/support/service.ts';
import { signedIn, stored } from '../store/support/signedIn.ts';
import { flow } from '../store/support/window.ts';
import { MemoryLog } from '../../support/log.ts';
import { Machine, minute, second } from '../../usage/support/machine.ts';

it('a session that is handed out causes a usage request, and a request for the accounts alone does not', async () => {
  const machine = new Machine();
  const { usageService } = await machine.open();
  const source = new TestSource(account());
  const accounts = registry(machine.network.log, source);
  accounts.onDidHandOut(({ hash }) => {
    usageService.onSessionHandedOut(hash);
  });
  const provider = new SessionProvider({ id: chatGptProviderId, scopes: sessionScopes, accounts, log: machine.network.log });
  await machine.pass(minute);
  expect(await provider.getSessions(undefined, {})).toHaveLength(1);
  await machine.pass(minute);
  expect(machine.requests).toBe(1);

  expect(await provider.getSessions(sessionScopes, {})).toHaveLength(1);
  await machine.pass(25 * second);
  expect(machine.requests).toBe(1);
  await machine.pass(5 * second);
  expect(machine.requests).toBe(2);
  provider.dispose();
});

async function withProvider() {
  const window = await signedIn();
  const { store, clock, log } = window;
  const accounts = registryOf(store, { clock, log });
  const provider = new SessionProvider({ id: chatGptProviderId, scopes: sessionScopes, accounts, log });
  const session = async () => (await provider.getSessions(sessionScopes, {}))[0];
  const report = async () => {
    const { id, accessToken } = (await session()) ?? {};
    return accounts.reportRefused(id ?? '', accessToken ?? '', 'ab12');
  };
  return { ...window, provider, accounts, session, report };
}

it('a session has the access token and its account, and no other token [R38]', async () => {
  const { provider, account, session } = await withProvider();
  const { tokens } = account;
  expect(await session()).toEqual({
    id: account.id,
    accessToken: tokens.accessToken,
    account: { id: account.id, label: account.label },
    scopes: sessionScopes,
  });
  const sessions = JSON.stringify([await provider.getSessions(undefined, {}), await provider.getSessions(sessionScopes, {})]);
  for (const secret of [tokens.refreshToken, tokens.idToken]) expect(sessions).not.toContain(secret);
});

describe('an access token that another extension reports as refused', () => {
  it('a refused access token is refreshed at once if it came with the sign-in, and then at most once a minute [R39]', async () => {
    const { server, clock, session, report } = await withProvider();
    const first = await session();
    await report();
    expect(server.refreshed).toHaveLength(1);
    expect((await session())?.accessToken).not.toBe(first?.accessToken);

    await report();
    clock.advance(minute - 1);
    await report();
    expect(server.refreshed).toHaveLength(1);
    clock.advance(1);
    await report();
    expect(server.refreshed).toHaveLength(2);
  });

  it('a report with an old access token or with empty values refreshes nothing [R39]', async () => {
    const { accounts, clock, server, session, report } = await withProvider();
    const old = await session();
    await report();
    clock.advance(minute);
    for (const [id, token] of [
      [old?.id, old?.accessToken],
      [old?.id, ''],
      ['', old?.accessToken],
    ]) {
      await accounts.reportRefused(id ?? '', token ?? '', 'ab12');
    }
    expect(server.refreshed).toHaveLength(1);
  });

  it('after the clock was put back, a refused token is refreshed all the same', async () => {
    const { accounts, account: ada, server, clock, session, report } = await withProvider();
    expect(await report()).toBe('refreshed');
    const { accessToken } = (await session()) ?? {};
    clock.set(clock.now() - 40 * day);
    expect(await accounts.reportRefused(ada.id, accessToken ?? '', 'ab12')).toBe('refreshed');
    expect(server.refreshed).toHaveLength(2);
  });

  it('the extension is told what came of its report', async () => {
    const { accounts, clock, server, store, account: ada, session, report } = await withProvider();
    const first = await session();
    server.onRefresh(() => json(503, {}));
    expect(await report()).toBe('offline');
    clock.advance(hour / 2);
    server.onRefresh(() => rotated(identityOfAda));
    expect(await report()).toBe('refreshed');
    expect(await accounts.reportRefused(ada.id, first?.accessToken ?? '', 'ab12')).toBe('refreshed');
    // A moment later, age is not why a token is refused.
    expect(await report()).toBe('unchanged');
    expect(await accounts.reportRefused('user-nobody', 'access', 'ab12')).toBe('over');
    const { accessToken } = (await session()) ?? {};
    await store.disconnect(ada.hash, flow);
    expect(await accounts.reportRefused(ada.id, accessToken ?? '', 'ab12')).toBe('over');
  });

  it('a session that the service has ended is reported as over, at once and afterwards', async () => {
    const window = await withProvider();
    const { accounts, server, account: ada, session, report } = window;
    server.onRefresh(() => json(401, { error: { code: 'refresh_token_invalidated' } }));
    expect(await report()).toBe('over');
    expect(await accounts.reportRefused(ada.id, ada.tokens.accessToken, 'ab12')).toBe('over');
    expect(server.refreshed).toHaveLength(1);
    expect(await session()).toBeUndefined();
    expect(await stored(window)).toMatchObject([{ state: 'expired' }]);
  });

  it('a session that is no longer refreshed is handed out until its token is refused: then it is left out at once, in every window', async () => {
    const window = await withProvider();
    const { accounts, provider, server, clock, account: ada, session, report } = window;
    server.onRefresh(() => rotated(identityOfAda, { expires_in: 1200 }));
    expect(await report()).toBe('refreshed');
    const before = await session();
    clock.advance(16 * minute);
    server.onRefresh(() => json(401, { error: { code: 'refresh_token_invalidated' } }));
    expect(await session()).toEqual(before);
    expect(await stored(window)).toMatchObject([{ state: 'accessOnly' }]);
    // A report of a token from before ends nothing.
    expect(await accounts.reportRefused(ada.id, ada.tokens.accessToken, 'ab12')).toBe('refreshed');
    expect(await session()).toEqual(before);
    expect(await report()).toBe('over');
    expect(await session()).toBeUndefined();
    expect(await provider.getSessions(sessionScopes, { account: { id: ada.id, label: ada.label } })).toEqual([]);
    expect(await window.another(clock).store.accounts()).toMatchObject([{ state: 'expired' }]);
    expect(server.refreshed).toHaveLength(2);
  });
});

describe('the sessions of two accounts, one of which is in trouble', () => {
  /** Ada's access token has expired and Ben's is fresh; a refresh gets this response. */
  async function withTwo(onRefresh: () => Response | Promise<Response>) {
    const { store, clock, server, account: ada } = await signedIn();
    clock.advance(hour);
    const other = await store.saveSignIn(service, tokensOf(ben, clock.now()), flow);
    server.onRefresh(onRefresh);
    const log = new MemoryLog();
    const accounts = registryOf(store, { clock, log });
    const provider = new SessionProvider({ id: chatGptProviderId, scopes: sessionScopes, accounts, log });
    const labels = async () => (await provider.getSessions(sessionScopes, {})).map(each => each.account.label);
    const of = ({ id, label }: { id: string; label: string }) => provider.getSessions(sessionScopes, { account: { id, label } });
    return { accounts, provider, store, clock, server, ada, ben: other, labels, of };
  }

  /** Lets the time pass that a first caller waits. */
  async function afterWait<T>(clock: { untilSleeping(ms: number): Promise<void>; advance(ms: number): void }, result: Promise<T>) {
    await clock.untilSleeping(5 * second);
    clock.advance(5 * second);
    return result;
  }

  const passing: [string, () => Response | Promise<Response>][] = [
    ['responds with 503', () => json(503, {})],
    ['refuses for now', () => json(429, { error: { code: 'rate_limited' } })],
    ['sends a page', () => new Response('<html>', { status: 403, headers: { 'content-type': 'text/html' } })],
  ];
  it.each(passing)('an account keeps its place and its token while the service %s', async (_, response) => {
    const { provider, ada, ben: other, of } = await withTwo(response);
    const sessions = await provider.getSessions(sessionScopes, {});
    expect(sessions.map(({ id, accessToken }) => [id, accessToken])).toEqual([
      [ada.id, ada.tokens.accessToken],
      [other.id, other.tokens.accessToken],
    ]);
    await expect(of(ada)).rejects.toMatchObject({ name: 'Offline' });
    expect(await of(other)).toHaveLength(1);
  });

  it('an account whose session is over is left out', async () => {
    const { ben: other, labels } = await withTwo(() => json(401, { error: { code: 'refresh_token_invalidated' } }));
    expect(await labels()).toEqual([other.label]);
  });

  it('an account of a workspace that is not allowed any more is not handed out, is said why, and is otherwise left alone [R70]', async () => {
    const { store, clock, server, account: ada } = await signedIn();
    const other = await store.saveSignIn(service, tokensOf(ben, clock.now()), flow);
    const allowed: string[] = [];
    const log = new MemoryLog();
    const accounts = registryOf(store, { clock, log }, allowed);
    const provider = new SessionProvider({ id: chatGptProviderId, scopes: sessionScopes, accounts, log });
    const ids = async () => (await provider.getSessions(sessionScopes, {})).map(({ id }) => id);
    expect(await ids()).toEqual([ada.id, other.id]);
    allowed.push('workspace-ben');
    expect(await ids()).toEqual([other.id]);
    const message = expect.stringContaining('is not allowed by the setting chatgptSignIn.allowedWorkspace') as string;
    const { id, label } = ada;
    await expect(provider.getSessions(sessionScopes, { account: { id, label } })).rejects.toMatchObject({ message });
    expect(await provider.getSessions(undefined, {})).toHaveLength(2);
    expect(server.revoked).toEqual([]);
    allowed.pop();
    expect(await ids()).toEqual([ada.id, other.id]);
  });

  it('with no account left, the trouble is thrown', async () => {
    const { store, ben: other, labels } = await withTwo(() => json(503, {}));
    await store.disconnect(other.hash, flow);
    await expect(labels()).rejects.toMatchObject({ name: 'Offline', code: 'serviceUnavailable' });
  });

  it('a service that does not respond is waited for once, and by nobody who asks for the other account', async () => {
    const { clock, server, ada, ben: other, labels, of } = await withTwo(() => pending().response);
    const first = labels();
    await server.untilRequested(1);
    expect(await of(other)).toHaveLength(1);
    expect(await afterWait(clock, first)).toEqual([ada.label, other.label]);
    const before = clock.now();
    expect(await labels()).toEqual([ada.label, other.label]);
    await expect(of(ada)).rejects.toMatchObject({ name: 'Offline', code: 'noAnswer' });
    expect(clock.now()).toBe(before);
    expect(server.refreshed).toHaveLength(1);
  });

  it('a network that fails is waited for once, and a valid token needs no wait at all', async () => {
    const { clock, ada, ben: other, labels, of } = await withTwo(() => networkFault('ENOTFOUND'));
    await afterWait(clock, labels());
    expect(await labels()).toEqual([ada.label, other.label]);
    // Ben's token is due for a refresh, and valid for three minutes more.
    clock.advance(hour - 3 * minute);
    const before = clock.now();
    expect(await of(other)).toHaveLength(1);
    expect(clock.now()).toBe(before);
  });

  it('an account whose trouble has passed gets a token at once', async () => {
    const late = pending();
    const { clock, ada, labels, of } = await withTwo(() => late.response);
    await afterWait(clock, labels());
    late.respond(rotated(identityOfAda));
    await expect.poll(async () => (await of(ada).catch(() => []))[0]?.accessToken).toMatch(/^access-/);
    expect((await of(ada))[0]?.accessToken).not.toBe(ada.tokens.accessToken);
  });
});

describe('accounts that cannot be read', () => {
  class UnreadableSource extends TestSource {
    problem: AppError | undefined = new AppError('secretStoreUnavailable', { cause: new Error('at /home/ada/keyring') });
  }

  function withUnreadable(...known: Parameters<typeof account>) {
    const log = new MemoryLog();
    const accounts = registry(log, new UnreadableSource(...known.map(each => account(each))));
    return new SessionProvider({ id: chatGptProviderId, scopes: sessionScopes, accounts, log });
  }

  it('what cannot be read is an error, never an empty list, which VS Code would take for signed out', async () => {
    const provider = withUnreadable();
    for (const scopes of [undefined, sessionScopes]) {
      for (const options of [{}, { account: { id: 'user-ada', label: 'ada' } }]) {
        await expect(provider.getSessions(scopes, options)).rejects.toMatchObject({ name: 'Offline', code: 'secretStoreUnavailable' });
      }
    }
  });

  it('accounts that were read before are served from memory', async () => {
    const provider = withUnreadable({});
    expect(await provider.getSessions(undefined, {})).toHaveLength(1);
    expect(await provider.getSessions(sessionScopes, {})).toHaveLength(1);
  });

  it('an error for other extensions has our message and its code, and nothing of its cause', async () => {
    const provider = withUnreadable();
    const error: unknown = await provider.getSessions(sessionScopes, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toMatch(/secret storage/);
    expect((error as Error).cause).toBeUndefined();
  });
});

describe('a sign-in for another extension', () => {
  function withSignIn(signIn: () => Promise<TestAccount>, source = new TestSource(account())) {
    const log = new MemoryLog();
    const accounts = new Accounts(log, new ManualClock());
    accounts.register(source, { ...noActions, signIn });
    const provider = new SessionProvider({ id: chatGptProviderId, scopes: sessionScopes, accounts, log });
    return provider.createSession(sessionScopes, {});
  }

  it.each([
    ['cancelled', { name: 'Canceled' }],
    ['wrongAccount', { name: 'SignInFailed', code: 'wrongAccount' }],
    ['offline', { name: 'SignInFailed', code: 'offline' }],
  ] as const)('a sign-in that ends in "%s" rejects with a known name', async (code, expected) => {
    await expect(withSignIn(() => Promise.reject(new AppError(code)))).rejects.toMatchObject(expected);
  });

  it('anything else that is thrown rejects with a known name too', async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- What another rejects with.
    await expect(withSignIn(() => Promise.reject('a bare string'))).rejects.toMatchObject({ name: 'SignInFailed', code: 'unexpected' });
  });

  it('a sign-in whose token cannot be read afterwards rejects as one without a token for now', async () => {
    const source = new TestSource();
    source.credential = () => Promise.reject(new AppError('vaultLocked'));
    await expect(withSignIn(() => Promise.resolve(account()), source)).rejects.toMatchObject({ name: 'Offline', code: 'vaultLocked' });
  });
});
