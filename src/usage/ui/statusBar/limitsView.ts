import { defined } from '../../../base/defined.ts';
import { escapeMarkdown } from '../../../shell/markdown.ts';
import { isResetPassed, shownExtra } from '../../limitStatus.ts';
import type { UsageWindow } from '../../snapshot.ts';
import type { UsageView } from '../../usageView.ts';
import { billingSource } from '../billing.ts';
import { age, formatAge, moment } from '../formatTime.ts';
import type { Share } from '../formatUsage.ts';
import { formatCredits, formatFailure, formatResetCredits, formatSpend, formatSpendReset, formatWindow } from '../formatUsage.ts';
import { limitSummary } from '../limitSummary.ts';
import { statusTexts } from '../statusTexts.ts';
import { shownPlan } from '../summaryParts.ts';
import { texts as usageTexts } from '../texts.ts';
import type { LoadedUsage } from '../usageCondition.ts';
import type { TooltipRow } from './statusTooltip.ts';
import { tooltip } from './statusTooltip.ts';
import type { StatusBarState, StatusView } from './statusTypes.ts';

/** The item once usage was read: what the limits say, unless the numbers are in doubt. */
export function limitsView(loaded: LoadedUsage, state: StatusBarState): StatusView {
  const { account, view } = loaded;
  const { settings, now, format } = state;
  const context = { snapshot: view.snapshot, plan: account.identity.plan, settings, format, now };
  const summary = limitSummary(view.status, context);
  const doubt = doubtOf(loaded);
  const icon = `$(${doubt ?? summary.icon})`;
  return {
    text: settings.statusBar === 'icon' ? icon : `${icon} ${summary.text}`,
    tooltip: tooltip({
      plan: shownPlan(context),
      label: account.label,
      payer: billingSource(view),
      headline: summary.headline === undefined ? undefined : escapeMarkdown(summary.headline),
      rows: [...windowRows(view, state), ...spendRows(view, state)],
      notes: notesOf(loaded, state),
      age: ageOf(loaded, state),
      links: ['showUsage', 'refresh', 'accounts'],
    }),
    ...(doubt === undefined
      ? { label: summary.label, ...defined({ background: summary.background }) }
      : { label: labelInDoubt(summary.label, loaded, state), isDim: true }),
    command: 'chatgptSignIn.showUsage',
  };
}

/** @returns the icon where the numbers are old, or OpenAI refuses to confirm them */
function doubtOf({ view, usage }: LoadedUsage): 'shield' | 'history' | undefined {
  const kind = usage.failure?.kind;
  if (kind === 'challenge') return 'shield';
  return kind === 'tooMany' || view.isStale ? 'history' : undefined;
}

function labelInDoubt(label: string, { view, usage }: LoadedUsage, { now, format }: StatusBarState): string {
  const { fetchedAt } = view.snapshot;
  const { failure, nextAt } = usage;
  const aged = statusTexts.asOfLabel(label, moment(fetchedAt, now, format, 'long'), age(fetchedAt, now, format));
  if (failure?.kind === 'challenge') return statusTexts.pausedLabel(aged);
  return failure?.kind === 'tooMany' && nextAt !== undefined
    ? `${aged} ${usageTexts.nextRetry(moment(nextAt, now, format, 'long'))}`
    : aged;
}

function windowRows({ snapshot, status, forecasts }: UsageView, { settings, now, format }: StatusBarState): TooltipRow[] {
  const { fetchedAt, windows, extra } = snapshot;
  return [...windows, ...shownExtra(snapshot, status)].map(window => {
    const { title, numbers, reset, forecast } = formatWindow(window, forecasts.get(window.id), { now, fetchedAt }, format);
    const unaffected =
      window.used >= 100 && window.reserve === undefined && extra.includes(window) ? usageTexts.mainUnaffected() : undefined;
    const details = [reset, forecast, unaffected].filter(part => part !== undefined);
    const bar = isResetPassed(window, fetchedAt, now) ? undefined : shown(window, settings.show);
    return { title, numbers, details, ...defined({ bar }) };
  });
}

function shown({ used }: Pick<UsageWindow, 'used'>, share: Share): number {
  return share === 'used' ? used : 100 - used;
}

function spendRows({ snapshot }: UsageView, { settings, now, format }: StatusBarState): TooltipRow[] {
  return snapshot.spend.flatMap(limit => {
    const numbers = formatSpend(limit, settings.show, format);
    if (numbers === undefined) return [];
    const reset = formatSpendReset(limit, now, format);
    const left = limit.isReached ? 0 : limit.leftPercent;
    const bar = left === undefined ? undefined : shown({ used: 100 - left }, settings.show);
    return { title: usageTexts.allowance(limit.kind), numbers, details: reset === undefined ? [] : [reset], ...defined({ bar }) };
  });
}

function notesOf({ view, usage, host }: LoadedUsage, { now, format }: StatusBarState): string[] {
  const { credits, resetCredits } = view.snapshot;
  return [
    credits && formatCredits(credits, format),
    resetCredits && formatResetCredits(resetCredits, now, format),
    formatFailure(usage, host, now, format),
  ].filter(note => note !== undefined);
}

function ageOf({ view, usage }: LoadedUsage, { now, format }: StatusBarState): { icon: string; text: string } {
  if (usage.isReading) return { icon: 'sync~spin', text: statusTexts.loading() };
  return { icon: 'history', text: formatAge({ now, fetchedAt: view.snapshot.fetchedAt }, format) };
}
