/** The usage panel as it is drawn: plain values and all words, nothing of the page that draws them. */
import type { ErrorCode } from '../../../base/errors.ts';
import type { Identity } from '../../../oauth/tokenSet.ts';
import { evenPace, forecast } from '../../forecast.ts';
import type { UsageState } from '../../polling/usageService.ts';
import type { Credits, SpendLimit, UsageSnapshot, UsageWindow } from '../../snapshot.ts';
import { codeReviewLimit } from '../../snapshot.ts';
import { planName } from '../../../accounts/planName.ts';
import type { UsageSample } from '../../history.ts';
import { isConfirmed } from '../../polling/pollSchedule.ts';
import type { LimitStatus } from '../../limitStatus.ts';
import { isResetPassed, levelOf, limitStatus } from '../../limitStatus.ts';
import type { LimitSummary } from '../limitSummary.ts';
import { limitSummary } from '../limitSummary.ts';
import { texts as accountsTexts } from '../../../accounts/ui/texts.ts';
import { commonTexts } from '../../../shell/commonTexts.ts';
import { errorText } from '../../../shell/errorTexts.ts';
import { statusTexts } from '../statusTexts.ts';
import { texts as usageTexts } from '../texts.ts';
import { texts } from './texts.ts';
import { billingTexts } from '../../../shell/billingTexts.ts';
import type { Chart, ChartSpan } from './chart.ts';
import { chartSpans, usageChart } from './chart.ts';
import type { UsagePanelAction } from './messages.ts';
import type { UsageSettings } from '../settings.ts';
import type { FormatOptions, Share } from '../formatUsage.ts';
import {
  formatAge,
  amount,
  countdown,
  formatCredits,
  isUnused,
  moment,
  formatResetCredits,
  formatShare,
  formatSpendReset,
  formatSpend,
  formatFailure,
  formatWindowSentence,
  windowTitle,
  formatWindow,
} from '../formatUsage.ts';
import { billingSource } from '../billing.ts';

export interface PanelAccount {
  readonly hash: string;
  readonly label: string;
  readonly identity: Partial<Identity>;
  readonly isEnded: boolean;
  /** The host that tells its usage; absent where nothing does. */
  readonly host?: string;
  /** Where the service shows usage itself. */
  readonly page?: string;
}

/** What the panel tells of. */
export interface UsagePanelState {
  readonly accounts: readonly PanelAccount[];
  /** One of them, where there are any. */
  readonly account?: PanelAccount;
  readonly problem?: ErrorCode;
  readonly usage?: UsageState;
  /** Of all its limits, oldest first; absent until it is there. */
  readonly history?: readonly UsageSample[];
  readonly settings: Pick<UsageSettings, 'isEnabled' | 'show' | 'statusBar' | 'alerts'>;
  readonly format: FormatOptions;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly span: ChartSpan;
  /** Whose history is drawn; the longest of the main ones where it is absent or gone. */
  readonly windowId?: string;
  /** Of the chart, in pixels. */
  readonly width: number;
}

export interface Fact {
  readonly term: string;
  readonly text: string;
}

export interface Option {
  readonly value: string;
  readonly name: string;
  readonly isChosen: boolean;
}

export interface Options {
  readonly label: string;
  readonly options: readonly Option[];
}

export interface PanelButton {
  readonly action: UsagePanelAction;
  readonly title: string;
  readonly isPrimary?: boolean;
}

/** What is the matter, before everything else. */
export interface Banner {
  readonly tone: 'info' | 'warning' | 'error';
  readonly headline: string;
  readonly details: readonly string[];
  readonly button?: PanelButton;
}

/** A limit or an allowance. */
export interface LimitCard {
  /** Good for an id in the page. */
  readonly id: string;
  readonly title: string;
  readonly tone: 'normal' | 'low' | 'critical' | 'spent';
  /** 0 to 100, of the share that is shown; absent where it is not known. */
  readonly value?: number;
  /** Where an even pace would be, likewise. */
  readonly pace?: number;
  readonly share: string;
  /** What the colour says, in a word. */
  readonly badge?: string;
  /** All of it for a screen reader. */
  readonly sentence: string;
  readonly lines: readonly string[];
}

