import { describe, expect, it } from 'vitest';
import type { RememberedResponse } from '../../../src/models/reasoningMemory.ts';
import { ReasoningMemory } from '../../../src/models/reasoningMemory.ts';
import { ManualClock } from '../support/clock.ts';

const hour = 3_600_000;
const response = (changes: Partial<RememberedResponse> = {}): RememberedResponse => ({
  reasoning: [{ kind: 'reasoning', id: 'rs_1', encrypted: 'secret' }],
  messages: [],
  callIds: ['call_1', 'call_2'],
  ...changes,
});
const byCall = (...callIds: string[]) => ({ callIds, text: '' });
const byText = (text: string) => ({ callIds: [], text });

describe('the memory of reasoning', () => {
  it('finds a response by any of its calls, for the account and model that it is of [R77]', () => {
    const memory = new ReasoningMemory(new ManualClock());
    memory.remember('ada gpt', response());
    expect(memory.find('ada gpt', byCall('call_2'))).toEqual(response());
    expect(memory.find('ada other', byCall('call_2'))).toBeUndefined();
    expect(memory.find('ada gpt', byCall('call_3'))).toBeUndefined();
  });

  it('finds a response without calls by its whole text', () => {
    const memory = new ReasoningMemory(new ManualClock());
    const said = response({ callIds: [], messages: [{ text: 'One. ' }, { text: 'Two.' }] });
    memory.remember('ada gpt', said);
    expect(memory.find('ada gpt', byText('One. Two.'))).toEqual(said);
    expect(memory.find('ada gpt', byText('One.'))).toBeUndefined();
  });

  it('keeps nothing of a response that has nothing to bring back', () => {
    const memory = new ReasoningMemory(new ManualClock());
    memory.remember('ada gpt', response({ reasoning: [] }));
    expect(memory.find('ada gpt', byCall('call_1'))).toBeUndefined();
  });

  it('forgets what nobody has used for two hours, whatever the time of day is set to', () => {
    const clock = new ManualClock();
    const memory = new ReasoningMemory(clock);
    memory.remember('ada gpt', response());
    clock.set(0);
    clock.advance(1.5 * hour);
    expect(memory.find('ada gpt', byCall('call_1'))).toBeDefined();
    clock.advance(1.5 * hour);
    expect(memory.find('ada gpt', byCall('call_1'))).toBeDefined();
    clock.advance(2 * hour + 1);
    expect(memory.find('ada gpt', byCall('call_1'))).toBeUndefined();
  });

  it('has at most 500 responses and 16 MB, and drops what was used longest ago', () => {
    const memory = new ReasoningMemory(new ManualClock());
    for (let n = 0; n < 501; n++) memory.remember('ada gpt', response({ callIds: [`call_${String(n)}`] }));
    expect([0, 1, 500].map(n => memory.find('ada gpt', byCall(`call_${String(n)}`)) !== undefined)).toEqual([false, true, true]);
    const large = 'x'.repeat(9 * 2 ** 20);
    for (const id of ['a', 'b'])
      memory.remember('ada gpt', response({ callIds: [id], reasoning: [{ kind: 'reasoning', id, encrypted: large }] }));
    expect(['a', 'b'].map(id => memory.find('ada gpt', byCall(id)) !== undefined)).toEqual([false, true]);
  });

  it('forgets the scope that the service could not read, or everything', () => {
    const memory = new ReasoningMemory(new ManualClock());
    memory.remember('ada gpt', response());
    memory.remember('ben gpt', response());
    memory.forget('ada gpt');
    expect(['ada gpt', 'ben gpt'].map(scope => memory.find(scope, byCall('call_1')) !== undefined)).toEqual([false, true]);
    memory.clear();
    expect(memory.find('ben gpt', byCall('call_1'))).toBeUndefined();
  });
});
