import { forecast } from '../../forecast.ts';
import type { UsageState } from '../../polling/usageService.ts';
import type { UsageSnapshot, UsageWindow } from '../../snapshot.ts';
import { isResetPassed, limitStatus } from '../../limitStatus.ts';
import { escapeMarkdown } from '../../../shell/markdown.ts';
import { shownPlan, limitSummary } from '../limitSummary.ts';
import type { TooltipRow } from './statusTooltip.ts';
import { tooltip } from './statusTooltip.ts';
import type { DisplayedAccount, StatusBarState, StatusView } from './statusView.ts';
import { statusTexts } from '../statusTexts.ts';
import { texts as usageTexts } from '../texts.ts';
import type { Share } from '../formatUsage.ts';
import {
  age,
  formatAge,
  formatCredits,
  moment,
  formatResetCredits,
  formatSpendReset,
  formatSpend,
  formatFailure,
  formatWindow,
} from '../formatUsage.ts';
import { billingSource } from '../billing.ts';

/** A situation with something to show. */
export interface LimitsViewState extends StatusBarState {
  readonly account: DisplayedAccount;
  readonly host: string;
  readonly usage: UsageState;
  readonly snapshot: UsageSnapshot;
}

const minute = 60_000;
/** From when on a reading is old. */
const staleAfter = 15 * minute;
/** An interval that a person chose varies by a tenth, and an answer takes its time. */
const lateness = 1.2;

/** The item where usage was read once: what the standing says, unless the numbers are in doubt. */
export function limitsView(situation: LimitsViewState): StatusView {
  const { snapshot, settings, now, format, account } = situation;
  const context = { snapshot, plan: account.identity.plan, settings, format, now };
  const status = limitStatus(snapshot, now, settings.alerts.thresholds);
  const bar = limitSummary(status, context);
  const doubt = doubtOf(situation);
  const icon = `$(${doubt ?? bar.icon})`;
  return {
    text: settings.statusBar === 'icon' ? icon : `${icon} ${bar.text}`,
    tooltip: tooltip({
      plan: shownPlan(context),
      label: account.label,
      payer: billingSource(snapshot, status),
      headline: bar.headline === undefined ? undefined : escapeMarkdown(bar.headline),
      rows: [...windowRows(situation), ...spendRows(situation)],
      notes: notesOf(situation),
      age: ageOf(situation),
      links: ['showUsage', 'refresh', 'accounts'],
    }),
    label: doubt === undefined ? bar.label : labelInDoubt(bar.label, situation),
    ...(doubt === undefined ? {} : { isDim: true }),
    ...(doubt === undefined && bar.background !== undefined ? { background: bar.background } : {}),
    command: 'chatgptSignIn.showUsage',
  };
}

/** @returns the icon where the numbers are old, or the service does not let us look whether they still hold */
function doubtOf({ snapshot, usage, settings, now }: LimitsViewState): 'shield' | 'history' | undefined {
  const kind = usage.failure?.kind;
  if (kind === 'challenge') return 'shield';
  const { interval } = settings;
  const patience = typeof interval === 'number' ? Math.max(staleAfter, interval * minute * lateness) : staleAfter;
  return kind === 'tooMany' || now - snapshot.fetchedAt >= patience ? 'history' : undefined;
}

function labelInDoubt(label: string, { snapshot, usage, now, format }: LimitsViewState): string {
  const { fetchedAt } = snapshot;
  const { failure, nextAt } = usage;
  const aged = statusTexts.asOfLabel(label, moment(fetchedAt, now, format, 'long'), age(fetchedAt, now, format));
  if (failure?.kind === 'challenge') return statusTexts.pausedLabel(aged);
  return failure?.kind === 'tooMany' && nextAt !== undefined
    ? `${aged} ${usageTexts.nextRetry(moment(nextAt, now, format, 'long'))}`
    : aged;
}

function windowRows({ snapshot, settings, samples = [], now, format }: LimitsViewState): TooltipRow[] {
  const { fetchedAt, windows, extra } = snapshot;
  const { workDays } = settings.alerts;
  const { timeZone } = format;
  return [...windows, ...extra].map(window => {
    const own = samples.filter(({ windowId }) => windowId === window.id);
    const outlook = forecast(window, { fetchedAt, now, workDays, samples: own, ...(timeZone === undefined ? {} : { timeZone }) });
    const { title, numbers, reset, forecast: outcome } = formatWindow(window, outlook, { now, fetchedAt }, format);
    const apart = window.used >= 100 && extra.includes(window) ? usageTexts.mainUnaffected() : undefined;
    const details = [reset, outcome, apart].filter(part => part !== undefined);
    return { title, numbers, details, ...(isResetPassed(window, fetchedAt, now) ? {} : { bar: shown(window, settings.show) }) };
  });
}

function shown({ used }: Pick<UsageWindow, 'used'>, share: Share): number {
  return share === 'used' ? used : 100 - used;
}

function spendRows({ snapshot, settings, now, format }: LimitsViewState): TooltipRow[] {
  return snapshot.spend.flatMap(limit => {
    const numbers = formatSpend(limit, settings.show, format);
    if (numbers === undefined) return [];
    const reset = formatSpendReset(limit, now, format);
    const left = limit.isReached ? 0 : limit.leftPercent;
    const bar = left === undefined ? {} : { bar: shown({ used: 100 - left }, settings.show) };
    return { title: usageTexts.allowance(limit.kind), numbers, details: reset === undefined ? [] : [reset], ...bar };
  });
}

function notesOf({ snapshot, usage, host, now, format }: LimitsViewState): string[] {
  const { credits, resetCredits } = snapshot;
  return [
    credits && formatCredits(credits, format),
    resetCredits && formatResetCredits(resetCredits, now, format),
    formatFailure(usage, host, now, format),
  ].filter(note => note !== undefined);
}

function ageOf({ snapshot, usage, now, format }: LimitsViewState): { icon: string; text: string } {
  if (usage.isReading) return { icon: 'sync~spin', text: statusTexts.loading() };
  return { icon: 'history', text: formatAge({ now, fetchedAt: snapshot.fetchedAt }, format) };
}
