/** The body of a Responses stream as events. */
import { createParser } from 'eventsource-parser';
import { withTimeout } from '../../base/async.ts';
import type { Clock } from '../../base/clock.ts';
import { minute } from '../../base/duration.ts';
import type { HttpStream } from '../../base/http.ts';
import { isRecord, parseJson } from '../../base/json.ts';
import { ModelError } from '../modelError.ts';

/** An event of the stream, unchecked: the service may send others than those that are known here. */
export type StreamEvent = Readonly<Record<string, unknown>>;

/** A service that sends nothing for so long will send nothing more. */
export const longestSilence = 5 * minute;
const longestLine = 8 * 2 ** 20;
/** Of a refusal. */
const longestText = 1_000_000;

type Body = HttpStream['body'];

/**
 * Each event as it comes; an event that is not JSON is left out. Whoever stops reading early ends the request by its signal.
 * @throws ModelError `noAnswer` after five minutes without a byte, `cutOff` where the connection breaks or a line is too long,
 * `blockedNetwork` for a page: the header that should tell it from a stream may be missing
 */
export async function* readEvents(body: Body, clock: Clock): AsyncGenerator<StreamEvent, void, undefined> {
  const events: StreamEvent[] = [];
  let tooLong: unknown;
  const parser = createParser({
    maxBufferSize: longestLine,
    onEvent: ({ data }) => {
      const event = parseJson(data);
      if (isRecord(event)) events.push(event);
    },
    onError: error => {
      if (error.type === 'max-buffer-size-exceeded') tooLong = error;
    },
  });
  let hasBegun = false;
  for await (const text of readChunks(body, clock)) {
    if (!hasBegun && isPageText(text)) throw new ModelError('blockedNetwork');
    hasBegun ||= text.trim() !== '';
    parser.feed(text);
    yield* events.splice(0);
    if (tooLong !== undefined) throw new ModelError('cutOff', { cause: tooLong });
  }
}

/** A body that is not streamed; what is longer than any refusal is left out. @throws as `readEvents` */
export async function readBody(body: Body, clock: Clock): Promise<string> {
  let whole = '';
  for await (const text of readChunks(body, clock)) {
    whole += text;
    if (whole.length > longestText) return '';
  }
  return whole;
}

export function isPageText(text: string): boolean {
  return text.trimStart().startsWith('<');
}

async function* readChunks(body: Body, clock: Clock): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  const chunks = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
  for (;;) {
    const next = await nextChunk(chunks, clock);
    if (next.done === true) return;
    yield decoder.decode(next.value, { stream: true });
  }
}

async function nextChunk(
  chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>,
  clock: Clock,
): Promise<IteratorResult<Uint8Array, unknown>> {
  const next = Promise.resolve(chunks.next()).catch((cause: unknown) => {
    throw new ModelError('cutOff', { cause });
  });
  return withTimeout(next, { clock, ms: longestSilence }, () => {
    throw new ModelError('noAnswer');
  });
}
