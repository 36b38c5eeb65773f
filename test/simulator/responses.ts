/** Model requests that a plan pays for: one made-up response, streamed as by the real service, and the refusal of a plan that is used up. */

import { setTimeout as sleep } from 'node:timers/promises';
import { nowSeconds } from './clock.ts';
import type { SimulatedResponse } from './contract.ts';
import { ResponseEvents, type StreamStep } from './responseEvents.ts';
import { readModelRequest } from './modelRequest.ts';
import type { Session } from './sessions.ts';
import type { State } from './state.ts';
import { usagePayload } from './usage.ts';

export interface ModelStream {
  readonly headers: Record<string, string>;
  readonly steps: AsyncIterable<StreamStep>;
}

/** The windows in a usage response; usage that a test reports has no part in this. */
interface RateLimit {
  primary_window: Window | null;
  secondary_window: Window | null;
}

interface Window {
  used_percent: number;
  limit_window_seconds: number;
  reset_at: number;
}

/** A request that is answered costs a part of every limit of the plan. */
export function respondToModelRequest(state: State, { person, workspace }: Session, json: string): SimulatedResponse | ModelStream {
  const { userId, email } = person;
  const { rate_limit: limit } = usagePayload({ userId, email, ...workspace, reported: undefined }) as unknown as { rate_limit: RateLimit };
  const windows = { primary: limit.primary_window, secondary: limit.secondary_window };
  const headers = limitHeaders(windows);
  const usedUp = Object.values(windows).find(window => window !== null && window.used_percent >= 100);
  if (usedUp && (workspace.reserve ?? 100) >= 100) {
    const reset = { resets_at: usedUp.reset_at, resets_in_seconds: usedUp.reset_at - nowSeconds() };
    const error = { type: 'usage_limit_reached', message: 'The usage limit has been reached', plan_type: workspace.plan, ...reset };
    return { status: 429, headers, body: { error } };
  }
  const request = readModelRequest(json, workspace.plan);
  if ('status' in request) return request;
  workspace.windows.spend(workspace.plan, state.settings.turnPercent);
  return {
    headers,
    steps: slowly(state, new ResponseEvents(`The simulator has read: ${request.text}`, state.orders.own.takeStreamFault())),
  };
}

async function* slowly({ settings }: State, events: ResponseEvents): AsyncIterable<StreamStep> {
  let isFirst = true;
  for (const step of events.steps()) {
    // Before and not after it: a client may close the connection as soon as it has the last one.
    if (!isFirst) await sleep(settings.streamDelayMs);
    isFirst = false;
    yield step;
  }
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
