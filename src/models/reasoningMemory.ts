/** The reasoning of earlier responses, which the service wants back before what it led to, and which VS Code's API has no place for. */
import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { hour } from '../base/duration.ts';
import type { ReasoningContent } from './messages.ts';

export type Phase = 'commentary' | 'final_answer';

/** A message of a response, whose phase is to be sent back with it. */
export interface SaidMessage {
  readonly text: string;
  readonly phase?: Phase;
}

/** What of a completed response has to come back with it. */
export interface RememberedResponse {
  readonly reasoning: readonly ReasoningContent[];
  readonly messages: readonly SaidMessage[];
  readonly callIds: readonly string[];
}

interface Entry {
  readonly response: RememberedResponse;
  readonly scope: string;
  readonly size: number;
  usedAt: number;
}

const mostResponses = 500;
const mostBytes = 16 * 2 ** 20;
const longestUnused = 2 * hour;

/**
 * Remembers responses by their calls, or by their whole text where they had none: in memory, within bounds, and for no longer
 * than two hours after the last use. A response that is not found is sent back without its reasoning.
 */
export class ReasoningMemory {
  readonly #clock: Pick<Clock, 'elapsed'>;
  /** By scope and key, the longest unused first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock;
  }

  /** @param scope the account and model that encrypted the reasoning: no other can read it */
  remember(scope: string, response: RememberedResponse): void {
    const keys = keysOf(response.callIds, response.messages.map(({ text }) => text).join(''));
    if (keys.length === 0 || (response.reasoning.length === 0 && response.messages.every(({ phase }) => phase === undefined))) return;
    const entry = { response, scope, size: sizeOf(response), usedAt: this.#clock.elapsed() };
    for (const key of keys) this.#put(`${scope}\n${key}`, entry);
    this.#drop();
  }

  /** @param message the calls and the text of an assistant message that a caller sends back */
  find(scope: string, message: { callIds: readonly string[]; text: string }): RememberedResponse | undefined {
    this.#drop();
    for (const key of keysOf(message.callIds, message.text)) {
      const name = `${scope}\n${key}`;
      const entry = this.#entries.get(name);
      if (!entry) continue;
      entry.usedAt = this.#clock.elapsed();
      this.#put(name, entry);
      return entry.response;
    }
    return undefined;
  }

  /** Forgets what the service could not read. */
  forget(scope: string): void {
    for (const [name, entry] of [...this.#entries]) if (entry.scope === scope) this.#delete(name);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #put(name: string, entry: Entry): void {
    this.#delete(name);
    this.#entries.set(name, entry);
    this.#bytes += entry.size;
  }

  #delete(name: string): void {
    const entry = this.#entries.get(name);
    if (entry && this.#entries.delete(name)) this.#bytes -= entry.size;
  }

  #drop(): void {
    const now = this.#clock.elapsed();
    for (const [name, { usedAt }] of [...this.#entries]) if (now - usedAt > longestUnused) this.#delete(name);
    for (const name of [...this.#entries.keys()]) {
      if (this.#entries.size <= mostResponses && this.#bytes <= mostBytes) return;
      this.#delete(name);
    }
  }
}

function keysOf(callIds: readonly string[], text: string): string[] {
  if (callIds.length > 0) return callIds.map(id => `call ${id}`);
  return text === '' ? [] : [`text ${createHash('sha256').update(text).digest('hex')}`];
}

function sizeOf({ reasoning, messages }: RememberedResponse): number {
  const lengths = [...reasoning.map(({ encrypted }) => encrypted.length), ...messages.map(({ text }) => text.length)];
  return lengths.reduce((sum, length) => sum + length, 0);
}
