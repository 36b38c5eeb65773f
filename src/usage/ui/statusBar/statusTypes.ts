import type { ActivityKind } from '../../../accounts/ui/activity.ts';
import type { FormatOptions } from '../formatTime.ts';
import type { UsageSettings } from '../settings.ts';
import type { ConditionInput } from '../usageCondition.ts';

/** What the status bar is drawn from. */
export interface StatusBarState extends ConditionInput {
  readonly activity?: ActivityKind;
  readonly settings: Pick<UsageSettings, 'isEnabled' | 'show' | 'statusBar' | 'interval'>;
  readonly format: FormatOptions;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The item as it is drawn. */
export interface StatusView {
  readonly text: string;
  /** Markdown with icons and links to our own commands. */
  readonly tooltip: string;
  /** What a screen reader says. */
  readonly label: string;
  readonly background?: 'warning' | 'error';
  /** Whether what it says is old or in doubt. */
  readonly isDim?: boolean;
  readonly command: StatusCommand;
}

export type StatusCommand = `chatgptSignIn.${'signIn' | 'manageAccounts' | 'showLog' | 'showUsage'}`;
