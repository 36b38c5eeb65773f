/**
 * The models room: what the account's ChatGPT plan can run, for VS Code's chat and other extensions. This file has the neutral
 * request and response; `request/body.ts` makes a Responses request of the one, `response/parts.ts` the other of its events,
 * `catalogue.ts` knows the models, `ui/` is VS Code's side. Start here.
 */

/** As `package.json` declares the provider to VS Code. */
export const modelVendor = 'chatgpt-plan';

export interface ImageContent {
  readonly kind: 'image';
  readonly mimeType: string;
  readonly data: Uint8Array;
}

/** A file of a kind that no model takes here. */
export interface FileContent {
  readonly kind: 'file';
  readonly mimeType: string;
}

export interface TextContent {
  readonly kind: 'text';
  readonly text: string;
}

/** Reasoning that a caller brings back: encrypted by the service, which alone can read it. */
export interface ReasoningContent {
  readonly kind: 'reasoning';
  readonly id: string;
  readonly encrypted: string;
}

export interface CallContent {
  readonly kind: 'call';
  readonly callId: string;
  readonly name: string;
  readonly input: object;
}

export interface ResultContent {
  readonly kind: 'result';
  readonly callId: string;
  readonly content: readonly (TextContent | ImageContent)[];
}

export type Content = TextContent | ImageContent | FileContent | ReasoningContent | CallContent | ResultContent;

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: readonly Content[];
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the input. */
  readonly inputSchema?: object;
}

/** A model request, whoever makes it. */
export interface ModelRequest {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice: 'auto' | 'required';
  /** What the caller asked for; what the model does not list is left out. */
  readonly effort?: string;
  readonly verbosity?: string;
  readonly serviceTier?: string;
  /** The same for all turns of one conversation, and for no other. */
  readonly conversation: string;
}

/** Tokens as the service counted them. */
export interface TokenUsage {
  readonly input: number;
  readonly output: number;
  readonly cachedInput: number;
  readonly reasoning: number;
}

/** A piece of the response, in the order in which it came. */
export type ResponsePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly id: string; readonly text: string }
  | { readonly kind: 'reasoning'; readonly id: string; readonly encrypted: string }
  | { readonly kind: 'call'; readonly callId: string; readonly name: string; readonly input: object }
  | { readonly kind: 'usage'; readonly usage: TokenUsage };
