/** What the service demands of a model request: each refusal in its own words. */

import { checkInput } from './modelInput.ts';
import { detail, refusal, type InputItem, type ModelRefusal } from './modelRefusals.ts';
import { findModel, type Model } from './models.ts';

/** What a request may bring; the service refuses all else, such as any limit of the output. */
const fields = [
  ...['model', 'instructions', 'input', 'store', 'stream', 'tools', 'tool_choice', 'parallel_tool_calls', 'reasoning', 'include'],
  ...['prompt_cache_key', 'text', 'service_tier'],
];
const toolTypes = ['function', 'custom', 'namespace', 'web_search'];
const toolName = /^[A-Za-z0-9_-]{1,64}$/;
const bytesOfToken = 4;

export interface ModelRequest {
  readonly model: string;
  readonly input: readonly InputItem[];
  /** The text that the request ends with. */
  readonly text: string;
  /** Whether reasoning is to come back encrypted. */
  readonly wantsReasoning: boolean;
  readonly inputTokens: number;
  readonly isTooLong: boolean;
}

export function readModelRequest(json: string, plan: string): ModelRequest | ModelRefusal {
  const body = parse(json);
  if (!body) return detail('Invalid JSON body');
  const field = Object.keys(body).find(name => !fields.includes(name));
  if (field !== undefined) return detail(`Unsupported parameter: ${field}`);
  const { model: slug, instructions, input, store, stream, include } = body;
  if (typeof slug !== 'string') return detail('Model is required');
  const model = findModel(plan, slug);
  if (!model) return detail(`The '${slug}' model is not supported when using Codex with a ChatGPT account.`);
  if (typeof instructions !== 'string') return detail('Instructions are required');
  if (store !== false) return detail('Store must be set to false');
  if (stream !== true) return detail('Stream must be set to true');
  if (!Array.isArray(input)) return detail('Input must be a list');
  if (input.length === 0) return refusal('input', "Invalid 'input': empty array. Expected an array with minimum length 1.");
  const items = input as InputItem[];
  const inputTokens = Math.ceil(json.length / bytesOfToken);
  return (
    checkTools(body) ??
    checkOptions(body, model) ??
    checkInput(items, model) ?? {
      model: slug,
      input: items,
      text: lastText(items.at(-1)?.content),
      wantsReasoning: Array.isArray(include) && include.includes('reasoning.encrypted_content'),
      inputTokens,
      isTooLong: inputTokens > model.context_window,
    }
  );
}

function checkTools({ tools = [], tool_choice: choice }: Record<string, unknown>): ModelRefusal | undefined {
  if (!Array.isArray(tools)) return refusal('tools', "Invalid type for 'tools': expected an array.", 'invalid_type');
  const names: unknown[] = [];
  for (const [index, { type, name, function: nested }] of (tools as Record<string, unknown>[]).entries()) {
    const param = `tools[${String(index)}]`;
    if (!toolTypes.includes(String(type))) return refusal(`${param}.type`, `Invalid value: '${String(type)}'.`);
    if (type === 'web_search') continue;
    if (nested !== undefined || typeof name !== 'string') {
      return refusal(`${param}.name`, `Missing required parameter: '${param}.name'.`, 'missing_required_parameter');
    }
    if (!toolName.test(name)) return refusal(`${param}.name`, `Invalid '${param}.name': string does not match pattern.`);
    if (names.includes(name)) return refusal('tools', `Duplicate tool name: ${name}.`);
    names.push(name);
  }
  const wanted = typeof choice === 'object' && choice !== null ? (choice as { name?: unknown }).name : undefined;
  if (wanted !== undefined && !names.includes(wanted)) {
    return refusal('tool_choice', `Tool choice '${asText(wanted)}' not found in 'tools' parameter.`);
  }
  return choice === 'required' && names.length === 0
    ? refusal('tool_choice', "Tool choice 'required' must be specified with 'tools' parameter.")
    : undefined;
}

/** What only some models have. */
function checkOptions({ reasoning, text, service_tier: tier }: Record<string, unknown>, model: Model): ModelRefusal | undefined {
  const { effort } = (reasoning ?? {}) as { effort?: unknown };
  if (effort !== undefined && !model.efforts.includes(asText(effort))) return unsupported('reasoning.effort', effort, model);
  const { verbosity } = (text ?? {}) as { verbosity?: unknown };
  if (verbosity !== undefined && !model.support_verbosity) return unsupported('text.verbosity', verbosity, model);
  return tier !== undefined && !model.service_tiers.includes(asText(tier)) ? unsupported('service_tier', tier, model) : undefined;
}

function unsupported(param: string, value: unknown, { slug }: Model): ModelRefusal {
  return refusal(param, `Unsupported value: '${asText(value)}' is not supported with the '${slug}' model.`, 'unsupported_value');
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
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
