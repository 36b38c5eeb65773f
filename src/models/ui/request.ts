/** A request of VS Code as a neutral one, and who makes it. */
import { createHash } from 'node:crypto';
import type { LanguageModelChatRequestMessage, ProvideLanguageModelChatResponseOptions } from 'vscode';
import { LanguageModelChatToolMode } from 'vscode';
import { defined } from '../../base/defined.ts';
import { isRecord, readString } from '../../base/json.ts';
import type { Message, ModelRequest } from '../messages.ts';
import { toMessages, toTools } from './convert.ts';

/** VS Code's own chat. */
export const chatId = 'github.copilot-chat';

const conversationForm = /^[\w-]{1,64}$/;
const hashLength = 32;
/** What callers ask for, by the names that they use. */
const optionNames = { effort: ['reasoningEffort', 'reasoning_effort'], verbosity: ['verbosity'], serviceTier: ['serviceTier'] };
const knownOptions: readonly string[] = Object.values(optionNames).flat();

/** Who makes a request, in lower case; VS Code says so in a field that no published type has. */
export function initiatorOf(options: ProvideLanguageModelChatResponseOptions): string | undefined {
  const { requestInitiator } = options as { requestInitiator?: unknown };
  return readString(requestInitiator)?.toLowerCase();
}

export function toRequest(
  messages: readonly LanguageModelChatRequestMessage[],
  options: ProvideLanguageModelChatResponseOptions,
  model: string,
): ModelRequest {
  const neutral = toMessages(messages);
  const given: Record<string, unknown> = options.modelOptions ?? {};
  const { modelConfiguration } = options as { modelConfiguration?: unknown };
  const configured = isRecord(modelConfiguration) ? modelConfiguration : {};
  const find = (names: readonly string[]) => names.map(name => readString(given[name])).find(value => value !== undefined);
  return {
    messages: neutral,
    tools: toTools(options.tools),
    toolChoice: options.toolMode === LanguageModelChatToolMode.Required ? 'required' : 'auto',
    conversation: conversationOf(readString(given['_conversationId']), [initiatorOf(options) ?? '', model], neutral),
    ...defined({
      effort: find(optionNames.effort) ?? readString(configured['reasoningEffort']),
      verbosity: find(optionNames.verbosity),
      serviceTier: find(optionNames.serviceTier),
    }),
  };
}

/** The options that have no counterpart, by name; those of VS Code itself begin with an underscore. */
export function ignoredOptions({ modelOptions = {} }: ProvideLanguageModelChatResponseOptions): string[] {
  return Object.keys(modelOptions).filter(name => /^[a-z]\w{0,39}$/i.test(name) && !knownOptions.includes(name));
}

/** Names a conversation to the service's cache: VS Code's id of it where there is one, and nothing that tells what it is about. */
function conversationOf(id: string | undefined, owner: readonly string[], messages: readonly Message[]): string {
  if (id !== undefined && conversationForm.test(id)) return id;
  const first = messages.find(({ role }) => role === 'user')?.content.find(part => part.kind === 'text')?.text ?? '';
  const seed = id === undefined ? [...owner, first] : [id];
  return createHash('sha256').update(seed.join('\n')).digest('hex').slice(0, hashLength);
}
