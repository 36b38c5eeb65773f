/** The limits of a plan as a model response tells them: in its headers, and in an event of its stream. */

import type { Workspace } from './people.ts';
import { usagePayload, type WindowReport } from './usage.ts';

interface Limit {
  primary_window: WindowReport | null;
  secondary_window: WindowReport | null;
}

/** The limit that a request is counted against. */
export interface ServedLimit {
  readonly id: string;
  readonly windows: Record<'primary' | 'secondary', WindowReport | null>;
}

/** The plan's own limit, or its reserve once that is used up; usage that a test reports has no part in this. */
export function servedLimit(workspace: Workspace): ServedLimit {
  const { rate_limit: own, additional_rate_limits: further } = usagePayload({
    ...workspace,
    userId: '',
    email: '',
    reported: undefined,
  }) as unknown as { rate_limit: Limit; additional_rate_limits: { metered_feature: string; rate_limit: Limit }[] | null };
  const main = { id: 'codex', windows: windowsOf(own) };
  const [reserve] = further ?? [];
  return usedUpWindow(main) && reserve ? { id: reserve.metered_feature, windows: windowsOf(reserve.rate_limit) } : main;
}

function windowsOf({ primary_window: primary, secondary_window: secondary }: Limit): ServedLimit['windows'] {
  return { primary, secondary };
}

export function usedUpWindow({ windows }: ServedLimit): WindowReport | undefined {
  return Object.values(windows).find(window => window !== null && window.used_percent >= 100) ?? undefined;
}

/** A limit that is not the plan's own is always named. */
export function limitHeaders({ id, windows }: ServedLimit, plan: string, isNamed: boolean): Record<string, string> {
  const entries = Object.entries(windows).flatMap(([slot, window]): [string, string][] =>
    window === null
      ? []
      : [
          [`x-codex-${slot}-used-percent`, String(window.used_percent)],
          [`x-codex-${slot}-window-minutes`, String(window.limit_window_seconds / 60)],
          [`x-codex-${slot}-reset-at`, String(window.reset_at)],
        ],
  );
  return {
    ...Object.fromEntries(entries),
    'x-codex-plan-type': plan,
    ...(isNamed || id !== 'codex' ? { 'x-codex-active-limit': id } : {}),
  };
}

/** The same as an event. */
export function limitsEvent({ id, windows }: ServedLimit, plan: string): Record<string, unknown> {
  const limits = Object.entries(windows).flatMap(([slot, window]): [string, object][] =>
    window === null
      ? []
      : [[slot, { used_percent: window.used_percent, window_minutes: window.limit_window_seconds / 60, reset_at: window.reset_at }]],
  );
  return { plan_type: plan, metered_limit_name: id, rate_limits: { allowed: true, limit_reached: false, ...Object.fromEntries(limits) } };
}
