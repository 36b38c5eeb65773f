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
  /** Whether a request is in progress; not while `running` still waits for another VS Code window. */
  isReading: boolean;
  running?: Promise<boolean>;
  beganAt?: number;
  /** Another VS Code window is reading: when to check the outcome, unless it has stored something by then. */
  otherReads?: { readonly revision: number; readonly looksAgainAt: number };
  sessionAt?: number;
}

/** Without the failures of an earlier sign-in. */
export function progressOf({ record, account }: TrackedAccount): PollState {
  return forSignIn(record.stored.progress, account.signInId);
}

/** Whether its usage can be read. */
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
