/** Models, requests and event streams for the tests of the models room. */
import type { LanguageModelChatRequestMessage } from 'vscode';
import type { Model } from '../../../../src/models/catalogue.ts';
import { decodeCatalogue } from '../../../../src/models/catalogue.ts';
import type { Message, ModelRequest } from '../../../../src/models/messages.ts';

/** An entry of the service's list of models. */
export function listed(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    slug: 'gpt-test',
    display_name: 'GPT Test',
    description: 'For tests.',
    visibility: 'list',
    context_window: 272_000,
    input_modalities: ['text', 'image'],
    supported_reasoning_levels: [
      { effort: 'low', description: 'Fast' },
      { effort: 'medium', description: 'Balanced' },
    ],
    default_reasoning_level: 'medium',
    support_verbosity: true,
    service_tiers: [{ id: 'priority' }],
    ...changes,
  };
}

export function model(changes: Record<string, unknown> = {}): Model {
  const [decoded] = decodeCatalogue({ models: [listed(changes)] }) ?? [];
  if (!decoded) throw new Error('The model is not listed.');
  return decoded;
}

export function says(role: Message['role'], text: string): Message {
  return { role, content: [{ kind: 'text', text }] };
}

export function request(changes: Partial<ModelRequest> = {}): ModelRequest {
  return { messages: [says('user', 'Hello')], tools: [], toolChoice: 'auto', conversation: 'conversation-1', ...changes };
}

/** Events as the bytes of a stream. */
export function bytesOf(events: readonly object[]): Uint8Array<ArrayBuffer> {
  const text = events.map(event => `event: ${String((event as { type?: unknown }).type)}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  return new TextEncoder().encode(text);
}

export const completed = {
  type: 'response.completed',
  response: {
    output: [],
    usage: {
      input_tokens: 100,
      output_tokens: 20,
      input_tokens_details: { cached_tokens: 64 },
      output_tokens_details: { reasoning_tokens: 8 },
    },
  },
};

export function textEvents(...deltas: string[]): object[] {
  return [
    { type: 'response.created', response: {} },
    ...deltas.map(delta => ({ type: 'response.output_text.delta', item_id: 'msg_1', delta })),
    {
      type: 'response.output_item.done',
      item: { type: 'message', id: 'msg_1', content: [{ type: 'output_text', text: deltas.join('') }] },
    },
    completed,
  ];
}

export function reasoningItem(id = 'rs_1'): object {
  return { type: 'response.output_item.done', item: { type: 'reasoning', id, summary: [], encrypted_content: `encrypted ${id}` } };
}

export function callItem(callId: string, name = 'read_file', args = '{"path":"a.ts"}'): object {
  return { type: 'response.output_item.done', item: { type: 'function_call', id: `fc_${callId}`, call_id: callId, name, arguments: args } };
}

export function ok(events: readonly object[], headers: Record<string, string> = {}): Response {
  return new Response(bytesOf(events), { headers: { 'content-type': 'text/event-stream', ...headers } });
}

/** A message as VS Code sends it; no published type has all of its roles and parts. */
export function vsCodeMessage(role: number, ...content: readonly object[]): LanguageModelChatRequestMessage {
  const message: unknown = { role, name: undefined, content };
  return message as LanguageModelChatRequestMessage;
}
