/** VS Code's messages as neutral ones. */
import type { LanguageModelChatRequestMessage, LanguageModelChatTool } from 'vscode';
import {
  LanguageModelChatMessageRole,
  LanguageModelPromptTsxPart,
  LanguageModelTextPart,
  LanguageModelToolCallPart,
  LanguageModelToolResultPart,
} from 'vscode';
import { isRecord, readString } from '../../base/json.ts';
import type { Content, FileContent, ImageContent, Message, TextContent, Tool } from '../messages.ts';

const userRole: number = LanguageModelChatMessageRole.User;
const assistantRole: number = LanguageModelChatMessageRole.Assistant;

export function toMessages(messages: readonly LanguageModelChatRequestMessage[]): Message[] {
  return messages.map(({ role, content }) => ({ role: roleOf(role), content: content.flatMap(toContent) }));
}

export function toTools(tools: readonly LanguageModelChatTool[] = []): Tool[] {
  return tools.map(({ name, description, inputSchema }) => ({ name, description, ...(inputSchema ? { inputSchema } : {}) }));
}

/** VS Code's chat sends its instructions with a role that the published types do not know. */
function roleOf(role: number): Message['role'] {
  if (role === userRole) return 'user';
  return role === assistantRole ? 'assistant' : 'system';
}

function toContent(part: unknown): Content[] {
  if (part instanceof LanguageModelToolCallPart) return [{ kind: 'call', callId: part.callId, name: part.name, input: part.input }];
  if (part instanceof LanguageModelToolResultPart)
    return [{ kind: 'result', callId: part.callId, content: part.content.flatMap(toResult) }];
  return toReasoning(part) ?? toFile(part) ?? toPlain(part);
}

/** What a person attached and no model takes; what VS Code's chat keeps for itself in such parts is left out. */
function toFile(part: unknown): FileContent[] | undefined {
  return isData(part) && part.mimeType === 'application/pdf' ? [{ kind: 'file', mimeType: part.mimeType }] : undefined;
}

/** What a tool gives back; what has no form here is named, so that the model knows of it. */
function toResult(part: unknown): (TextContent | ImageContent)[] {
  const plain = toPlain(part);
  if (plain.length > 0) return plain;
  return isData(part) ? [{ kind: 'text', text: `[${part.mimeType}, ${part.data.byteLength} bytes]` }] : [];
}

function toPlain(part: unknown): (TextContent | ImageContent)[] {
  if (part instanceof LanguageModelTextPart) return [{ kind: 'text', text: part.value }];
  if (part instanceof LanguageModelPromptTsxPart) return [{ kind: 'text', text: JSON.stringify(part.value) }];
  if (!isData(part)) return [];
  const { mimeType, data } = part;
  if (mimeType.startsWith('image/')) return [{ kind: 'image', mimeType, data }];
  return mimeType.startsWith('text/') || mimeType === 'application/json' ? [{ kind: 'text', text: new TextDecoder().decode(data) }] : [];
}

/** A thinking part brings back what this provider put into it. */
function toReasoning(part: unknown): Content[] | undefined {
  if (!isRecord(part) || !isRecord(part['metadata'])) return undefined;
  const [id, encrypted] = [readString(part['id']), readString(part['metadata']['encrypted_content'])];
  return id?.startsWith('rs_') !== true || encrypted === undefined ? undefined : [{ kind: 'reasoning', id, encrypted }];
}

/** The class has no published type in the oldest VS Code. */
function isData(part: unknown): part is { readonly mimeType: string; readonly data: Uint8Array } {
  return isRecord(part) && typeof part['mimeType'] === 'string' && part['data'] instanceof Uint8Array;
}
