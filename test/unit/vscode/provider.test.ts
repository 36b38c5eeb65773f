import { expect, it } from 'vitest';
import type { Accounts } from '../../../src/codex/accounts.ts';
import { ChatGptAuthenticationProvider, sessionScopes } from '../../../src/vscode/provider.ts';
import type { SignIn } from '../../../src/vscode/signIn.ts';
import type { SignOut } from '../../../src/vscode/signOut.ts';
import { Machine, minute, second } from '../usage/support/machine.ts';

it('a session that is handed out is followed by a reading of what its use has cost, and a mere look at the accounts is not', async () => {
  const machine = new Machine();
  const { meter } = await machine.open();
  const provider = new ChatGptAuthenticationProvider({
    accounts: machine.accounts as unknown as Accounts,
    signIn: {} as unknown as SignIn,
    signOut: {} as unknown as SignOut,
    codexCli: () => Promise.reject(new Error('nobody asks for it')),
    meter,
    log: machine.network.log,
  });
  await machine.pass(minute);
  expect(await provider.getSessions(undefined, {})).toHaveLength(1);
  await machine.pass(minute);
  expect(machine.asked).toBe(1);

  expect(await provider.getSessions(sessionScopes, {})).toHaveLength(1);
  await machine.pass(25 * second);
  expect(machine.asked).toBe(1);
  await machine.pass(5 * second);
  expect(machine.asked).toBe(2);
  provider.dispose();
});
