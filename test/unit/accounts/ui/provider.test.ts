import { describe, expect, it } from 'vitest';
import type { Accounts } from '../../../../src/accounts/accounts.ts';
import { ChatGptAuthenticationProvider, sessionScopes } from '../../../../src/accounts/ui/provider.ts';
import type { SignIn } from '../../../../src/accounts/ui/signIn/signIn.ts';
import type { SignOut } from '../../../../src/accounts/ui/signOut.ts';
import { signedIn } from '../store/support/signedIn.ts';
import { MemoryLog } from '../../support/log.ts';
import { Machine, minute, second } from '../../usage/support/machine.ts';

it('a session that is handed out is followed by a reading of what its use has cost, and a mere look at the accounts is not', async () => {
  const machine = new Machine();
  const { usageService } = await machine.open();
  const provider = new ChatGptAuthenticationProvider({
    accounts: machine.accounts as unknown as Accounts,
    signIn: {} as unknown as SignIn,
    signOut: {} as unknown as SignOut,
    codexCli: () => Promise.reject(new Error('nobody asks for it')),
    usageService,
    clock: machine.clock,
    log: machine.network.log,
  });
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
  const { store, clock, server, account } = await signedIn();
  const provider = new ChatGptAuthenticationProvider({
    accounts: store as unknown as Accounts,
    signIn: {} as unknown as SignIn,
    signOut: {} as unknown as SignOut,
    codexCli: () => Promise.reject(new Error('nobody asks for it')),

    usageService: { onSessionHandedOut: () => undefined },
    clock,
    log: new MemoryLog(),
  });
  const session = async () => (await provider.getSessions(sessionScopes, {}))[0];
  const report = async () => {
    const { id, accessToken } = (await session()) ?? {};
    await provider.renewRefused(id, accessToken);
  };
  return { provider, clock, server, account, session, report };
}

it('a session holds the access token and who it is of, and no other token [R38]', async () => {
  const { provider, account, session } = await withProvider();
  const { tokens } = account;
  expect(await session()).toEqual({
    id: account.id,
    accessToken: tokens.accessToken,
    account: { id: account.id, label: account.label },
    scopes: sessionScopes,
  });
  const told = JSON.stringify([await provider.getSessions(undefined, {}), await provider.getSessions(sessionScopes, {})]);
  for (const secret of [tokens.refreshToken, tokens.idToken]) expect(told).not.toContain(secret);
});

describe('a token that another extension says was refused', () => {
  it('is renewed at once where it came with the sign-in, and afterwards no more often than once a minute [R39]', async () => {
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

  it('is left alone when the account has another by now, or the words mean nothing [R39]', async () => {
    const { provider, clock, server, session, report } = await withProvider();
    const old = await session();
    await report();
    clock.advance(minute);
    for (const [id, token] of [[old?.id, old?.accessToken], [old?.id], [undefined, old?.accessToken], [{}, []]]) {
      await provider.renewRefused(id, token);
    }
    expect(server.refreshed).toHaveLength(1);
  });
});
