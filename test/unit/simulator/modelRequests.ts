/** Model requests as a client of the plan sends them, over raw HTTP. */

import { accountIdIn, type Tokens } from './codex.ts';
import type { SimulatorControl } from '../../simulator/client.ts';

export const sol = 'gpt-6.1-sol';
export const hello = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] };
export const include = ['reasoning.encrypted_content'];

export type Item = Record<string, unknown>;

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly events: readonly Item[];
  /** The whole items of the response. */
  readonly output: readonly Item[];
  /** What a refusal says. */
  readonly refusal: { readonly detail?: string; readonly error?: Record<string, string | number | null> };
}

export class ModelClient {
  readonly #simulator: SimulatorControl;
  readonly #tokens: Tokens;

  constructor(simulator: SimulatorControl, tokens: Tokens) {
    this.#simulator = simulator;
    this.#tokens = tokens;
  }

  /** @param changes of the body */
  async ask(changes: Item = {}, headers: Record<string, string> = {}): Promise<Answered> {
    const response = await fetch(`${this.#simulator.backendUrl}/codex/responses`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#tokens.access_token}`,
        'chatgpt-account-id': accountIdIn(this.#tokens.id_token),
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify({ model: sol, instructions: 'Be short.', stream: true, store: false, input: [hello], include, ...changes }),
    });
    const text = await response.text();
    const events = [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Item);
    return {
      status: response.status,
      headers: response.headers,
      text,
      events,
      output: events.flatMap(({ type, item }) => (type === 'response.output_item.done' ? [item as Item] : [])),
      refusal: response.headers.get('content-type')?.startsWith('application/json') ? (JSON.parse(text) as Answered['refusal']) : {},
    };
  }
}

/** The output of a call. */
export function outputOf({ call_id: id }: Item): Item {
  return { type: 'function_call_output', call_id: id, output: 'done' };
}

/** An item as a client sends it back: without the id that it had, unless it is reasoning. */
export function withoutId(item: Item): Item {
  const dropped = item['type'] === 'reasoning' ? ['status'] : ['status', 'id'];
  return Object.fromEntries(Object.entries(item).filter(([name]) => !dropped.includes(name)));
}
