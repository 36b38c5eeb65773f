import { redact } from '../../../shell/redact.ts';
import type { UsagePanelState } from './panelTypes.ts';

/** What is known of an account's usage, to pass on: JSON without a word about whose it is, and with every text made harmless. */
export function usageDiagnostics({ account, usage, history, settings, now }: UsagePanelState, version: string): string {
  const { view, failure, nextAt } = usage ?? {};
  const { kind, code, times, since, at, until } = failure ?? {};
  const known = {
    extension: version,
    at: isoTime(now),
    account: account && { isEnded: account.isExpired, tellsUsage: account.host !== undefined, plan: account.identity.plan },
    settings: {
      isEnabled: settings.isEnabled,
      show: settings.show,
      thresholds: settings.alerts.thresholds,
      workDays: settings.alerts.workDays,
    },
    snapshot: view?.snapshot,
    failure: failure && { kind, code, times, since: isoTime(since), at: isoTime(at), until: isoTime(until) },
    nextAt: isoTime(nextAt),
    history: { samples: history?.length, oldest: isoTime(history?.[0]?.at), newest: isoTime(history?.at(-1)?.at) },
  };
  return JSON.stringify(known, (_name, value: unknown) => (typeof value === 'string' ? redact(value) : value), 2);
}

function isoTime(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
