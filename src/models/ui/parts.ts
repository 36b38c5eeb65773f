/** Parts of a response as VS Code's, where the running version has a class for them. */
import type { LanguageModelResponsePart } from 'vscode';
import * as vscode from 'vscode';
import type { ResponsePart, TokenUsage } from '../messages.ts';

type DataPartClass = new (data: Uint8Array, mimeType: string) => LanguageModelResponsePart;
type ThinkingPartClass = new (value: string, id?: string, metadata?: Readonly<Record<string, unknown>>) => LanguageModelResponsePart;

/** They exist at run time in every supported version, and are in no published type of the oldest. */
const classes = vscode as unknown as { LanguageModelDataPart?: DataPartClass; LanguageModelThinkingPart?: ThinkingPartClass };

/** VS Code's chat takes the counts from such a part; other callers would not know it. */
const usageType = 'usage';

/** @param isChat whether VS Code's own chat gets it */
export function toVsCodePart(part: ResponsePart, isChat: boolean): LanguageModelResponsePart | undefined {
  const { LanguageModelDataPart: DataPart, LanguageModelThinkingPart: ThinkingPart } = classes;
  switch (part.kind) {
    case 'text':
      return new vscode.LanguageModelTextPart(part.text);
    case 'call':
      return new vscode.LanguageModelToolCallPart(part.callId, part.name, part.input);
    case 'thinking':
      return ThinkingPart && new ThinkingPart(part.text, part.id);
    case 'reasoning':
      return isChat && ThinkingPart ? new ThinkingPart('', part.id, { encrypted_content: part.encrypted }) : undefined;
    case 'usage':
      return isChat && DataPart ? new DataPart(new TextEncoder().encode(JSON.stringify(counts(part.usage))), usageType) : undefined;
  }
}

function counts({ input, output, cachedInput }: TokenUsage): object {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cachedInput },
  };
}
