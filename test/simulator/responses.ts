/** Model requests that a plan pays for: one made-up response, streamed as by the real service, and the refusal of a plan that is used up. */

import { randomBytes } from 'node:crypto';
import { nowSeconds } from './clock.ts';
import type { Session } from './sessions.ts';
import { usagePayload } from './usage.ts';

export interface ResponsesReply {
  status: number;
  headers?: Record<string, string>;
  /** The events of a stream, or a refusal. */
  body: readonly StreamEvent[] | Record<string, unknown>;
}

export interface StreamEvent {
  type: string;
  [field: string]: unknown;
}

/** The windows in a usage response; usage that a test reports has no part in this. */
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

export function respondToModelRequest({ person, workspace }: Session, params: Record<string, string>): ResponsesReply {
  const { userId, email } = person;
  const { rate_limit: limit } = usagePayload({ userId, email, ...workspace, reported: undefined }) as unknown as { rate_limit: RateLimit };
  const windows = { primary: limit.primary_window, secondary: limit.secondary_window };
  const usedUp = Object.values(windows).find(window => window !== null && window.used_percent >= 100);
  if (usedUp) {
    const reset = { resets_at: usedUp.reset_at, resets_in_seconds: usedUp.reset_at - nowSeconds() };
    const error = { type: 'usage_limit_reached', message: 'The usage limit has been reached', plan_type: workspace.plan, ...reset };
    return { status: 429, headers: limitHeaders(windows), body: { error } };
  }
  if (!isValid(params)) return { status: 400, body: { detail: 'Bad Request' } };
  return { status: 200, headers: limitHeaders(windows), body: stream(`The simulator has read: ${lastText(params['input'] ?? '')}`) };
}

/** Whether a request has what the service requires: a model, an input, and that it streams and is not stored. */
function isValid({ model, input, store, stream }: Record<string, string>): boolean {
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