export interface Limits {
  readonly title: string;
  readonly note?: string;
  readonly cards: readonly LimitCard[];
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  readonly cards: readonly LimitCard[];
  readonly facts: readonly Fact[];
}

export interface HistoryView {
  readonly title: string;
  readonly limits: Options;
  readonly spans: Options;
  /** What the chart is, for a screen reader. */
  readonly label: string;
  readonly hint: string;
  readonly chart?: Chart;
  /** Said in its place. */
  readonly empty: string;
  readonly legend: readonly { readonly kind: 'steps' | 'pace' | 'warn' | 'reset' | 'gap'; readonly label: string }[];
  readonly note?: string;
  readonly table: { readonly show: string; readonly hide: string; readonly caption: string; readonly columns: readonly string[] };
}

export interface UsagePanelView {
  readonly title: string;
  /** Where there are several. */
  readonly accounts?: Options;
  readonly facts: readonly Fact[];
  readonly banner?: Banner;
  readonly isBusy: boolean;
  readonly limits?: Limits;
  readonly history?: HistoryView;
  readonly sections: readonly Section[];
  readonly source?: { readonly title: string; readonly lines: readonly string[] };
  readonly buttons: readonly PanelButton[];
  /** What is news when it changes, for a screen reader. */
  readonly summary: string;
}

const staleAfter = 15 * 60_000;

export function usagePanelView(situation: UsagePanelState): UsagePanelView {
  const { account, accounts, usage } = situation;
  const reading = account && readingOf(account, situation);
  const banner = bannerOf(situation, reading);
  const limits = reading && limitsOf(reading, situation);
  const history = reading && historyOf(reading.snapshot, situation);
  return {
    title: texts.title(),
    ...(accounts.length > 1 ? { accounts: accountOptions(situation) } : {}),
    facts: account ? factsOf(account, reading, situation) : [],
    ...(banner ? { banner } : {}),
    isBusy: usage?.isReading ?? false,
    ...(limits ? { limits } : {}),
    ...(history ? { history } : {}),
    sections: reading ? sectionsOf(reading.snapshot, situation) : [],
    ...(reading ? { source: { title: texts.about(), lines: sourceOf(reading.snapshot, account, situation) } } : {}),
    buttons: buttonsOf(situation),
    summary: [...(banner ? [banner.headline] : []), ...(limits?.cards ?? []).map(({ sentence }) => sentence)].join('. '),
  };
}

/** What was read, with what decides in it. */
interface CurrentUsage {
  readonly snapshot: UsageSnapshot;
  readonly status: LimitStatus;
  readonly bar: LimitSummary;
}

/** @returns nothing of an account that is closed, nor where nothing may be read */
function readingOf({ host, identity }: PanelAccount, { usage, settings, now, format }: UsagePanelState): CurrentUsage | undefined {
  const snapshot = usage?.snapshot;
  if (!snapshot || host === undefined || !settings.isEnabled || usage.failure?.kind === 'accountInactive') return undefined;
  const status = limitStatus(snapshot, now, settings.alerts.thresholds);
  return { snapshot, status, bar: limitSummary(status, { snapshot, plan: identity.plan, settings, format, now }) };
}

function accountOptions({ accounts, account }: UsagePanelState): Options {
  const options = accounts.map(({ hash, label }) => ({ value: hash, name: label, isChosen: hash === account?.hash }));
  return { label: texts.account(), options };
}

function factsOf(account: PanelAccount, reading: CurrentUsage | undefined, situation: UsagePanelState): Fact[] {
  const { workspaceName } = account.identity;
  const plan = planName(reading?.snapshot.plan ?? account.identity.plan);
  return [
    ...(plan === undefined ? [] : [{ term: texts.plan(), text: plan }]),
    ...(situation.accounts.length > 1 ? [] : [{ term: texts.account(), text: account.label }]),
    ...(workspaceName === undefined ? [] : [{ term: texts.workspace(), text: workspaceName }]),
    ...(reading ? [{ term: texts.billing(), text: billingSource(reading.snapshot, reading.status) ?? billingTexts.unknown() }] : []),
  ];
}

// What is the matter

