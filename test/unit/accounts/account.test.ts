import { expect, it } from 'vitest';
import { accountId, fromRow, newAccount, toRow } from '../../../src/accounts/account.ts';
import { createSealKey, seal } from '../../../src/vault/seal.ts';
import { ada, service, tokensOf } from './store/support/service.ts';

const key = createSealKey();
const account = newAccount(key, 'login-1', 'ada@example.com', service, ada, tokensOf(ada, 0));

it('an account is named by user and workspace, or by the user alone', () => {
  expect(accountId(ada)).toBe('user-ada/workspace-ada');
  expect(accountId({ userId: 'user-ada' })).toBe('user-ada');
});

it('a sign-in begins at the first generation, and comes out of its row as it went in', () => {
  expect(account).toMatchObject({ generation: 1, state: 'ready', keyId: key.id, id: 'user-ada/workspace-ada' });
  expect(fromRow(key, toRow(key, account))).toEqual(account);
});

it('the mark of a refresh under way is kept with the account', () => {
  const marked = { ...account, state: 'asking' as const, asked: { at: 5, times: 2 } };
  expect(fromRow(key, toRow(key, marked))).toEqual(marked);
});

it('a row that was moved to another account, login, generation or state does not open [R41]', () => {
  const row = toRow(key, account);
  for (const change of [{ hash: 'other' }, { login: 'other' }, { generation: 2 }, { state: 'ended' }]) {
    expect(fromRow(key, { ...row, ...change })).toBeUndefined();
  }
});

it('what opens but is no record is left alone', () => {
  expect(fromRow(key, { ...toRow(key, account), sealed: seal(key, account, 'text') })).toBeUndefined();
});
