/** What the service demands of the items of a model request. */

import { detail, refusal, type InputItem, type ModelRefusal } from './modelRefusals.ts';
import type { Model } from './models.ts';

/** How the ids of the service's own items begin; the others have none that a client could know. */
const idPrefixes: Readonly<Record<string, string>> = { message: 'msg', function_call: 'fc', custom_tool_call: 'ctc', reasoning: 'rs' };
const idForm = /^[A-Za-z0-9_-]{1,64}$/;
const itemTypes = [...Object.keys(idPrefixes), 'function_call_output', 'custom_tool_call_output'];

/** What a message may hold, by who says it. */
const contentTypes: Readonly<Record<string, readonly string[]>> = {
  user: ['input_text', 'input_image', 'input_file'],
  developer: ['input_text', 'input_image', 'input_file'],
  assistant: ['output_text', 'refusal'],
};

export function checkInput(input: readonly InputItem[], model: Model): ModelRefusal | undefined {
  if (input.some(({ role }) => role === 'system')) return detail('System messages are not allowed');
  for (const [index, item] of input.entries()) {
    const refused = checkItem(item, `input[${String(index)}]`, model);
    if (refused) return refused;
  }
  return checkCalls(input);
}

function checkItem({ type = 'message', id, role, content }: InputItem, param: string, model: Model): ModelRefusal | undefined {
  if (type === 'item_reference') {
    return refusal('input', `Item with id '${String(id)}' not found. Items are not persisted when \`store\` is set to false.`);
  }
  if (!itemTypes.includes(String(type))) return refusal(`${param}.type`, `Invalid value: '${String(type)}'.`);
  const prefix = idPrefixes[String(type)];
  if (typeof id === 'string' && prefix !== undefined && !(id.startsWith(prefix) && idForm.test(id))) {
    return refusal(`${param}.id`, `Invalid '${param}.id': '${id}'. Expected an ID that begins with '${prefix}'.`);
  }
  return type === 'message' ? checkMessage(role, content, param, model) : undefined;
}

function checkMessage(role: unknown, content: unknown, param: string, model: Model): ModelRefusal | undefined {
  const allowed = contentTypes[String(role)];
  if (!allowed)
    return refusal(`${param}.role`, `Invalid value: '${String(role)}'. Supported values are: ${Object.keys(contentTypes).join(', ')}.`);
  if (!Array.isArray(content)) return typeof content === 'string' ? undefined : refusal(`${param}.content`, 'Missing content.');
  for (const [index, part] of (content as Record<string, unknown>[]).entries()) {
    const place = `${param}.content[${String(index)}]`;
    const type = String(part['type']);
    if (!allowed.includes(type)) return refusal(place, `Invalid value: '${type}'. Supported values are: ${allowed.join(', ')}.`);
    if ('prompt_cache_breakpoint' in part) {
      return refusal(`${place}.prompt_cache_breakpoint`, `Unknown parameter: '${place}.prompt_cache_breakpoint'.`, 'unknown_parameter');
    }
    if (type === 'input_image' && !model.input_modalities.includes('image')) {
      return refusal(place, `Invalid content type. image_url is only supported by certain models.`);
    }
  }
  return undefined;
}

/** Every call has its output behind it, and every output its call before it. */
function checkCalls(input: readonly InputItem[]): ModelRefusal | undefined {
  const open = new Set<string>();
  for (const { type, call_id: id } of input) {
    if (type === 'function_call' || type === 'custom_tool_call') open.add(String(id));
    const isOutput = type === 'function_call_output' || type === 'custom_tool_call_output';
    if (isOutput && !open.delete(String(id))) {
      return refusal('input', `No tool call found for function call output with call_id ${String(id)}.`);
    }
  }
  const [lost] = open;
  return lost === undefined ? undefined : refusal('input', `No tool output found for function call ${lost}.`);
}