function bannerOf(
  { account, problem, settings, usage, now, format }: UsagePanelState,
  reading: CurrentUsage | undefined,
): Banner | undefined {
  const snapshot = reading?.snapshot;
  const signIn = (title: string): PanelButton => ({ action: 'signIn', title, isPrimary: true });
  if (!account) {
    if (problem === undefined)
      return { tone: 'info', headline: statusTexts.signedOutTooltip(), details: [], button: signIn(accountsTexts.signIn()) };
    return {
      tone: 'error',
      headline: errorText(problem).message,
      details: [],
      button: { action: 'showLog', title: commonTexts.showLog() },
    };
  }
  const failure = usage?.failure;
  const last = snapshot ? [statusTexts.lastUpdated(moment(snapshot.fetchedAt, now, format))] : [];
  if (account.isEnded || failure?.kind === 'sessionEnded') {
    return { tone: 'warning', headline: statusTexts.sessionExpiredTooltip(), details: last, button: signIn(commonTexts.signInAgain()) };
  }
  if (failure?.kind === 'workspaceInactive' && isConfirmed(failure)) {
    return { tone: 'warning', headline: usageTexts.workspaceInactive(), details: last, button: signIn(commonTexts.signInAgain()) };
  }
  if (failure?.kind === 'accountInactive') return { tone: 'error', headline: usageTexts.accountInactive(), details: [] };
  if (account.host === undefined) return { tone: 'info', headline: statusTexts.noUsage(), details: [] };
  if (!settings.isEnabled) {
    return {
      tone: 'info',
      headline: statusTexts.off(),
      details: [],
      button: { action: 'openSettings', title: commonTexts.openSettings() },
    };
  }
  const trouble = usage && formatFailure(usage, account.host, now, format);
  if (!reading || !snapshot) {
    return { tone: 'info', headline: usage?.isReading || trouble === undefined ? unread(usage) : trouble, details: [] };
  }
  const isInDoubt = trouble !== undefined || isStale(snapshot, now);
  const age = formatAge({ now, fetchedAt: snapshot.fetchedAt }, format);
  const doubts = isInDoubt ? [...(trouble === undefined ? [] : [trouble]), age] : [];
  const banner = limitBanner(reading.status, reading.bar);
  if (banner) return { ...banner, details: [...banner.details, ...doubts] };
  const [headline, ...details] = doubts;
  return headline === undefined ? undefined : { tone: 'info', headline, details };
}

function unread(usage: UsageState | undefined): string {
  return usage?.isReading || usage?.nextAt !== undefined ? statusTexts.loading() : statusTexts.notLoadedTooltip();
}

function isStale({ fetchedAt }: UsageSnapshot, now: number): boolean {
  return now - fetchedAt >= staleAfter;
}

/** What decides whether one can go on, where it is more than the numbers. */
function limitBanner(status: LimitStatus, bar: LimitSummary): Banner | undefined {
  if (status.kind === 'normal' || (status.kind === 'allowance' && status.level === 'normal')) return undefined;
  const tone = bar.background ?? 'info';
  if (status.kind === 'outOfCredits') return { tone, headline: bar.text, details: bar.headline === undefined ? [] : [bar.headline] };
  return { tone, headline: bar.headline ?? bar.text, details: [] };
}

// Limits

function limitsOf({ snapshot, status, bar }: CurrentUsage, situation: UsagePanelState): Limits | undefined {
  const { windows, fetchedAt } = snapshot;
  if (windows.length === 0) return undefined;
  const { now, format } = situation;
  const title = isStale(snapshot, now) ? texts.limitsAsOf(moment(fetchedAt, now, format)) : texts.limits();
  const note = status.kind === 'normal' ? bar.headline : undefined;
  return { title, ...(note === undefined ? {} : { note }), cards: windowCards(windows, snapshot, situation) };
}

function windowCards(windows: readonly UsageWindow[], { fetchedAt }: UsageSnapshot, situation: UsagePanelState): LimitCard[] {
  return windows.map((window, index) => ({
    ...windowCard(window, fetchedAt, situation),
    id: `${window.limitId}-${String(index)}`.replace(/[^\w-]/g, '-'),
  }));
}

