/** What the service demands of a model request: each refusal in its own words. */

import type { SimulatedResponse } from './contract.ts';
import { hasModel } from './models.ts';

interface InputItem {
  readonly type?: unknown;
  readonly role?: unknown;
  readonly id?: unknown;
  readonly call_id?: unknown;
  readonly content?: unknown;
}

const unsupported = [
  ...['max_output_tokens', 'max_tool_calls', 'temperature', 'top_p', 'top_logprobs', 'truncation', 'metadata', 'user', 'safety_identifier'],
  ...['previous_response_id', 'prompt_cache_retention', 'prompt_cache_options', 'context_management', 'background', 'conversation'],
  'stream_options',
];

const idPrefixes: Readonly<Record<string, string>> = { message: 'msg', function_call: 'fc', reasoning: 'rs' };

/** @returns the text that the request ends with, or its refusal */
export function readModelRequest(json: string, plan: string): { text: string } | SimulatedResponse {
  const body = parse(json);
  if (!body) return detail('Invalid JSON body');
  const field = unsupported.find(name => name in body);
  if (field !== undefined) return detail(`Unsupported parameter: ${field}`);
  const { model, instructions, input, store, stream } = body;
  if (typeof model !== 'string') return detail('Model is required');
  if (!hasModel(plan, model)) return detail(`The '${model}' model is not supported when using Codex with a ChatGPT account.`);
  if (typeof instructions !== 'string') return detail('Instructions are required');
  if (store !== false) return detail('Store must be set to false');
  if (stream !== true) return detail('Stream must be set to true');
  if (!Array.isArray(input)) return detail('Input must be a list');
  return readInput(input as InputItem[]);
}

function readInput(input: readonly InputItem[]): { text: string } | SimulatedResponse {
  if (input.some(({ role }) => role === 'system')) return detail('System messages are not allowed');
  for (const [index, { type = 'message', id }] of input.entries()) {
    const prefix = idPrefixes[String(type)];
    if (typeof id !== 'string' || prefix === undefined || id.startsWith(prefix)) continue;
    const param = `input[${String(index)}].id`;
    return refusal(param, `Invalid '${param}': '${id}'. Expected an ID that begins with '${prefix}'.`);
  }
  const calls = idsOf(input, 'function_call');
  const outputs = idsOf(input, 'function_call_output');
  const open = calls.find(id => !outputs.includes(id));
  if (open !== undefined) return refusal('input', `No tool output found for function call ${open}.`);
  const lost = outputs.find(id => !calls.includes(id));
  if (lost !== undefined) return refusal('input', `No tool call found for function call output with call_id ${lost}.`);
  return { text: lastText(input.at(-1)?.content) };
}

function idsOf(input: readonly InputItem[], wanted: string): string[] {
  return input.flatMap(({ type, call_id: id }) => (type === wanted ? [String(id)] : []));
}

function lastText(content: unknown): string {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  return (content as { type?: string; text?: string }[]).find(({ type }) => type === 'input_text')?.text ?? '';
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(json);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The one shape of its errors. */
function detail(text: string): SimulatedResponse {
  return { status: 400, body: { detail: text } };
}

/** The other shape. */
function refusal(param: string, message: string): SimulatedResponse {
  return { status: 400, body: { error: { message, type: 'invalid_request_error', param, code: 'invalid_value' } } };
}
