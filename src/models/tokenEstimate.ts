/**
 * How many tokens a text has, roughly: the tokenizer of today's models is not published. The weights were measured against
 * o200k_base on code, prose and data, and each response's own count corrects them for its model.
 */
import type { Content, ImageContent, Message, ModelRequest } from './messages.ts';

const shortWord = 7;
const longWord = 11;
const longWordTokens = 1.35;
const charactersPerToken = { longWord: 4.6, digits: 3, signs: 2.6, base64: 1.5, rule: 32 };
const tokensPerCjk = 0.75;
/** A run of this many characters without a blank, of base64's alphabet, is data and not a word. */
const base64Run = 60;
/** In characters. */
const shortestRule = 4;
const perMessage = 3;
const leastFactor = 0.8;
const mostFactor = 1.3;
/** The weight of the newest response in the mean. */
const newestWeight = 0.3;
const tileTokens = 170;
const imageTokens = 85;
const tileSize = 512;
const longestSide = 2048;
const shortestSide = 768;

/** What a character counts as, for all of ASCII; what is beyond is a lower-case letter, unless it is CJK. */
type Kind = 'blank' | 'digit' | 'lower' | 'upper' | 'cjk' | 'sign';

const ascii = Array.from({ length: 128 }, (_, code): Kind => {
  const character = String.fromCharCode(code);
  if (/\s/.test(character)) return 'blank';
  if (/\d/.test(character)) return 'digit';
  if (/[a-z]/.test(character)) return 'lower';
  return /[A-Z]/.test(character) ? 'upper' : 'sign';
});
const inBase64 = Array.from({ length: 128 }, (_, code) => /[A-Za-z0-9+/]/.test(String.fromCharCode(code)));

/** Estimated tokens of a text, before any correction. Looks at each character twice at most: it is called for each piece of a prompt. */
export function estimateText(text: string): number {
  let tokens = 0;
  /** Where the present run of base64's alphabet ends, so that no run is measured twice. */
  let runEnd = 0;
  for (let at = 0; at < text.length;) {
    if (at >= runEnd && inBase64[text.charCodeAt(at)]) {
      runEnd = endOfRun(text, at);
      if (runEnd - at > base64Run) {
        tokens += (runEnd - at) / charactersPerToken.base64;
        at = runEnd;
        continue;
      }
    }
    const kind = kindOf(text.charCodeAt(at));
    const end = endOfPiece(text, at, kind);
    tokens += tokensOf(text, at, end, kind);
    at = end;
  }
  return tokens;
}

function kindOf(code: number): Kind {
  if (code < 128) return ascii[code] ?? 'sign';
  if ((code >= 0x2e80 && code < 0xa000) || (code >= 0xac00 && code < 0xd7b0) || (code >= 0xf900 && code < 0xfb00)) return 'cjk';
  // Punctuation and symbols, emoji's halves, and wide signs.
  return (code >= 0x2000 && code < 0x2e80) || (code >= 0xd800 && code < 0xe000) || code >= 0xff00 ? 'sign' : 'lower';
}

function endOfRun(text: string, from: number): number {
  let end = from + 1;
  while (inBase64[text.charCodeAt(end)]) end++;
  return end;
}

/** A piece is of one kind; a word may begin with a capital, and of several capitals the last begins the next word. */
function endOfPiece(text: string, from: number, kind: Kind): number {
  const end = endOfKind(text, from, kind);
  if (kind !== 'upper' || end >= text.length || kindOf(text.charCodeAt(end)) !== 'lower') return end;
  return end - from > 1 ? end - 1 : endOfKind(text, end, 'lower');
}

function endOfKind(text: string, from: number, kind: Kind): number {
  let end = from + 1;
  while (end < text.length && kindOf(text.charCodeAt(end)) === kind) end++;
  return end;
}

function tokensOf(text: string, from: number, end: number, kind: Kind): number {
  const length = end - from;
  switch (kind) {
    case 'blank':
      // A single one belongs to the word behind it.
      return length > 1 || text[from] === '\n' || text[from] === '\t' ? 1 : 0;
    case 'digit':
      return Math.ceil(length / charactersPerToken.digits);
    case 'cjk':
      return length * tokensPerCjk;
    case 'sign':
      return isRule(text, from, end) ? Math.ceil(length / charactersPerToken.rule) : Math.max(1, length / charactersPerToken.signs);
    case 'lower':
    case 'upper':
      if (length <= shortWord) return 1;
      return length <= longWord ? longWordTokens : length / charactersPerToken.longWord;
  }
}

/** Tokens of messages and tools together. */
export function estimateRequest({ messages, tools }: Pick<ModelRequest, 'messages' | 'tools'>): number {
  const fromTools = tools.length > 0 ? estimateText(JSON.stringify(tools)) : 0;
  return messages.reduce((sum, message) => sum + estimateMessage(message), fromTools);
}

export function estimateMessage({ content }: Message): number {
  return content.reduce((sum, part) => sum + estimateContent(part), perMessage);
}

function estimateContent(part: Content): number {
  switch (part.kind) {
    case 'text':
      return estimateText(part.text);
    case 'call':
      return estimateText(part.name) + estimateText(JSON.stringify(part.input));
    case 'result':
      return part.content.reduce((sum, each) => sum + estimateContent(each), perMessage);
    case 'image':
      return estimateImage(part);
    case 'file':
    case 'reasoning':
      return 0;
  }
}

/** By the size in pixels; an unknown size counts as the largest. */
function estimateImage({ data }: ImageContent): number {
  const { width, height } = imageSize(data) ?? { width: longestSide, height: longestSide };
  const fit = Math.min(1, longestSide / Math.max(width, height));
  const scale = fit * Math.min(1, shortestSide / (Math.min(width, height) * fit));
  const tiles = Math.ceil((width * scale) / tileSize) * Math.ceil((height * scale) / tileSize);
  return imageTokens + tileTokens * tiles;
}

/** Of a PNG, which VS Code makes of what it resizes, by its first chunk (https://www.w3.org/TR/png-3/#11IHDR). */
function imageSize(data: Uint8Array): { width: number; height: number } | undefined {
  if (data.byteLength < 24 || data[0] !== 0x89 || data[1] !== 0x50) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** One sign again and again, as in a rule or a table. */
function isRule(text: string, from: number, end: number): boolean {
  if (end - from < shortestRule) return false;
  for (let at = from + 1; at < end; at++) if (text.charCodeAt(at) !== text.charCodeAt(from)) return false;
  return true;
}

/** Corrects the estimate of each model by what its responses counted. */
export class TokenCalibration {
  readonly #factors = new Map<string, number>();

  factor(model: string): number {
    return this.#factors.get(model) ?? 1;
  }

  learn(model: string, estimated: number, counted: number): void {
    if (estimated <= 0 || counted <= 0) return;
    const ratio = Math.min(mostFactor, Math.max(leastFactor, counted / estimated));
    const before = this.#factors.get(model);
    this.#factors.set(model, before === undefined ? ratio : before + newestWeight * (ratio - before));
  }
}
