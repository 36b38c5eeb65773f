import type { AccountInfo } from '../../accounts/account.ts';
import { defined } from '../../base/defined.ts';
import type { PollState } from './pollSchedule.ts';
import { forSignIn } from './pollSchedule.ts';
import type { PollTarget } from './usagePoller.ts';
import type { UsageRecord } from './usageRecorder.ts';

/** An account whose usage this window follows. */
export interface TrackedAccount extends Pick<PollTarget, 'beganAt' | 'sessionAt'> {
  account: AccountInfo;
  readonly record: UsageRecord;
  /** Whether OpenAI is being asked; not while `running` still waits for another window. */
  isReading: boolean;
  running?: Promise<boolean>;
  beganAt?: number;
  /** Another window is reading: when to look what became of it, unless it has stored something since. */
  otherReads?: { readonly revision: number; readonly looksAgainAt: number };
  sessionAt?: number;
}

/** Without the failures of an earlier sign-in. */
export function progressOf({ record, account }: TrackedAccount): PollState {
  return forSignIn(record.stored.progress, account.signInId);
}

/** Whether there is something to ask. */
export function isReadable({ account }: TrackedAccount): boolean {
  return !account.isExpired && account.capabilities.usage !== undefined;
}

export function pollTargetOf(tracked: TrackedAccount): PollTarget {
  const { account, record, running, beganAt, otherReads, sessionAt } = tracked;
  const looksAgainAt = otherReads?.revision === record.stored.revision ? otherReads.looksAgainAt : undefined;
  return {
    hash: account.hash,
    progress: progressOf(tracked),
    isReadable: !running && isReadable(tracked),
    ...defined({ beganAt, looksAgainAt, sessionAt }),
  };
}
