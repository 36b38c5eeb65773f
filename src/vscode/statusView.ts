import type { SignInErrorCode } from '../oauth/errors.ts';
import type { Identity } from '../oauth/tokens.ts';
import type { UsageState } from '../usage/meter.ts';
import type { UsageWindow } from '../usage/model.ts';
import { planName } from '../usage/plan.ts';
import type { ActivityKind } from './activity.ts';
import { errorText, texts } from './texts.ts';

/** What the status bar tells of. */
export interface Situation {
  readonly activity?: ActivityKind;
  readonly problem?: SignInErrorCode;
  readonly account?: {
    readonly label: string;
    readonly identity: Identity;
    readonly isEnded: boolean;
    /** False where its service has nothing that tells. */
    readonly tellsUsage?: boolean;
  };
  readonly usage?: UsageState;
  /** Milliseconds since the epoch, for saying when a window resets. */
  readonly now: number;
  /** The display language, BCP 47. */
  readonly language: string;
}

/** The item as it is drawn. */
export interface StatusView {
  readonly text: string;
  /** Lines of plain text. */
  readonly tooltip: readonly string[];
  /** What a screen reader says. */
  readonly label: string;
  readonly background?: 'warning' | 'error';
  readonly command: 'chatgptSignIn.signIn' | 'chatgptSignIn.manageAccounts' | 'chatgptSignIn.showLog';
}

const mostWindows = 2;

export function statusView(situation: Situation): StatusView {
  const { activity, problem, account } = situation;
  if (activity === 'signingIn') return busy(texts.statusSigningIn(), texts.statusSigningInLabel());
  if (activity === 'signingOut') return busy(texts.statusSigningOut(), texts.statusSigningOutLabel());
  if (problem !== undefined && !account) return trouble(problem);
  if (!account) {
    return {
      text: `$(account) ${texts.statusSignedOut()}`,
      tooltip: [texts.statusSignedOutTooltip()],
      label: texts.statusSignedOutLabel(),
      command: 'chatgptSignIn.signIn',
    };
  }
  if (account.isEnded) {
    return {
      text: `$(key) ${texts.statusEnded()}`,
      tooltip: [texts.statusEndedTooltip(), account.label],
      label: texts.statusEndedLabel(),
      background: 'warning',
      command: 'chatgptSignIn.signIn',
    };
  }
  return signedIn(situation, account);
}

function busy(text: string, label: string): StatusView {
  return { text: `$(sync~spin) ${text}`, tooltip: [label], label, command: 'chatgptSignIn.manageAccounts' };
}

function trouble(code: SignInErrorCode): StatusView {
  const { sentence } = errorText(code);
  return {
    text: `$(warning) ${texts.statusTrouble()}`,
    tooltip: [sentence],
    label: texts.statusTroubleLabel(sentence),
    background: 'warning',
    command: 'chatgptSignIn.showLog',
  };
}

function signedIn({ usage, now, language }: Situation, account: NonNullable<Situation['account']>): StatusView {
  const reading = usage?.snapshot;
  const plan = planName(reading?.plan ?? account.identity.plan);
  const name = plan ?? texts.itemName();
  const command = 'chatgptSignIn.manageAccounts';
  if (account.tellsUsage === false) {
    const sentence = texts.noUsage();
    const label = [texts.statusPlanLabel(plan), sentence].join('. ');
    return { text: `$(account) ${name}`, tooltip: [`${name} · ${account.label}`, sentence], label, command };
  }
  if (!reading && usage?.isReading) {
    return {
      text: `$(sync~spin) ${name}`,
      tooltip: [account.label, texts.statusLoadingTooltip()],
      label: texts.statusLoadingLabel(),
      command,
    };
  }
  const windows = (reading?.windows ?? []).slice(0, mostWindows);
  const left = windows.map(window => `${texts.windowShort(window.kind, window.lengthSeconds)} ${percentLeft(window)}`).join(' · ');
  const sentences = reading ? windowSentences(reading.windows, now, language) : [];
  const failure = usage?.failure ? [texts.statusNoReading(errorText(usage.failure.code).sentence)] : [];
  const readAt = reading ? [texts.readAt(clock(reading.fetchedAt, language))] : [];
  return {
    text: `${usage?.isReading ? '$(sync~spin)' : '$(pulse)'} ${windows.length > 0 ? `${name} · ${texts.statusLeft(left)}` : name}`,
    tooltip: [`${name} · ${account.label}`, ...sentences, ...failure, ...readAt],
    label: [texts.statusPlanLabel(plan), ...sentences, ...failure].join('. '),
    command,
  };
}

function windowSentences(windows: readonly UsageWindow[], now: number, language: string): string[] {
  if (windows.length === 0) return [texts.statusNoLimits()];
  return windows.map(window => {
    const reset =
      window.resetAt !== undefined && window.resetAt > now && window.used > 0 ? dayAndClock(window.resetAt, now, language) : undefined;
    return texts.windowRow(texts.windowName(window.kind, window.lengthSeconds), percentLeft(window), reset);
  });
}

/** One rounding for both ways of saying it; never nothing left before there is, never all left once some is used. */
function percentLeft({ used }: UsageWindow): string {
  if (used > 0 && used < 1) return '>99%';
  if (used > 99 && used < 100) return '<1%';
  return `${String(100 - Math.round(used))}%`;
}

function clock(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'short' }).format(time);
}

function dayAndClock(time: number, now: number, language: string): string {
  const isToday = new Date(time).toDateString() === new Date(now).toDateString();
  if (isToday) return clock(time, language);
  const isSoon = time - now < 6 * 24 * 60 * 60_000;
  const day: Intl.DateTimeFormatOptions = isSoon ? { weekday: 'short' } : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(language, { ...day, hour: 'numeric', minute: '2-digit' }).format(time);
}
