/** The events of one response, and the ways in which it can end. */

import { randomBytes } from 'node:crypto';
import type { ResponseScript, ScriptedItem, StreamFault } from './contract.ts';

export interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** An event, the end of the connection without one, or nothing more on an open connection. */
export type StreamStep = StreamEvent | 'cut' | 'silence';

export type OutputItem = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

export interface ResponseOptions {
  readonly script: ResponseScript;
  readonly fault: StreamFault | undefined;
  readonly model: string;
  readonly inputTokens: number;
  /** Whether reasoning comes with its content, which is encrypted. */
  readonly withReasoning: boolean;
  /** An event with the limits. */
  readonly limits: Record<string, unknown> | undefined;
  /** Called with the items before the response is completed. */
  readonly onComplete: (output: readonly OutputItem[]) => void;
}

/** An item with the events between its beginning and its end. */
interface Piece {
  readonly item: OutputItem;
  /** The item as it is announced. */
  readonly begun: Record<string, unknown>;
  /** What opens and closes its part, and the name, index and text of the deltas within. */
  readonly part?: { readonly of: 'content' | 'reasoning_summary'; readonly index: string; readonly whole: object; readonly empty: object };
  readonly delta: string;
  readonly text: string;
  readonly done: Record<string, unknown>;
}

export class ResponseEvents {
  readonly #options: ResponseOptions;
  readonly #response: Record<string, unknown>;
  #number = 0;

  constructor(options: ResponseOptions) {
    this.#options = options;
    this.#response = { id: newId('resp'), object: 'response', created_at: Math.floor(Date.now() / 1000), model: options.model };
  }

  *steps(): Iterable<StreamStep> {
    const { script, fault, limits } = this.#options;
    const pieces = script.output.map(item => this.#piece(item));
    const words = pieces.reduce((sum, { text }) => sum + wordsOf(text).length, 0);
    let left = fault ? (fault.after ?? 0) : Infinity;
    yield this.#event('response.created', { response: { ...this.#response, status: 'in_progress', output: [] } });
    if (limits) yield { type: 'codex.rate_limits', ...limits };
    yield this.#event('response.in_progress', { response: { ...this.#response, status: 'in_progress', output: [] } });
    for (const [index, piece] of pieces.entries()) {
      const isLast = index === pieces.length - 1;
      for (const step of this.#stepsOf(piece, index)) {
        if (step.type.endsWith('.delta')) left -= 1;
        if (left < 0 || (fault && isEnd(step) && (left <= 0 || isLast))) break;
        yield step;
      }
      if (fault && (left <= 0 || isLast)) {
        yield this.#ending(fault, words);
        return;
      }
    }
    const output = pieces.map(({ item }) => item);
    this.#options.onComplete(output);
    yield this.#event('response.completed', {
      response: { ...this.#response, status: 'completed', output: script.completed === 'whole' ? output : [], usage: this.#usage(words) },
    });
  }

  *#stepsOf({ item, begun, part, delta, text, done }: Piece, output: number): Iterable<StreamEvent> {
    const place = { item_id: item.id, output_index: output };
    const inPart = part ? { ...place, [part.index]: 0 } : place;
    yield this.#event('response.output_item.added', { output_index: output, item: begun });
    if (this.#options.script.deltas !== false) {
      if (part) yield this.#event(`response.${part.of}_part.added`, { ...inPart, part: part.empty });
      for (const word of wordsOf(text)) yield this.#event(`response.${delta}.delta`, { ...inPart, delta: word });
      yield this.#event(`response.${delta}.done`, { ...inPart, ...done });
      if (part) yield this.#event(`response.${part.of}_part.done`, { ...inPart, part: part.whole });
    }
    yield this.#event('response.output_item.done', { output_index: output, item });
  }

  #piece(scripted: ScriptedItem): Piece {
    if ('call' in scripted) {
      const { call: name, arguments: given = {} } = scripted;
      const text = typeof given === 'string' ? given : JSON.stringify(given);
      const item = { type: 'function_call', id: newId('fc'), call_id: newId('call'), name, arguments: text, status: 'completed' };
      const begun = { ...item, arguments: '', status: 'in_progress' };
      return { item, begun, delta: 'function_call_arguments', text, done: { arguments: text, name } };
    }
    if ('reasoning' in scripted) {
      const text = scripted.reasoning;
      const whole = { type: 'summary_text', text };
      const secret = this.#options.withReasoning ? { encrypted_content: `gAAAAA${randomBytes(120).toString('base64url')}` } : {};
      const item = { type: 'reasoning', id: newId('rs'), summary: [whole], ...secret };
      const part = { of: 'reasoning_summary', index: 'summary_index', whole, empty: { ...whole, text: '' } } as const;
      return { item, begun: { ...item, summary: [] }, part, delta: 'reasoning_summary_text', text, done: { text } };
    }
    const isRefusal = 'refusal' in scripted;
    const text = isRefusal ? scripted.refusal : scripted.text;
    const phase = isRefusal || scripted.phase === undefined ? {} : { phase: scripted.phase };
    const contentOf = (said: string) =>
      isRefusal ? { type: 'refusal', refusal: said } : { type: 'output_text', text: said, annotations: [] };
    const item = { type: 'message', role: 'assistant', id: newId('msg'), ...phase, status: 'completed', content: [contentOf(text)] };
    const part = { of: 'content', index: 'content_index', whole: contentOf(text), empty: contentOf('') } as const;
    const begun = { ...item, status: 'in_progress', content: [] };
    return { item, begun, part, delta: isRefusal ? 'refusal' : 'output_text', text, done: isRefusal ? { refusal: text } : { text } };
  }

  #ending({ stream, code = 'server_error' }: StreamFault, words: number): StreamStep {
    const message = `Ended by order: ${code}.`;
    switch (stream) {
      case 'failed':
        return this.#event('response.failed', { response: { ...this.#response, status: 'failed', error: { code, message } } });
      case 'incomplete': {
        const reason = code === 'server_error' ? 'max_output_tokens' : code;
        const response = { ...this.#response, status: 'incomplete', incomplete_details: { reason }, usage: this.#usage(words) };
        return this.#event('response.incomplete', { response });
      }
      case 'error':
        return this.#event('error', { code, message, param: null });
      case 'cut':
      case 'silence':
        return stream;
    }
  }

  #usage(words: number): Record<string, unknown> {
    const { inputTokens, script } = this.#options;
    const reasoning = script.output.reduce((sum, item) => sum + ('reasoning' in item ? wordsOf(item.reasoning).length : 0), 0);
    return {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: words,
      output_tokens_details: { reasoning_tokens: reasoning },
      total_tokens: inputTokens + words,
    };
  }

  #event(type: string, fields: Record<string, unknown>): StreamEvent {
    return { type, sequence_number: this.#number++, ...fields };
  }
}

function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`;
}

function wordsOf(text: string): string[] {
  return text.split(/(?<= )/).filter(word => word !== '');
}

/** Whether the event closes a text, which a response that is cut short has not reached. */
function isEnd({ type }: StreamEvent): boolean {
  return type.endsWith('.done');
}
