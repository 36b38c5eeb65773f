import { expect, it } from 'vitest';
import { newAccount } from '../../../../src/accounts/store/newAccount.ts';
import { fromRow, headerOf, toRow } from '../../../../src/accounts/store/storedAccount.ts';
import { accountId } from '../../../../src/accounts/account.ts';
import { createSealKey, seal, unseal } from '../../../../src/vault/seal.ts';
import { ada, service, tokensOf } from './support/service.ts';

const key = createSealKey();
const account = { ...newAccount(key, 'login-1', service, ada, tokensOf(ada, 0)), label: 'ada@example.com' };

it('the ID of an account is its user and workspace, or the user alone', () => {
  expect(accountId(ada)).toBe('user-ada/workspace-ada');
  expect(accountId({ userId: 'user-ada' })).toBe('user-ada');
});

it('a new account has generation 1, and its row opens to what was stored', () => {
  expect(account).toMatchObject({ generation: 1, state: 'ready', keyId: key.id, id: 'user-ada/workspace-ada' });
  expect(fromRow(key, toRow(key, account))).toEqual(account);
});

it('the mark of a refresh is stored with the account', () => {
  const marked = { ...account, state: 'refreshing' as const, refreshAttempt: { at: 5, times: 2 } };
  expect(fromRow(key, toRow(key, marked))).toEqual(marked);
});

it('a row that was moved to another account, sign-in, generation or state does not open [R41]', () => {
  const row = toRow(key, account);
  for (const change of [{ hash: 'other' }, { login: 'other' }, { generation: 2 }, { state: 'ended' }]) {
    expect(fromRow(key, { ...row, ...change })).toBeUndefined();
  }
});

it.each([
  ['ready', 'ready'],
  ['refreshing', 'asking'],
  ['expired', 'ended'],
  ['signingOut', 'leaving'],
] as const)('the state %s is stored as "%s", as in every earlier version', (state, stored) => {
  const row = toRow(key, { ...account, state });
  expect(row.state).toBe(stored);
  expect(fromRow(key, row)?.state).toBe(state);
});

it('the refresh history is sealed under the names of every earlier version', () => {
  const refusals = { times: 3, at: 6, code: 'account_suspended', lasting: 7, clockOffset: 9 };
  const history = { refreshAttempt: { at: 5, times: 2 }, refusals, waitUntil: 8 };
  const row = toRow(key, { ...account, ...history });
  expect(unseal(key, row, row.sealed)).toMatchObject({ asked: history.refreshAttempt });
  expect(fromRow(key, row)).toEqual({ ...account, ...history });
});

it('an account that goes on by its access token is stored as one that is over, which is how an earlier version reads it', () => {
  const ending = { ...account, state: 'accessOnly' as const, refusalCode: 'account_suspended' };
  const row = toRow(key, ending);
  expect(row.state).toBe('ended');
  expect(fromRow(key, row)).toEqual(ending);
});

it('a record with a state of a newer version does not open', () => {
  const header = { ...headerOf(account), state: 'frozen' };
  const { label, service, identity, tokens } = account;
  const row = { ...header, keyId: key.id, sealed: seal(key, header, { label, service, identity, tokens }) };
  expect(fromRow(key, row)).toBeUndefined();
});

it('sealed content that is no record does not open', () => {
  expect(fromRow(key, { ...toRow(key, account), sealed: seal(key, headerOf(account), 'text') })).toBeUndefined();
});