function windowCard(window: UsageWindow, fetchedAt: number, situation: UsagePanelState): Omit<LimitCard, 'id'> {
  const { now, format, settings, history = [] } = situation;
  const { workDays, thresholds } = settings.alerts;
  const week = { workDays, ...(format.timeZone === undefined ? {} : { timeZone: format.timeZone }) };
  const samples = history.filter(({ windowId }) => windowId === window.id);
  const told = { now, fetchedAt };
  const words = formatWindow(window, forecast(window, { fetchedAt, now, samples, ...week }), told, format);
  const { title, used, left, reset } = words;
  const sentence = formatWindowSentence(window, told, format, settings.show);
  const further = [reset, words.forecast].filter(line => line !== undefined);
  if (isResetPassed(window, fetchedAt, now)) return { title, tone: 'normal', share: '–', sentence, lines: further };
  const isSpent = window.used >= 100;
  const even = isUnused(window) || isSpent ? undefined : evenPace(window, fetchedAt, week);
  const tone = isSpent ? 'spent' : levelOf(window.used, thresholds);
  return {
    title,
    tone,
    value: shareOf(window.used, settings.show),
    ...(even === undefined ? {} : { pace: shareOf(even, settings.show) }),
    share: isSpent ? usageTexts.usedUp() : formatShare(window.used, settings.show, format),
    ...badgeOf(tone),
    sentence,
    lines: [`${used} · ${left}`, ...further, ...(even === undefined ? [] : [texts.evenPace(formatShare(even, settings.show, format))])],
  };
}

function shareOf(used: number, share: Share): number {
  return share === 'left' ? 100 - used : used;
}

/** Words for what the colour says; that all is gone stands there anyway. */
function badgeOf(tone: LimitCard['tone']): Pick<LimitCard, 'badge'> {
  if (tone === 'low') return { badge: texts.low() };
  return tone === 'critical' ? { badge: texts.critical() } : {};
}

function allowanceCard(limit: SpendLimit, { now, format, settings }: UsagePanelState): LimitCard {
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
    ...(used === undefined ? {} : { value: shareOf(used, settings.show) }),
    share,
    ...badgeOf(tone),
    sentence: [`${title} ${share}`, ...(reset === undefined ? [] : [reset])].join(', '),
    lines: reset === undefined ? [] : [reset],
  };
}

// What else there is

function sectionsOf(snapshot: UsageSnapshot, situation: UsagePanelState): Section[] {
  const { credits, spend, resetCredits, extra } = snapshot;
  const { now, format } = situation;
  const isReview = ({ limitId }: UsageWindow) => limitId === codeReviewLimit;
  const saved = resetCredits && formatResetCredits(resetCredits, now, format);
  const sections: Section[] = [
    {
      id: 'allowances',
      title: texts.allowances(),
      cards: spend.map(limit => allowanceCard(limit, situation)),
      facts: [],
    },
    { id: 'credits', title: texts.credits(), cards: [], facts: credits ? creditFacts(credits, format) : [] },
    {
      id: 'resets',
      title: texts.resets(),
      cards: [],
      note: texts.resetsHint(),
      facts: saved === undefined ? [] : [{ term: texts.available(), text: saved }],
    },
    {
      id: 'more',
      title: texts.otherLimits(),
      cards: windowCards(
        extra.filter(window => !isReview(window)),
        snapshot,
        situation,
      ),
      facts: [],
    },
    { id: 'review', title: usageTexts.codeReview(), cards: windowCards(extra.filter(isReview), snapshot, situation), facts: [] },
  ];
  return sections.filter(({ cards: meters, facts }) => meters.length + facts.length > 0);
}

function creditFacts(credits: Credits, format: FormatOptions): Fact[] {
  const balance = formatCredits(credits, format);
  if (balance === undefined) return [];
  const range = (messages: readonly [number, number] | undefined) =>
    messages?.some(count => count > 0) && messages.map(count => amount(count, format));
  const [local, cloud] = [range(credits.localMessages), range(credits.cloudMessages)];
  return [
    { term: texts.balance(), text: balance },
    ...(local ? [{ term: texts.localMessages(), text: texts.range(local[0] ?? '', local[1] ?? '') }] : []),
    ...(cloud ? [{ term: texts.cloudMessages(), text: texts.range(cloud[0] ?? '', cloud[1] ?? '') }] : []),
    ...(credits.isOverageReached ? [{ term: texts.overage(), text: usageTexts.usedUp() }] : []),
  ];
}

