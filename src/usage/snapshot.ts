/** What is known of an account's usage, in shapes of our own. All times are milliseconds since the epoch by this machine's clock. */
export type WindowKind = '5h' | 'daily' | 'weekly' | 'monthly' | 'annual' | 'other' | 'unknown';

/** The limit that every request counts against. */
export const mainLimit = 'codex';
export const codeReviewLimit = 'code-review';

/** A span with a limit and a reset time. */
export interface UsageWindow {
  /** By limit and length, never by its place in the response; unique in a snapshot: `codex:5h`, `codex:540m`, `codex:weekly(2)`. */
  readonly id: string;
  /** `mainLimit`, `codeReviewLimit`, or the service's word for an additional one. */
  readonly limitId: string;
  /** What the service calls an additional limit, or its word made readable. Text from outside: escape it. */
  readonly limitName?: string;
  readonly kind: WindowKind;
  /** 1 and up; absent where `kind` is `unknown`. */
  readonly lengthSeconds?: number;
  /** 2 and up for the second and further ones of one limit and length. */
  readonly ordinal?: number;
  /** 0 to 100. */
  readonly used: number;
  /** Absent where OpenAI reports none. */
  readonly resetAt?: number;
  /** False while the window has not begun: it begins with the next request, and until then its reset moves with the clock. */
  readonly isActive: boolean;
  /** Of a limit that requests count against once the main one is used up: whether it takes any. */
  readonly reserve?: 'open' | 'closed';
  readonly source: 'usage' | 'headers';
}

/** Credits, which are no dollars. */
export interface Credits {
  readonly has: boolean;
  readonly isUnlimited: boolean;
  /** 0 and up; absent where OpenAI does not report it. */
  readonly balance?: number;
  readonly isOverageReached?: boolean;
  /** About how many messages they are good for: least, most. */
  readonly localMessages?: readonly [number, number];
  readonly cloudMessages?: readonly [number, number];
}

export const spendKinds = ['individual', 'workspace_default', 'role_budget', 'group_default', 'group_shared', 'workspace_shared'] as const;
export type SpendKind = (typeof spendKinds)[number];

/** How many credits may be spent until a reset. */
export interface SpendLimit {
  readonly kind: SpendKind;
  /** Credits, 0 and up; absent where there is no cap. */
  readonly limit?: number;
  /** Credits, 0 and up. */
  readonly used?: number;
  /** 0 to 100; absent where there is no cap. */
  readonly leftPercent?: number;
  readonly resetAt?: number;
  readonly isReached: boolean;
}

/** Resets that the person has saved. They are shown, never spent. */
export interface ResetCredits {
  /** A whole number, 0 and up. */
  readonly available: number;
  /** How many of them can be used now; absent where OpenAI does not say. */
  readonly applicable?: number;
  /** When the first of them expires. */
  readonly nextExpiry?: number;
}

/** One usage response about an account, without anything that says whose it is. It is stored as JSON, in these names. */
export interface UsageSnapshot {
  readonly v: 1;
  readonly fetchedAt: number;
  /** The service's clock less this machine's in milliseconds, where they are more than two minutes apart. `resetAt` is right all the same. */
  readonly clockOffset?: number;
  /** The plan in the service's own word, see `planName`. */
  readonly plan?: string;
  /** Those of the main limit: shortest first, those of unknown length last. */
  readonly windows: readonly UsageWindow[];
  /** Those of additional limits, of reserves and of code review: they never block the main one. */
  readonly extra: readonly UsageWindow[];
  /** Whether the service takes a request now. */
  readonly allowed?: boolean;
  readonly limitReached?: boolean;
  /** Why, in the service's own word. */
  readonly reachedType?: string;
  readonly credits?: Credits;
  /** In the order of `spendKinds`. */
  readonly spend: readonly SpendLimit[];
  /** Whether one of them is, also where it is not among them. */
  readonly isSpendReached?: boolean;
  readonly resetCredits?: ResetCredits;
  /** Which fields of the response could not be read. */
  readonly partial: readonly string[];
}
