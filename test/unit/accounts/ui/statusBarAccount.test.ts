import { describe, expect, it } from 'vitest';
import { StatusBarAccount } from '../../../../src/accounts/ui/statusBarAccount.ts';
import { account } from '../../usage/support/account.ts';
import { MemoryState } from '../../support/memento.ts';

const [ada, ben] = [account({ hash: 'ada' }), account({ hash: 'ben' })];

describe('the account of the status bar', () => {
  it('is the first one until the person picks another, and that one in every window of the profile', async () => {
    const state = new MemoryState();
    const choice = new StatusBarAccount(state);
    expect(choice.of([ada, ben])).toBe(ada);
    let told = 0;
    choice.onDidChange(() => told++);
    await choice.choose(ben);
    expect(told).toBe(1);
    for (const window of [choice, new StatusBarAccount(state)]) expect(window.of([ada, ben])).toBe(ben);
  });

  it('is the first one again while the one that was picked is gone', async () => {
    const choice = new StatusBarAccount(new MemoryState());
    await choice.choose(ben);
    expect(choice.of([ada])).toBe(ada);
    expect(choice.of([])).toBeUndefined();
    expect(choice.of([ada, ben])).toBe(ben);
  });

  it('is told to nobody who has stopped listening', async () => {
    const choice = new StatusBarAccount(new MemoryState());
    let told = 0;
    choice.onDidChange(() => told++)();
    await choice.choose(ben);
    expect(told).toBe(0);
  });
});