function sourceOf(snapshot: UsageSnapshot, { host = '' }: PanelAccount, { now, format, usage }: UsagePanelState): string[] {
  const { fetchedAt, partial, clockOffset } = snapshot;
  const { nextAt, failure } = usage ?? {};
  const zone = new Intl.DateTimeFormat(format.language, { timeZone: format.timeZone }).resolvedOptions().timeZone;
  return [
    texts.reportedBy(host),
    formatAge({ now, fetchedAt }, format),
    ...(nextAt === undefined || failure ? [] : [texts.nextRefresh(moment(Math.max(nextAt, now), now, format))]),
    texts.timeZone(zone),
    ...(clockOffset === undefined ? [] : [texts.clockSkew(countdown(Math.abs(clockOffset)))]),
    ...(partial.length === 0 ? [] : [texts.unreadFields(partial.join(', '))]),
  ];
}

function buttonsOf({ account, settings, usage }: UsagePanelState): PanelButton[] {
  if (account?.host === undefined) return [];
  const { kind } = usage?.failure ?? {};
  const isReadable = settings.isEnabled && !account.isEnded && kind !== 'sessionEnded' && kind !== 'accountInactive';
  return [
    ...(isReadable ? [{ action: 'refresh' as const, title: statusTexts.refresh(), isPrimary: true }] : []),
    { action: 'copyDiagnostics', title: texts.copyDiagnostics() },
    { action: 'export', title: texts.exportHistory() },
    ...(account.page === undefined ? [] : [{ action: 'openPage' as const, title: texts.openUsagePage() }]),
  ];
}

// History

function historyOf(snapshot: UsageSnapshot, situation: UsagePanelState): HistoryView | undefined {
  const { windows, extra, fetchedAt } = snapshot;
  const { history, now, span, width, format, settings } = situation;
  const all = [...windows, ...extra];
  const window = all.find(({ id }) => id === situation.windowId) ?? windows.at(-1) ?? all[0];
  if (!window) return undefined;
  const { workDays, thresholds } = settings.alerts;
  const samples = history?.filter(({ windowId }) => windowId === window.id);
  const chart =
    samples &&
    usageChart({ samples, window, fetchedAt, now, span, width, share: settings.show, warnAt: thresholds.warnAt, workDays, format });
  const notes = [...(chart && chart.readings.length < 2 ? [texts.noHistory()] : []), ...(chart?.isThinned ? [texts.thinned()] : [])];
  return {
    title: texts.history(),
    limits: {
      label: texts.limits(),
      options: all.map(each => ({ value: each.id, name: windowTitle(each), isChosen: each === window })),
    },
    spans: {
      label: texts.period(),
      options: chartSpans.map(days => ({ value: String(days), name: texts.days(days), isChosen: days === span })),
    },
    label: texts.chart(windowTitle(window), texts.days(span), chart?.readings.length ?? 0),
    hint: texts.chartHint(),
    ...(chart ? { chart } : {}),
    empty: texts.historyLoading(),
    legend: legendOf(chart, situation),
    ...(notes.length === 0 ? {} : { note: notes.join(' ') }),
    table: {
      show: texts.showTable(),
      hide: texts.hideTable(),
      caption: texts.table(windowTitle(window), texts.days(span)),
      columns: [texts.time(), texts.used(), texts.left()],
    },
  };
}

/** Of what is drawn. */
function legendOf(chart: Chart | undefined, { settings: { show, alerts }, format }: UsagePanelState): HistoryView['legend'] {
  const share = show === 'left' ? texts.left() : texts.used();
  const all: (readonly [boolean | undefined, HistoryView['legend'][number]])[] = [
    [true, { kind: 'steps', label: share }],
    [chart?.evenPace !== '', { kind: 'pace', label: texts.pace() }],
    [true, { kind: 'warn', label: texts.warning(formatShare(alerts.thresholds.warnAt, show, format)) }],
    [chart?.resets.length !== 0, { kind: 'reset', label: texts.reset() }],
    [chart?.gaps.length !== 0, { kind: 'gap', label: texts.gap() }],
  ];
  return all.filter(([isDrawn]) => isDrawn).map(([, entry]) => entry);
}
