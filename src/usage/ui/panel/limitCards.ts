import { defined } from '../../../base/defined.ts';
import { evenPace } from '../../forecast.ts';
import { isResetPassed, levelOf } from '../../limitStatus.ts';
import type { SpendLimit, UsageWindow } from '../../snapshot.ts';
import type { UsageView } from '../../usageView.ts';
import { moment } from '../formatTime.ts';
import type { Share } from '../formatUsage.ts';
import { formatShare, formatSpend, formatSpendReset, formatWindow, formatWindowSentence, isUnused } from '../formatUsage.ts';
import { texts as usageTexts } from '../texts.ts';
import { texts } from './texts.ts';
import type { DisplayedUsage, LimitCard, Limits, UsagePanelState } from './panelTypes.ts';

/** The cards of the main limit; `undefined` where it has no windows. */
export function limitsOf({ view, summary }: DisplayedUsage, state: UsagePanelState): Limits | undefined {
  const { windows, fetchedAt } = view.snapshot;
  if (windows.length === 0) return undefined;
  const title = view.isStale ? texts.limitsAsOf(moment(fetchedAt, state.now, state.format)) : texts.limits();
  const note = view.status.kind === 'normal' ? summary.headline : undefined;
  return { title, ...defined({ note }), cards: windowCards(windows, view, state) };
}

export function windowCards(windows: readonly UsageWindow[], view: UsageView, state: UsagePanelState): LimitCard[] {
  return windows.map((window, index) => ({
    ...windowCard(window, view, state),
    id: `${window.limitId}-${String(index)}`.replace(/[^\w-]/g, '-'),
  }));
}

function windowCard(window: UsageWindow, { snapshot, samples, forecasts }: UsageView, state: UsagePanelState): Omit<LimitCard, 'id'> {
  const { fetchedAt } = snapshot;
  const { now, format, settings } = state;
  const { workDays, thresholds } = settings.alerts;
  const { title, used, left, reset, forecast } = formatWindow(window, forecasts.get(window.id), { now, fetchedAt }, format);
  const sentence = formatWindowSentence(window, { now, fetchedAt }, format, settings.show);
  const further = [reset, forecast].filter(line => line !== undefined);
  if (isResetPassed(window, fetchedAt, now)) return { title, tone: 'normal', share: '–', sentence, lines: further };
  const isSpent = window.used >= 100;
  const week = { workDays, ...defined({ timeZone: format.timeZone }) };
  const own = samples.filter(({ windowId }) => windowId === window.id);
  const even = isUnused(window) || isSpent ? undefined : evenPace(window, fetchedAt, { ...week, samples: own });
  const tone = isSpent ? 'spent' : levelOf(window.used, thresholds);
  return {
    title,
    tone,
    value: shareOf(window.used, settings.show),
    ...defined({ pace: even === undefined ? undefined : shareOf(even, settings.show), badge: badgeOf(tone) }),
    share: isSpent ? usageTexts.usedUp() : formatShare(window.used, settings.show, format),
    sentence,
    lines: [`${used} · ${left}`, ...further, ...(even === undefined ? [] : [texts.evenPace(formatShare(even, settings.show, format))])],
  };
}

export function allowanceCard(limit: SpendLimit, { now, format, settings }: UsagePanelState): LimitCard {
  const { kind, leftPercent, isReached } = limit;
  const title = usageTexts.allowance(kind);
  const used = isReached ? 100 : leftPercent === undefined ? undefined : 100 - leftPercent;
  const tone = used === undefined ? 'normal' : used >= 100 ? 'spent' : levelOf(used, settings.alerts.thresholds);
  const share = formatSpend(limit, settings.show, format) ?? texts.noCap();
  const reset = formatSpendReset(limit, now, format);
  return {
    id: `allowance-${kind}`,
    title,
    tone,
    ...defined({ value: used === undefined ? undefined : shareOf(used, settings.show), badge: badgeOf(tone) }),
    share,
    sentence: [`${title} ${share}`, ...(reset === undefined ? [] : [reset])].join(', '),
    lines: reset === undefined ? [] : [reset],
  };
}

function shareOf(used: number, share: Share): number {
  return share === 'left' ? 100 - used : used;
}

/** Words for what the colour says; that all is gone stands there anyway. */
function badgeOf(tone: LimitCard['tone']): string | undefined {
  if (tone === 'low') return texts.low();
  return tone === 'critical' ? texts.critical() : undefined;
}
