/** What the usage panel is drawn from, and what is drawn: plain values and all words, nothing of the page that draws them. */
import type { FormatOptions } from '../formatTime.ts';
import type { LimitSummary } from '../limitSummary.ts';
import type { DisplayedAccount } from '../displayedAccount.ts';
import type { UsageSettings } from '../settings.ts';
import type { ConditionInput } from '../usageCondition.ts';
import type { UsageSample } from '../../history.ts';
import type { UsageView } from '../../usageView.ts';

/** The manifest names it: a window that is loaded again brings its panels back, and wakes the extension for it. */
export const usagePanelType = 'chatgptSignIn.usage';

/** What a person can do in the panel, besides choosing what it shows. */
export const panelActions = ['refresh', 'copyDiagnostics', 'export', 'openPage', 'signIn', 'openSettings', 'showLog'] as const;
export type UsagePanelAction = (typeof panelActions)[number];

export const chartSpans = [7, 30, 56] as const;
/** How many days the chart looks back. */
export type ChartSpan = (typeof chartSpans)[number];

/** What the panel is drawn from. */
export interface UsagePanelState extends ConditionInput {
  /** `account` is one of them, where there are any. */
  readonly accounts: readonly DisplayedAccount[];
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

/** A reading that may be shown, and what it says. */
export interface DisplayedUsage {
  readonly view: UsageView;
  readonly summary: LimitSummary;
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

/** Where the plot is, in pixels from the top left. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface ChartReading {
  /** Milliseconds since the epoch; identifies the reading. */
  readonly at: number;
  readonly x: number;
  readonly y: number;
  readonly when: string;
  readonly used: string;
  readonly left: string;
  /** All of it, for one who goes from reading to reading. */
  readonly words: string;
}

export interface Chart {
  readonly width: number;
  readonly height: number;
  readonly plot: Plot;
  /** SVG path data. */
  readonly line: string;
  readonly area: string;
  readonly evenPace: string;
  readonly warnY: number;
  /** None where they would be too close. */
  readonly resets: readonly number[];
  /** Where nothing was read: from, to. */
  readonly gaps: readonly (readonly [number, number])[];
  readonly days: readonly { readonly x: number; readonly label: string }[];
  readonly shares: readonly { readonly y: number; readonly label: string }[];
  /** Oldest first. */
  readonly readings: readonly ChartReading[];
  /** Whether some were left out because there is no room for all. */
  readonly isThinned: boolean;
}
