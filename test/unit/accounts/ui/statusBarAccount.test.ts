import { describe, expect, it } from 'vitest';
import { StatusBarAccount } from '../../../../src/accounts/ui/statusBarAccount.ts';
import { account } from '../../usage/support/account.ts';
import { MemoryState } from '../../support/memento.ts';

const [ada, ben] = [account({ hash: 'ada' }), account({ hash: 'ben' })];

describe('the account of the status bar', () => {
  it('the first account is shown until the person picks another, which every window of the profile then shows', async () => {
    const state = new MemoryState();
    const choice = new StatusBarAccount(state);
    expect(choice.of([ada, ben])).toBe(ada);
    let heard = 0;
    choice.onDidChange(() => heard++);
    await choice.choose(ben);
    expect(heard).toBe(1);
    for (const window of [choice, new StatusBarAccount(state)]) expect(window.of([ada, ben])).toBe(ben);
  });

  it('the first account is shown while the picked one is gone', async () => {
    const choice = new StatusBarAccount(new MemoryState());
    await choice.choose(ben);
    expect(choice.of([ada])).toBe(ada);
    expect(choice.of([])).toBeUndefined();
    expect(choice.of([ada, ben])).toBe(ben);
  });

  it('a listener that has stopped hears of no picked account', async () => {
    const choice = new StatusBarAccount(new MemoryState());
    let heard = 0;
    choice.onDidChange(() => heard++)();
    await choice.choose(ben);
    expect(heard).toBe(0);
  });
});
