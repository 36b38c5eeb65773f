/** The events of one response, and the ways in which it can end. */

import { randomBytes } from 'node:crypto';
import type { StreamFault } from './contract.ts';

export interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** An event, the end of the connection without one, or nothing more on an open connection. */
export type StreamStep = StreamEvent | 'cut' | 'silence';

export class ResponseEvents {
  readonly #text: string;
  readonly #fault: StreamFault | undefined;
  readonly #response = { id: `resp_${randomBytes(12).toString('base64url')}`, object: 'response' };
  readonly #message = { type: 'message', role: 'assistant', id: `msg_${randomBytes(12).toString('base64url')}` };
  #number = 0;

  constructor(text: string, fault: StreamFault | undefined) {
    this.#text = text;
    this.#fault = fault;
  }

  *steps(): Iterable<StreamStep> {
    const part = { item_id: this.#message.id, output_index: 0, content_index: 0 };
    const output = { type: 'output_text', text: this.#text, annotations: [] };
    const item = { ...this.#message, status: 'completed', content: [output] };
    const words = this.#text.split(/(?<= )/);
    const before = this.#fault ? (this.#fault.after ?? 0) : words.length;
    yield this.#event('response.created', { response: { ...this.#response, status: 'in_progress' } });
    yield this.#event('response.in_progress', { response: { ...this.#response, status: 'in_progress' } });
    yield this.#event('response.output_item.added', { output_index: 0, item: { ...this.#message, status: 'in_progress', content: [] } });
    yield this.#event('response.content_part.added', { ...part, part: { ...output, text: '' } });
    for (const delta of words.slice(0, before)) yield this.#event('response.output_text.delta', { ...part, delta });
    if (this.#fault) {
      yield this.#ending(this.#fault, words.length);
      return;
    }
    yield this.#event('response.output_text.done', { ...part, text: this.#text });
    yield this.#event('response.content_part.done', { ...part, part: output });
    yield this.#event('response.output_item.done', { output_index: 0, item });
    yield this.#event('response.completed', {
      response: { ...this.#response, status: 'completed', output: [], usage: usageOf(words.length) },
    });
  }

  #ending({ stream, code = 'server_error' }: StreamFault, words: number): StreamStep {
    const message = `Ended by order: ${code}.`;
    switch (stream) {
      case 'failed':
        return this.#event('response.failed', { response: { ...this.#response, status: 'failed', error: { code, message } } });
      case 'incomplete': {
        const reason = code === 'server_error' ? 'max_output_tokens' : code;
        const response = { ...this.#response, status: 'incomplete', incomplete_details: { reason }, usage: usageOf(words) };
        return this.#event('response.incomplete', { response });
      }
      case 'error':
        return this.#event('error', { code, message, param: null });
      case 'cut':
      case 'silence':
        return stream;
    }
  }

  #event(type: string, fields: Record<string, unknown>): StreamEvent {
    return { type, sequence_number: this.#number++, ...fields };
  }
}

function usageOf(words: number): Record<string, number> {
  return { input_tokens: words + 10, output_tokens: words, total_tokens: 2 * words + 10 };
}
