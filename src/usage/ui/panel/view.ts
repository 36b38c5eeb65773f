/** The usage panel as it is drawn, from what is known. The parts of it are in `banner.ts`, `limitCards.ts` and `historyView.ts`. */
import { planName } from '../../../accounts/planName.ts';
import { defined } from '../../../base/defined.ts';
import { billingTexts } from '../../../shell/billingTexts.ts';
import { shownExtra } from '../../limitStatus.ts';
import type { Credits, UsageWindow } from '../../snapshot.ts';
import { codeReviewLimit } from '../../snapshot.ts';
import type { UsageView } from '../../usageView.ts';
import { billingSource } from '../billing.ts';
import type { DisplayedAccount } from '../displayedAccount.ts';
import type { FormatOptions } from '../formatTime.ts';
import { countdown, formatAge, moment } from '../formatTime.ts';
import { amount, formatCredits, formatResetCredits } from '../formatUsage.ts';
import { limitSummary } from '../limitSummary.ts';
import { statusTexts } from '../statusTexts.ts';
import { texts as usageTexts } from '../texts.ts';
import { bannerOf } from './banner.ts';
import { historyView } from './historyView.ts';
import { allowanceCard, limitsOf, windowCards } from './limitCards.ts';
import { texts } from './texts.ts';
import type { DisplayedUsage, Fact, Options, PanelButton, Section, UsagePanelState, UsagePanelView } from './panelTypes.ts';

export function usagePanelView(state: UsagePanelState): UsagePanelView {
  const { account, accounts, usage } = state;
  const displayed = account && displayedUsage(account, state);
  const banner = bannerOf(state, displayed);
  const limits = displayed && limitsOf(displayed, state);
  return {
    title: texts.title(),
    facts: account ? factsOf(account, displayed?.view, state) : [],
    isBusy: usage?.isReading ?? false,
    ...defined({
      accounts: accounts.length > 1 ? accountOptions(state) : undefined,
      banner,
      limits,
      history: displayed && historyView(displayed.view, state),
      source: displayed && { title: texts.about(), lines: sourceOf(displayed.view, account, state) },
    }),
    sections: displayed ? sectionsOf(displayed.view, state) : [],
    buttons: buttonsOf(state),
    summary: [...(banner ? [banner.headline] : []), ...(limits?.cards ?? []).map(({ sentence }) => sentence)].join('. '),
  };
}

/** @returns nothing of an account that is closed, nor where nothing may be read */
function displayedUsage(
  { host, identity }: DisplayedAccount,
  { usage, settings, now, format }: UsagePanelState,
): DisplayedUsage | undefined {
  const view = usage?.view;
  if (!view || host === undefined || !settings.isEnabled || usage.failure?.kind === 'accountInactive') return undefined;
  return { view, summary: limitSummary(view.status, { snapshot: view.snapshot, plan: identity.plan, settings, format, now }) };
}

function accountOptions({ accounts, account }: UsagePanelState): Options {
  const options = accounts.map(({ hash, label }) => ({ value: hash, name: label, isChosen: hash === account?.hash }));
  return { label: texts.account(), options };
}

function factsOf(account: DisplayedAccount, view: UsageView | undefined, state: UsagePanelState): Fact[] {
  const { workspaceName } = account.identity;
  const plan = planName(view?.snapshot.plan ?? account.identity.plan);
  return [
    ...(plan === undefined ? [] : [{ term: texts.plan(), text: plan }]),
    ...(state.accounts.length > 1 ? [] : [{ term: texts.account(), text: account.label }]),
    ...(workspaceName === undefined ? [] : [{ term: texts.workspace(), text: workspaceName }]),
    ...(view ? [{ term: texts.billing(), text: billingSource(view) ?? billingTexts.unknown() }] : []),
  ];
}

function sectionsOf(view: UsageView, state: UsagePanelState): Section[] {
  const { credits, spend, resetCredits } = view.snapshot;
  const extra = shownExtra(view.snapshot, view.status);
  const { now, format } = state;
  const isReview = ({ limitId }: UsageWindow) => limitId === codeReviewLimit;
  const saved = resetCredits && formatResetCredits(resetCredits, now, format);
  const sections: Section[] = [
    {
      id: 'allowances',
      title: texts.allowances(),
      cards: spend.map(limit => allowanceCard(limit, state)),
      facts: [],
    },
    { id: 'credits', title: texts.credits(), cards: [], facts: credits ? creditFacts(credits, format) : [] },
    {
      id: 'resets',
      title: texts.resets(),
      cards: [],
      note: texts.resetsHint(),
      facts: saved === undefined ? [] : [{ term: texts.saved(), text: saved }],
    },
    {
      id: 'more',
      title: texts.otherLimits(),
      cards: windowCards(
        extra.filter(window => !isReview(window)),
        view,
        state,
      ),
      facts: [],
    },
    { id: 'review', title: usageTexts.codeReview(), cards: windowCards(extra.filter(isReview), view, state), facts: [] },
  ];
  return sections.filter(({ cards, facts }) => cards.length + facts.length > 0);
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

function sourceOf({ snapshot }: UsageView, { host = '' }: DisplayedAccount, { now, format, usage }: UsagePanelState): string[] {
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

function buttonsOf({ account, settings }: UsagePanelState): PanelButton[] {
  if (account?.host === undefined) return [];
  const isReadable = settings.isEnabled && !account.isExpired;
  return [
    ...(isReadable ? [{ action: 'refresh' as const, title: statusTexts.refresh(), isPrimary: true }] : []),
    { action: 'copyDiagnostics', title: texts.copyDiagnostics() },
    { action: 'export', title: texts.exportHistory() },
    ...(account.page === undefined ? [] : [{ action: 'openPage' as const, title: texts.openUsagePage() }]),
  ];
}
