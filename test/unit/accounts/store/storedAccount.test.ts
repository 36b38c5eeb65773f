import { expect, it } from 'vitest';
import { fromRow, headerOf, newAccount, toRow } from '../../../../src/accounts/store/storedAccount.ts';
import { accountId } from '../../../../src/accounts/account.ts';
import { createSealKey, seal, unseal } from '../../../../src/vault/seal.ts';
import { ada, service, tokensOf } from './support/service.ts';

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
  const marked = { ...account, state: 'refreshing' as const, refreshAttempt: { at: 5, times: 2 } };
  expect(fromRow(key, toRow(key, marked))).toEqual(marked);
});

it('a row that was moved to another account, login, generation or state does not open [R41]', () => {
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
] as const)('the state %s is stored as "%s", as every version before has written it', (state, stored) => {
  const row = toRow(key, { ...account, state });
  expect(row.state).toBe(stored);
  expect(fromRow(key, row)?.state).toBe(state);
});

it('the refresh history is sealed under the names that every version before has written', () => {
  const history = { refreshAttempt: { at: 5, times: 2 }, unexplainedRefusals: { since: 4, times: 1 } };
  const row = toRow(key, { ...account, ...history });
  expect(unseal(key, row, row.sealed)).toMatchObject({ asked: history.refreshAttempt, unexplained: history.unexplainedRefusals });
});

it('a record in a state that only a newer version knows does not open', () => {
  const header = { ...headerOf(account), state: 'frozen' };
  const { label, service, identity, tokens } = account;
  const row = { ...header, keyId: key.id, sealed: seal(key, header, { label, service, identity, tokens }) };
  expect(fromRow(key, row)).toBeUndefined();
});

it('what opens but is no record is left alone', () => {
  expect(fromRow(key, { ...toRow(key, account), sealed: seal(key, headerOf(account), 'text') })).toBeUndefined();
});
