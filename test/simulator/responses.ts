/** Model requests that a plan pays: one made-up answer, streamed as the real service streams its own, and the refusal of a spent plan. */

import { randomBytes } from 'node:crypto';
import { nowSeconds } from './clock.ts';
import type { Session } from './sessions.ts';
import { usagePayload } from './usage.ts';

export interface ResponsesReply {
  status: number;
  headers?: Record<string, string>;
  /** Events of a stream, or a refusal. */
  body: readonly StreamEvent[] | Record<string, unknown>;
}

export interface StreamEvent {
  type: string;
  [field: string]: unknown;
}

/** The windows as the service tells them; those that a test makes up are none of it. */
interface RateLimit {
  limit_reached: boolean;
  primary_window: Window | null;
  secondary_window: Window | null;
}

interface Window {
  used_percent: number;
  limit_window_seconds: number;
  reset_at: number;
}

export function answerModelRequest({ person, workspace }: Session, params: Record<string, string>): ResponsesReply {
  const { userId, email } = person;
  const { rate_limit: limit } = usagePayload({ userId, email, ...workspace, reported: undefined }) as unknown as { rate_limit: RateLimit };
  const windows = { primary: limit.primary_window, secondary: limit.secondary_window };
  const spent = Object.values(windows).find(window => window !== null && window.used_percent >= 100);
  if (spent) {
    const when = { resets_at: spent.reset_at, resets_in_seconds: spent.reset_at - nowSeconds() };
    const error = { type: 'usage_limit_reached', message: 'The usage limit has been reached', plan_type: workspace.plan, ...when };
    return { status: 429, headers: limitHeaders(windows), body: { error } };
  }
  if (!isAsked(params)) return { status: 400, body: { detail: 'Bad Request' } };
  return { status: 200, headers: limitHeaders(windows), body: stream(`The simulator has read: ${lastText(params['input'] ?? '')}`) };
}

/** What the service cannot do without: a model, an input, and that it stores nothing and streams. */
function isAsked({ model, input, store, stream }: Record<string, string>): boolean {
  return model !== undefined && (input ?? '').startsWith('[') && store === 'false' && stream === 'true';
}

function lastText(input: string): string {
  const items = JSON.parse(input) as { content?: { type: string; text?: string }[] }[];
  return items.at(-1)?.content?.find(({ type }) => type === 'input_text')?.text ?? '';
}

function limitHeaders(windows: Record<string, Window | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(windows).flatMap(([slot, window]) =>
      window === null
        ? []
        : [
            [`x-codex-${slot}-used-percent`, String(window.used_percent)],
            [`x-codex-${slot}-window-minutes`, String(window.limit_window_seconds / 60)],
            [`x-codex-${slot}-reset-at`, String(window.reset_at)],
          ],
    ),
  );
}

function stream(text: string): StreamEvent[] {
  const response = { id: `resp_${randomBytes(12).toString('base64url')}` };
  const message = { type: 'message', role: 'assistant', id: `msg_${randomBytes(12).toString('base64url')}` };
  const [first = '', ...rest] = text.split(/(?<= )/);
  const delta = (part: string) => ({
    type: 'response.output_text.delta',
    item_id: message.id,
    output_index: 0,
    content_index: 0,
    delta: part,
  });
  const item = { ...message, status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] };
  const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
  return [
    { type: 'response.created', response: { ...response, status: 'in_progress' } },
    { type: 'response.output_item.added', output_index: 0, item: { ...message, status: 'in_progress', content: [] } },
    delta(first),
    delta(rest.join('')),
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { ...response, status: 'completed', output: [], usage } },
  ];
}
