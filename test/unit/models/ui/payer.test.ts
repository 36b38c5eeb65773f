import { describe, expect, it } from 'vitest';
import { accountToUse, Payers } from '../../../../src/models/ui/payer.ts';
import { account } from '../../usage/support/account.ts';

const [ada, ben] = [account({ id: 'user-ada' }), account({ id: 'user-ben', hash: 'ben' })];

describe('the account that models are switched on for [R78]', () => {
  it.each([
    ['the only one, where none was ever chosen', [ada], undefined, ada],
    ['the chosen one', [ada, ben], 'user-ben', ben],
    ['one that the person has to choose, where there are several', [ada, ben], undefined, undefined],
    ['one that the person has to choose, where the chosen one is signed out', [ada], 'user-ben', undefined],
    ['nobody’s, where nobody is signed in', [], undefined, undefined],
  ] as const)('is %s', (_, all, wanted, expected) => {
    expect(accountToUse(all, wanted)).toBe(expected);
  });
});

describe('the account that pays [R78]', () => {
  const payerOf = async (accounts: readonly ReturnType<typeof account>[], wanted?: string) => {
    const payers = new Payers({ list: () => Promise.resolve(accounts) }, () => ({ isEnabled: true, account: wanted }));
    return (await payers.find())?.account.id;
  };

  it.each([
    ['user-ben', [ada, ben], 'user-ben'],
    ['user-ada', [ada], undefined],
    [undefined, [ada, ben], undefined],
    [undefined, [ada], 'user-ben'],
    [undefined, [account({ isExpired: true })], undefined],
    [undefined, [account({ capabilities: { usage: { url: 'https://chatgpt.com' } } })], undefined],
  ])('is %s', async (expected, accounts, wanted) => {
    expect(await payerOf(accounts, wanted)).toBe(expected);
  });
});
