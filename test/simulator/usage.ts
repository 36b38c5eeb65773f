/** Usage windows that run: each starts with its first use and is empty again at its reset time. */

import { nowSeconds } from './clock.ts';
import type { ReportedUsage, UsedChange, WindowKind } from './contract.ts';

const lengths: Record<WindowKind, number> = { '5h': 18_000, weekly: 604_800, monthly: 2_592_000 };

/** The windows of a plan in the order of the service's slots. */
function windowsOf(plan: string): WindowKind[] {
  if (plan === 'free' || plan === 'go') return ['monthly'];
  if (plan === 'pro') return ['weekly'];
  if (plan.startsWith('enterprise')) return [];
  return ['5h', 'weekly'];
}

interface Running {
  used: number;
  resetAt: number;
}

export interface WindowReport {
  used_percent: number;
  limit_window_seconds: number;
  reset_after_seconds: number;
  reset_at: number;
}

export class UsageWindows {
  readonly #running = new Map<WindowKind, Running>();

  set(changes: Partial<Record<WindowKind, UsedChange>>): void {
    for (const kind of Object.keys(changes) as WindowKind[]) {
      const change = changes[kind];
      if (change !== undefined) this.#setOne(kind, typeof change === 'number' ? { percent: change } : change);
    }
  }

  report(kind: WindowKind): WindowReport {
    const now = nowSeconds();
    const running = this.#current(kind);
    const resetAt = running?.resetAt ?? now + lengths[kind];
    return {
      used_percent: running?.used ?? 0,
      limit_window_seconds: lengths[kind],
      reset_after_seconds: resetAt - now,
      reset_at: resetAt,
    };
  }

  /** Uses a part of every window of the plan. */
  spend(plan: string, percent: number): void {
    for (const kind of windowsOf(plan)) this.#setOne(kind, { percent: Math.min(100, (this.#current(kind)?.used ?? 0) + percent) });
  }

  #setOne(kind: WindowKind, { percent, resetsInSeconds, keepsReset = false }: Exclude<UsedChange, number>): void {
    if (percent === 0 && resetsInSeconds === undefined && !keepsReset) {
      this.#running.delete(kind);
      return;
    }
    const resetAt =
      resetsInSeconds === undefined ? (this.#current(kind)?.resetAt ?? nowSeconds() + lengths[kind]) : nowSeconds() + resetsInSeconds;
    this.#running.set(kind, { used: percent, resetAt });
  }

  #current(kind: WindowKind): Running | undefined {
    const running = this.#running.get(kind);
    if (running && nowSeconds() >= running.resetAt) {
      this.#running.delete(kind);
      return undefined;
    }
    return running;
  }
}

export interface UsageSubject {
  userId: string;
  email: string;
  accountId: string;
  plan: string;
  resetCredits: number;
  reserve?: number | undefined;
  windows: UsageWindows;
  reported?: ReportedUsage | undefined;
}

export function usagePayload(subject: UsageSubject): Record<string, unknown> {
  const { userId, email, accountId, reported } = subject;
  const owner = { user_id: userId, account_id: accountId, email };
  if (!reported) return { ...owner, ...planPayload(subject) };
  const { payload, at } = reported;
  const moved = at === undefined ? payload : moveResets(payload, nowSeconds() - at);
  return { ...(moved as Record<string, unknown>), ...owner };
}

/** The same payload with all reset times moved by as many seconds; 0 is no reset time. */
function moveResets(value: unknown, seconds: number, name = ''): unknown {
  if (Array.isArray(value)) return value.map(each => moveResets(each, seconds));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, moveResets(each, seconds, key)]));
  }
  return typeof value === 'number' && value > 0 && /^resets?_?at$/i.test(name) ? value + seconds : value;
}

/** Reported also while nothing is used up. */
function reserveLimit(used: number): Record<string, unknown> {
  const resetAfter = lengths.weekly / 2;
  return {
    limit_name: 'gpt-reserve',
    metered_feature: 'base_model_inference',
    normal_model_slug: 'gpt-5.6-luna',
    rate_limit: {
      allowed: used < 100,
      limit_reached: used >= 100,
      primary_window: {
        used_percent: used,
        limit_window_seconds: lengths.weekly,
        reset_after_seconds: resetAfter,
        reset_at: nowSeconds() + resetAfter,
      },
      secondary_window: null,
    },
  };
}

function planPayload({ plan, resetCredits, reserve, windows }: UsageSubject): Record<string, unknown> {
  const [primary, secondary] = windowsOf(plan).map(kind => windows.report(kind));
  const exhausted = [primary, secondary].some(window => window !== undefined && window.used_percent >= 100);
  const onCredits = primary === undefined;
  return {
    plan_type: plan,
    rate_limit: {
      allowed: !exhausted,
      limit_reached: exhausted,
      primary_window: primary ?? null,
      secondary_window: secondary ?? null,
    },
    code_review_rate_limit: null,
    additional_rate_limits: reserve === undefined ? null : [reserveLimit(reserve)],
    credits: {
      has_credits: onCredits,
      unlimited: onCredits,
      overage_limit_reached: false,
      balance: onCredits ? null : '0',
      approx_local_messages: onCredits ? null : [0, 0],
      approx_cloud_messages: onCredits ? null : [0, 0],
    },
    spend_control: { reached: false, individual_limit: null },
    rate_limit_reached_type: exhausted ? { type: 'rate_limit_reached' } : null,
    promo: null,
    referral_beacon: null,
    rate_limit_reset_credits: { available_count: resetCredits, applicable_available_count: exhausted ? resetCredits : 0 },
  };
}
