/** The reasoning that responses were given with: what comes back has to be unchanged, and in front of what it led to. */

import { refusal, type InputItem, type ModelRefusal } from './modelRefusals.ts';

/** A response with reasoning, for the account and model that can read it. */
export interface GivenResponse {
  readonly owner: string;
  readonly reasoning: readonly { readonly id: string; readonly encrypted: string }[];
  readonly callIds: readonly string[];
  /** The texts of its messages. */
  readonly texts: readonly string[];
}

export class GivenReasoning {
  #responses: GivenResponse[] = [];

  note(response: GivenResponse): void {
    this.#responses.push(response);
  }

  forget(): void {
    this.#responses = [];
  }

  /** @returns why the service cannot take this input */
  check(owner: string, input: readonly InputItem[], isRequired: boolean): ModelRefusal | undefined {
    const own = this.#responses.filter(response => response.owner === owner);
    return checkReasoning(own, input) ?? checkWhatFollows(own, input, isRequired);
  }
}

/** Every reasoning item is one that was given, stands there once, and directly in front of an item of its response. */
function checkReasoning(own: readonly GivenResponse[], input: readonly InputItem[]): ModelRefusal | undefined {
  const seen = new Set<string>();
  for (const [index, { type, id, encrypted_content: encrypted }] of input.entries()) {
    if (type !== 'reasoning') continue;
    const name = String(id);
    if (typeof encrypted !== 'string') {
      return refusal('input', `Item with id '${name}' not found. Items are not persisted when \`store\` is set to false.`);
    }
    const response = own.find(({ reasoning }) => reasoning.some(each => each.id === name && each.encrypted === encrypted));
    if (!response) {
      const message = `The encrypted content for item ${name} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`;
      return refusal(`input[${String(index)}].encrypted_content`, message, 'invalid_encrypted_content');
    }
    if (seen.has(name))
      return refusal('input', `Duplicate item found with id ${name}. Remove duplicate items from your input and try again.`);
    seen.add(name);
    const next = input.slice(index + 1).find(item => !response.reasoning.some(each => each.id === item.id));
    if (!next || !isOf(response, next)) {
      return refusal('input', `Item '${name}' of type 'reasoning' was provided without its required following item.`);
    }
  }
  return undefined;
}

/** Whatever reasoning led to has that in front of it, all of it and in its order. */
function checkWhatFollows(own: readonly GivenResponse[], input: readonly InputItem[], isRequired: boolean): ModelRefusal | undefined {
  for (const response of own) {
    const first = input.findIndex(item => isLedTo(response, item, own));
    if (first < 0) continue;
    const wanted = response.reasoning.map(({ id }) => id);
    const brought = input.flatMap(({ id }) => (wanted.includes(String(id)) ? [String(id)] : []));
    const before = input.slice(0, first).flatMap(({ id }) => (wanted.includes(String(id)) ? [String(id)] : []));
    if (before.join() === wanted.join() || (brought.length === 0 && !isRequired)) continue;
    const { type = 'message', call_id: callId } = input[first] ?? {};
    const name = typeof callId === 'string' ? callId : 'msg';
    const missing = wanted.find(id => !before.includes(id)) ?? wanted.join(', ');
    const message = `Item '${name}' of type '${String(type)}' was provided without its required 'reasoning' item: '${missing}'.`;
    return refusal('input', message);
  }
  return undefined;
}

function isOf({ callIds, texts }: GivenResponse, item: InputItem): boolean {
  return item.type === 'function_call' ? callIds.includes(String(item.call_id)) : texts.includes(saidBy(item) ?? '');
}

/** A text alone tells only where no other response had the same. */
function isLedTo(response: GivenResponse, item: InputItem, own: readonly GivenResponse[]): boolean {
  if (response.callIds.length > 0) return item.type === 'function_call' && isOf(response, item);
  const text = response.texts.join('');
  return text !== '' && saidBy(item) === text && own.filter(({ texts }) => texts.join('') === text).length === 1;
}

/** What an assistant's message says. */
function saidBy({ type = 'message', role, content }: InputItem): string | undefined {
  if (type !== 'message' || role !== 'assistant') return undefined;
  if (!Array.isArray(content)) return typeof content === 'string' ? content : undefined;
  return (content as { text?: string; refusal?: string }[]).map(({ text, refusal: refused }) => text ?? refused ?? '').join('');
}
