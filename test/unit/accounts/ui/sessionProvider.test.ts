import { describe, expect, it } from 'vitest';
import { SessionProvider, sessionScopes } from '../../../../src/accounts/ui/sessionProvider.ts';
import { chatGptProviderId } from '../../../../src/accounts/account.ts';
import { account } from '../../usage/support/account.ts';
import { registry, registryOf, TestSource } from '../support/registry.ts';
import { signedIn } from '../store/support/signedIn.ts';
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
  const { store, clock, server, account } = await signedIn();
  const log = new MemoryLog();
  const accounts = registryOf(store, { clock, log });
  const provider = new SessionProvider({ id: chatGptProviderId, scopes: sessionScopes, accounts, log });
  const session = async () => (await provider.getSessions(sessionScopes, {}))[0];
  const report = async () => {
    const { id, accessToken } = (await session()) ?? {};
    await accounts.reportRefused(id ?? '', accessToken ?? '', 'ab12');
  };
  return { provider, accounts, clock, server, account, session, report };
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
});
