import { describe, expect, it } from 'vitest';
import type { ResponsePart } from '../../../../src/models/messages.ts';
import { ResponseReader } from '../../../../src/models/response/parts.ts';
import { callItem, completed, reasoningItem, textEvents } from '../support/models.ts';

function read(events: readonly object[]): { parts: ResponsePart[]; reader: ResponseReader } {
  const reader = new ResponseReader();
  return { parts: events.flatMap(event => reader.read(event as Record<string, unknown>)), reader };
}

describe('the events of a response', () => {
  it('text comes in its pieces, and the usage at the end', () => {
    const { parts, reader } = read(textEvents('Hel', 'lo'));
    expect(parts).toEqual([
      { kind: 'text', text: 'Hel' },
      { kind: 'text', text: 'lo' },
      { kind: 'usage', usage: { input: 100, output: 20, cachedInput: 64, reasoning: 8 } },
    ]);
    expect(reader.isComplete).toBe(true);
  });

  it('a message without pieces is taken whole', () => {
    const events = textEvents('Hello').filter(event => (event as { type: string }).type !== 'response.output_text.delta');
    expect(read(events).parts[0]).toEqual({ kind: 'text', text: 'Hello' });
  });

  it('a refusal is text', () => {
    expect(read([{ type: 'response.refusal.delta', item_id: 'm', delta: 'No.' }]).parts).toEqual([{ kind: 'text', text: 'No.' }]);
  });

  it('a summary of reasoning is thinking, with a blank line between its parts', () => {
    const delta = (text: string) => ({ type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', delta: text });
    const { parts } = read([delta('First.'), { type: 'response.reasoning_summary_part.done', item_id: 'rs_1' }, delta('Second.')]);
    expect(parts.map(part => (part.kind === 'thinking' ? part.text : part.kind)).join('')).toBe('First.\n\nSecond.');
  });

  it('calls and reasoning are remembered', () => {
    const { parts, reader } = read([reasoningItem(), callItem('call_1'), callItem('call_2', 'now', 'not json'), completed]);
    expect(parts.slice(0, 3)).toEqual([
      { kind: 'reasoning', id: 'rs_1', encrypted: 'encrypted rs_1' },
      { kind: 'call', callId: 'call_1', name: 'read_file', input: { path: 'a.ts' } },
      { kind: 'call', callId: 'call_2', name: 'now', input: {} },
    ]);
    expect(reader.remembered).toEqual({
      reasoning: [{ kind: 'reasoning', id: 'rs_1', encrypted: 'encrypted rs_1' }],
      messages: [],
      callIds: ['call_1', 'call_2'],
    });
  });

  it.each([
    [{ type: 'response.failed', response: { error: { code: 'rate_limit_exceeded' } } }, 'busy'],
    [{ type: 'response.failed', response: { error: { code: 'context_length_exceeded' } } }, 'tooLong'],
    [{ type: 'response.failed', response: { error: { code: 'a_word_of_next_year' } } }, 'unavailable'],
    [{ type: 'error', code: 'server_is_overloaded' }, 'unavailable'],
    [{ type: 'error', error: { type: 'usage_limit_reached', resets_at: 1_795_708_800 } }, 'limitReached'],
    [{ type: 'response.incomplete', response: { incomplete_details: { reason: 'content_filter' } } }, 'filtered'],
  ])('%j ends the response with %s', (event, code) => {
    expect(() => read([event])).toThrow(expect.objectContaining({ code }));
  });

  it('a response that reached its output limit is complete', () => {
    const { reader } = read([{ type: 'response.incomplete', response: { incomplete_details: { reason: 'max_output_tokens' } } }]);
    expect(reader.isComplete).toBe(true);
  });
});
