import { describe, expect, it } from 'vitest';
import { MementoSealKeyHistory } from '../../../../src/accounts/ui/sealKeyHistory.ts';
import { MemoryState } from '../../support/memento.ts';

describe('the history of seal keys', () => {
  it('the history lasts as long as the profile, and has IDs alone', () => {
    const state = new MemoryState();
    const history = new MementoSealKeyHistory(state);
    expect(history.has('one')).toBe(false);
    history.add('one');
    history.add('two');
    expect(['one', 'two', 'three'].map(id => new MementoSealKeyHistory(state).has(id))).toEqual([true, true, false]);
    expect(state.keys()).toEqual(['keysHad']);
  });

  it('the history of a window lacks a key that another window created later, as its secret store has lost nothing', () => {
    const state = new MemoryState();
    const earlier = new MementoSealKeyHistory(state);
    new MementoSealKeyHistory(state).add('one');
    expect(earlier.has('one')).toBe(false);
  });

  it('the history has each key once, whichever windows have seen it', () => {
    const state = new MemoryState();
    const windows = [new MementoSealKeyHistory(state), new MementoSealKeyHistory(state)];
    for (const id of ['one', 'two']) for (const history of windows) history.add(id);
    expect(state.get('keysHad')).toEqual(['one', 'two']);
  });
});
