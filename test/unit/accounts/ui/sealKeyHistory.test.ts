import { describe, expect, it } from 'vitest';
import { MementoSealKeyHistory } from '../../../../src/accounts/ui/sealKeyHistory.ts';
import { MemoryState } from '../../support/memento.ts';

describe('notes of keys', () => {
  it('last as long as the profile, and hold names alone', () => {
    const state = new MemoryState();
    const notes = new MementoSealKeyHistory(state);
    expect(notes.has('one')).toBe(false);
    notes.add('one');
    notes.add('two');
    expect(['one', 'two', 'three'].map(id => new MementoSealKeyHistory(state).has(id))).toEqual([true, true, false]);
    expect(state.keys()).toEqual(['keysHad']);
  });

  it('do not count in a window that was open before another one made the key: its store has lost nothing', () => {
    const state = new MemoryState();
    const openBefore = new MementoSealKeyHistory(state);
    new MementoSealKeyHistory(state).add('one');
    expect(openBefore.has('one')).toBe(false);
  });

  it('name each key once, whichever windows have seen it', () => {
    const state = new MemoryState();
    const windows = [new MementoSealKeyHistory(state), new MementoSealKeyHistory(state)];
    for (const id of ['one', 'two']) for (const notes of windows) notes.add(id);
    expect(state.get('keysHad')).toEqual(['one', 'two']);
  });
});
