import type { Accounts } from '../../accounts/accounts.ts';
import type { Clock } from '../../base/clock.ts';
import { minute } from '../../base/duration.ts';
import type { Http } from '../../base/http.ts';
import type { Log } from '../../base/log.ts';
import type { UsageSnapshot } from '../snapshot.ts';
import type { Failure } from './classifyResponse.ts';
import { classifyError } from './classifyResponse.ts';
import type { PollState } from './pollSchedule.ts';
import { afterFailure, afterSuccess, lockTimeout, mayAskFrom, nextReading, wantsDetails } from './pollSchedule.ts';
import type { TrackedAccount } from './trackedAccount.ts';
import { isReadable, progressOf } from './trackedAccount.ts';
import type { UsagePoller } from './usagePoller.ts';
import type { UsageRecorder } from './usageRecorder.ts';

export interface UsageReaderOptions {
  readonly accounts: Pick<Accounts, 'credential' | 'updateProfile'>;
  readonly recorder: UsageRecorder;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

type Trigger = 'user' | 'schedule';

/** If a response takes longer, the computer was asleep meanwhile. */
const longestReading = minute;

/** Takes readings: with the account's lock, and only where no other VS Code window was faster. */
export class UsageReader {
  readonly #options: UsageReaderOptions;
  readonly #poller: Pick<UsagePoller, 'conditions' | 'settleAfterSleep'>;
  readonly #changed: () => void;

  /** @param changed is called when the state of an account, or of its reading, has changed */
  constructor(options: UsageReaderOptions, poller: Pick<UsagePoller, 'conditions' | 'settleAfterSleep'>, changed: () => void) {
    this.#options = options;
    this.#poller = poller;
    this.#changed = changed;
  }

  /**
   * One reading of an account at a time; requests that come meanwhile share it.
   * @returns `false` where another window was reading
   */
  read(tracked: TrackedAccount, correlationId: string, trigger: Trigger): Promise<boolean> {
    if (tracked.running) return tracked.running;
    const run = this.#readLocked(tracked, correlationId, trigger)
      .catch((error: unknown) => {
        this.#options.log.error('usage was not read', error, { flow: correlationId });
        // Without the lock another VS Code window may be reading, so this one sends and stores nothing.
        this.#options.recorder.remember(tracked.record, this.#afterFailure(tracked, tracked.record.stored.progress, classifyError(error)));
        return true;
      })
      .finally(() => {
        delete tracked.running;
        tracked.isReading = false;
        this.#changed();
      });
    tracked.running = run;
    return run;
  }

  async #readLocked(tracked: TrackedAccount, correlationId: string, trigger: Trigger): Promise<boolean> {
    const { clock, recorder } = this.#options;
    const { record } = tracked;
    const lock = await recorder.lock(record, trigger);
    if (!lock) {
      tracked.beganAt = clock.now();
      tracked.otherReads = { revision: record.stored.revision, looksAgainAt: clock.now() + lockTimeout };
      return false;
    }
    try {
      await recorder.reload();
      const now = clock.now();
      const { usage } = tracked.account.capabilities;
      if (!usage || !this.#isStillWanted(tracked, trigger, now)) return true;
      tracked.beganAt = now;
      tracked.isReading = true;
      this.#changed();
      const details = wantsDetails(record.stored.progress, trigger === 'user' || this.#poller.conditions.panelVisible, now);
      // Loaded only once there is something to read.
      const { fetchUsage } = await import('./fetchUsage.ts');
      const { refusedTokenSet } = progressOf(tracked).failure ?? {};
      const reply = await fetchUsage(tracked.account, usage, { ...this.#options, correlationId, details, refusedTokenSet });
      if (clock.now() > now + longestReading) this.#poller.settleAfterSleep();
      else await this.#keep(tracked, reply, details);
      return true;
    } finally {
      lock.release();
    }
  }

  /** Whether no other window was faster, and the account is still there. */
  #isStillWanted(tracked: TrackedAccount, trigger: Trigger, now: number): boolean {
    if (!this.#options.recorder.has(tracked.record) || !this.#poller.conditions.enabled || !isReadable(tracked)) return false;
    const progress = progressOf(tracked);
    if (trigger === 'user') return mayAskFrom(progress, now) <= now;
    const due = nextReading(progress, this.#poller.conditions, now, tracked.sessionAt);
    return due !== undefined && due <= now;
  }

  async #keep(tracked: TrackedAccount, reply: UsageSnapshot | Failure, details: boolean): Promise<void> {
    const { clock, recorder, log, random } = this.#options;
    if ('v' in reply) {
      const now = clock.now();
      await recorder.recordReading(tracked.record, stored => {
        const progress = afterSuccess(stored.progress, reply, random);
        return details
          ? { snapshot: reply, progress: { ...progress, detailsAt: now } }
          : { snapshot: withExpiry(reply, stored.snapshot), progress };
      });
      return;
    }
    log.warn('usage was not read', { kind: reply.kind, failure: reply.code });
    await recorder.record(tracked.record, ({ progress }) => ({
      progress: this.#afterFailure(tracked, progress, reply),
      // Nothing of a deactivated account stays on screen.
      ...(reply.kind === 'accountInactive' ? { snapshot: undefined } : {}),
    }));
  }

  #afterFailure({ account }: TrackedAccount, progress: PollState, failure: Failure): PollState {
    const { clock, random } = this.#options;
    return afterFailure(progress, failure, { signInId: account.signInId, now: clock.now(), random });
  }
}

/** The expiry of saved resets is requested seldom, and holds until then. */
function withExpiry(snapshot: UsageSnapshot, before: UsageSnapshot | undefined): UsageSnapshot {
  const { resetCredits, fetchedAt } = snapshot;
  const known = before?.resetCredits;
  if (!resetCredits || resetCredits.nextExpiry !== undefined || known?.nextExpiry === undefined) return snapshot;
  const holds = known.available === resetCredits.available && known.nextExpiry > fetchedAt;
  return holds ? { ...snapshot, resetCredits: { ...resetCredits, nextExpiry: known.nextExpiry } } : snapshot;
}
