import { expect, it } from 'vitest';
import { KeyNotes } from '../../../src/vscode/keyNotes.ts';
import { MemoryState } from './support/memento.ts';

it('notes of keys last as long as the profile, and hold names alone', () => {
  const state = new MemoryState();
  const notes = new KeyNotes(state);
  expect(notes.has('one')).toBe(false);
  notes.add('one');
  notes.add('two');
  expect(['one', 'two', 'three'].map(id => new KeyNotes(state).has(id))).toEqual([true, true, false]);
  expect(state.keys()).toEqual(['keysHad']);
});
