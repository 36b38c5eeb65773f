/** The two shapes in which the service refuses a model request, and what it reads of one. */

import type { SimulatedResponse } from './contract.ts';

export interface InputItem {
  readonly type?: unknown;
  readonly role?: unknown;
  readonly id?: unknown;
  readonly call_id?: unknown;
  readonly content?: unknown;
  readonly encrypted_content?: unknown;
}

export type ModelRefusal = SimulatedResponse & { readonly status: 400 };

/** The short shape: of what Codex itself never sends. */
export function detail(text: string): ModelRefusal {
  return { status: 400, body: { detail: text } };
}

/** The long shape: of what the API behind it refuses. */
export function refusal(param: string, message: string, code = 'invalid_value'): ModelRefusal {
  return { status: 400, body: { error: { message, type: 'invalid_request_error', param, code } } };
}
