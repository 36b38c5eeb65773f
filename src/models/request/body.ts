/** A neutral request as the body of OpenAI's Responses API, in the form that the Codex route takes. */
import type {
  EasyInputMessage,
  FunctionTool,
  ResponseFunctionCallOutputItemList,
  ResponseInputContent,
  ResponseInputItem,
  ToolChoiceFunction,
} from 'openai/resources/responses/responses';
import { defined } from '../../base/defined.ts';
import type { Model } from '../catalogue.ts';
import type { Content, ImageContent, Message, ModelRequest, TextContent, Tool } from '../messages.ts';
import { ModelError } from '../modelError.ts';
import type { RememberedResponse } from '../reasoningMemory.ts';
import type { ToolNames } from './toolNames.ts';

/** The body that is sent, and nothing else: the Codex route refuses what it does not know. */
export interface ResponsesBody {
  readonly model: string;
  readonly store: false;
  readonly stream: true;
  readonly instructions: string;
  readonly input: readonly ResponseInputItem[];
  readonly tools?: readonly FunctionTool[];
  readonly tool_choice?: 'auto' | 'required' | ToolChoiceFunction;
  readonly parallel_tool_calls?: true;
  readonly reasoning?: { readonly effort?: string; readonly summary: 'auto' };
  readonly include: readonly ['reasoning.encrypted_content'];
  readonly prompt_cache_key: string;
  readonly text?: { readonly verbosity: string };
  readonly service_tier?: string;
}

export interface BodyContext {
  readonly model: Model;
  readonly toolNames: ToolNames;
  /** What is known of an earlier response, by its calls or its text. */
  readonly recall: (message: { callIds: readonly string[]; text: string }) => RememberedResponse | undefined;
}

/** The same, with the ids of the reasoning that the body has already. */
interface Conversion extends BodyContext {
  readonly reasoningIds: Set<string>;
}

/** @throws ModelError `badRequest`, `noImages`, `noFiles` */
export function toResponsesBody(request: ModelRequest, context: BodyContext): ResponsesBody {
  const { model } = context;
  const { instructions, rest } = splitInstructions(request.messages);
  const conversion = { ...context, reasoningIds: new Set<string>() };
  const input = pairCalls(rest.flatMap(message => toItems(message, conversion)));
  if (input.length === 0) throw new ModelError('badRequest');
  const effort = model.efforts.some(({ name }) => name === request.effort) ? request.effort : undefined;
  const verbosity = model.takesVerbosity ? request.verbosity : undefined;
  const serviceTier = model.serviceTiers.find(tier => tier === request.serviceTier);
  return {
    model: model.slug,
    store: false,
    stream: true,
    // The Codex route refuses a request without instructions, and takes empty ones.
    instructions,
    input,
    ...toolFields(request, context),
    ...(model.efforts.length > 0 ? { reasoning: { summary: 'auto', ...defined({ effort }) } } : {}),
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: request.conversation,
    ...(verbosity === undefined ? {} : { text: { verbosity } }),
    ...defined({ service_tier: serviceTier }),
  };
}

/** The same without any reasoning items: for a service that could not read them. */
export function withoutReasoning(body: ResponsesBody): ResponsesBody {
  return { ...body, input: body.input.filter(item => item.type !== 'reasoning') };
}

/** The leading system messages are the instructions; later ones keep their place as developer messages. */
function splitInstructions(messages: readonly Message[]): { instructions: string; rest: readonly Message[] } {
  const first = messages.findIndex(({ role }) => role !== 'system');
  const leading = first < 0 ? messages : messages.slice(0, first);
  return { instructions: leading.map(({ content }) => textOf(content)).join('\n\n'), rest: messages.slice(leading.length) };
}

function toItems(message: Message, context: Conversion): ResponseInputItem[] {
  switch (message.role) {
    case 'system':
      return toMessage('developer', message.content, context);
    case 'user':
      return toUserItems(message.content, context);
    case 'assistant':
      return toAssistantItems(message.content, context);
  }
}

/** Results of tools come in user messages, in front of what the person says. */
function toUserItems(content: readonly Content[], context: BodyContext): ResponseInputItem[] {
  const results = content.flatMap((part): ResponseInputItem[] =>
    part.kind === 'result' ? [{ type: 'function_call_output', call_id: part.callId, output: toOutput(part.content, context) }] : [],
  );
  return [...results, ...toMessage('user', content, context)];
}

