// For the tests alone: uses the plan's models by vscode.lm as any extension would. What it takes and gives is plain JSON.
import * as vscode from 'vscode';

/** A text, a call of a tool, or what the tool gave back. */
export type Piece = string | { callId: string; name: string; input: object } | { callId: string; result: string };

export interface Question {
  /** The id of the model. */
  readonly model: string;
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: readonly Piece[] }[];
  /** The names of its tools. */
  readonly tools?: readonly string[];
  /** Cancels the request once it has so many parts. */
  readonly cancelAfter?: number;
}

export interface Answer {
  readonly text: string;
  readonly calls: readonly { readonly callId: string; readonly name: string; readonly input: object }[];
  readonly parts: number;
  /** Milliseconds since the epoch. */
  readonly lastPartAt?: number;
  readonly cancelledAt?: number;
  /** What the request rejected with, before or after its first parts. */
  readonly failed?: { readonly name: string; readonly code?: string; readonly message: string };
}

export interface ListedModel {
  readonly id: string;
  readonly vendor: string;
  readonly family: string;
  readonly name: string;
  readonly version: string;
  readonly maxInputTokens: number;
}

const vendor = 'chatgpt-plan';
let changes = 0;
/** The requests under way. */
const running = new Set<vscode.CancellationTokenSource>();

export function watchModels(): vscode.Disposable {
  return vscode.lm.onDidChangeChatModels(() => {
    changes += 1;
  });
}

export const modelActs = {
  selectModels: async () => {
    const models = await vscode.lm.selectChatModels({ vendor });
    return models.map(({ id, vendor: of, family, name, version, maxInputTokens }) => ({
      id,
      vendor: of,
      family,
      name,
      version,
      maxInputTokens,
    }));
  },
  countTokens: async (id: string, text: string) => await (await find(id)).countTokens(text),
  /** The number of events about changed models. */
  modelChanges: () => changes,
  askModel: ask,
  cancelRequests: () => {
    for (const each of running) each.cancel();
  },
};

async function find(id: string): Promise<vscode.LanguageModelChat> {
  const [model] = await vscode.lm.selectChatModels({ vendor, id });
  if (!model) throw new Error(`No model ${id}.`);
  return model;
}

async function ask({ model: id, messages, tools = [], cancelAfter }: Question): Promise<Answer> {
  const cancel = new vscode.CancellationTokenSource();
  const calls: Answer['calls'][number][] = [];
  let [text, parts] = ['', 0];
  const times: { lastPartAt?: number; cancelledAt?: number } = {};
  const sum = () => ({ text, calls, parts, ...times });
  running.add(cancel);
  try {
    const model = await find(id);
    const options = { tools: tools.map(name => ({ name, description: `Does ${name}.`, inputSchema: { type: 'object', properties: {} } })) };
    const response = await model.sendRequest(messages.map(toMessage), options, cancel.token);
    for await (const part of response.stream) {
      parts += 1;
      times.lastPartAt = Date.now();
      if (part instanceof vscode.LanguageModelTextPart) text += part.value;
      if (part instanceof vscode.LanguageModelToolCallPart) calls.push({ callId: part.callId, name: part.name, input: part.input });
      if (parts !== cancelAfter) continue;
      times.cancelledAt = Date.now();
      cancel.cancel();
    }
    return sum();
  } catch (error) {
    const { name, code, message } = error as vscode.LanguageModelError;
    return { ...sum(), failed: { name, code, message } };
  } finally {
    running.delete(cancel);
  }
}

function toMessage({ role, content }: Question['messages'][number]): vscode.LanguageModelChatMessage {
  if (role === 'user') return vscode.LanguageModelChatMessage.User(content.map(piece => toPart(piece) as vscode.LanguageModelTextPart));
  return vscode.LanguageModelChatMessage.Assistant(content.map(piece => toPart(piece) as vscode.LanguageModelTextPart));
}

function toPart(piece: Piece): vscode.LanguageModelTextPart | vscode.LanguageModelToolCallPart | vscode.LanguageModelToolResultPart {
  if (typeof piece === 'string') return new vscode.LanguageModelTextPart(piece);
  if ('name' in piece) return new vscode.LanguageModelToolCallPart(piece.callId, piece.name, piece.input);
  return new vscode.LanguageModelToolResultPart(piece.callId, [new vscode.LanguageModelTextPart(piece.result)]);
}