function toMessage(role: 'user' | 'developer', content: readonly Content[], { model }: BodyContext): ResponseInputItem[] {
  const parts = content.flatMap(part => toInputContent(part, model));
  return parts.length === 0 ? [] : [{ type: 'message', role, content: parts } satisfies EasyInputMessage];
}

function toInputContent(part: Content, model: Model): ResponseInputContent[] {
  if (part.kind === 'text') return part.text === '' ? [] : [{ type: 'input_text', text: part.text }];
  if (part.kind === 'file') throw new ModelError('noFiles', { model: model.name });
  if (part.kind !== 'image') return [];
  if (!model.takesImages) throw new ModelError('noImages', { model: model.name });
  return [{ type: 'input_image', image_url: dataUrl(part), detail: 'auto' }];
}

function toOutput(content: readonly (TextContent | ImageContent)[], { model }: BodyContext): string | ResponseFunctionCallOutputItemList {
  if (content.every(part => part.kind === 'text')) return textOf(content);
  return content.flatMap(part => toInputContent(part, model));
}

/**
 * An assistant message as the items of the response that it came from: its reasoning stands once, directly before the first of
 * them that remains, also where a caller has made several messages of one response.
 */
function toAssistantItems(content: readonly Content[], context: Conversion): ResponseInputItem[] {
  const text = textOf(content);
  const callIds = content.flatMap(part => (part.kind === 'call' ? [part.callId] : []));
  const known = context.recall({ callIds, text });
  const items = content.flatMap((part): ResponseInputItem[] => {
    if (part.kind !== 'call') return [];
    const name = context.toolNames.toService(part.name);
    return [{ type: 'function_call', call_id: part.callId, name, arguments: JSON.stringify(part.input) }];
  });
  const said = text === '' ? [] : messagesOf(text, known);
  if (said.length + items.length === 0) return [];
  const brought = content.filter(part => part.kind === 'reasoning');
  const reasoning = (known?.reasoning ?? brought).flatMap(({ id, encrypted }): ResponseInputItem[] => {
    if (context.reasoningIds.has(id)) return [];
    context.reasoningIds.add(id);
    return [{ type: 'reasoning', id, summary: [], encrypted_content: encrypted }];
  });
  return [...reasoning, ...said, ...items];
}

/** The text of a response as the messages that it had, each with its phase, where they are known. */
function messagesOf(text: string, known: RememberedResponse | undefined): ResponseInputItem[] {
  const isWhole = known?.messages.map(({ text: each }) => each).join('') === text;
  const messages = isWhole ? known.messages : [{ text, phase: undefined }];
  return messages.map(({ text: each, phase }): ResponseInputItem => {
    // OpenAI's types know an assistant's message as input only with an id, which the service does not ask for.
    const message = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: each }], ...defined({ phase }) };
    return message as unknown as ResponseInputItem;
  });
}

/** The service refuses a call without a result, and a result without a call. */
function pairCalls(items: readonly ResponseInputItem[]): ResponseInputItem[] {
  const lastResult = new Map(items.flatMap((item, index) => (item.type === 'function_call_output' ? [[String(item.call_id), index]] : [])));
  const open = new Set<string>();
  return items.flatMap((item, index): ResponseInputItem[] => {
    if (item.type === 'function_call_output') return open.delete(String(item.call_id)) ? [item] : [];
    if (item.type !== 'function_call') return [item];
    if ((lastResult.get(item.call_id) ?? -1) > index) {
      open.add(item.call_id);
      return [item];
    }
    return [item, { type: 'function_call_output', call_id: item.call_id, output: 'No result.' }];
  });
}

function toolFields({ tools, toolChoice }: ModelRequest, { toolNames }: BodyContext): Partial<ResponsesBody> {
  const [first, ...others] = tools.map(tool => toFunction(tool, toolNames));
  if (!first) return {};
  const single = { type: 'function', name: first.name } as const;
  const choice = toolChoice === 'auto' ? 'auto' : others.length === 0 ? single : 'required';
  return { tools: [first, ...others], tool_choice: choice, parallel_tool_calls: true };
}

function toFunction({ name, description, inputSchema }: Tool, toolNames: ToolNames): FunctionTool {
  const parameters = (inputSchema ?? { type: 'object', properties: {} }) as Record<string, unknown>;
  return { type: 'function', name: toolNames.toService(name), description, parameters, strict: false };
}

function textOf(content: readonly Content[]): string {
  return content.map(part => (part.kind === 'text' ? part.text : '')).join('');
}

function dataUrl({ mimeType, data }: ImageContent): string {
  return `data:${mimeType};base64,${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')}`;
}
