import type { AccountInfo } from '../../accounts/account.ts';
import { chatGptProviderId } from '../../accounts/account.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Change } from '../../base/change.ts';
import type { ProcessLock, ProcessLocks } from '../../storage/processLock.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Http } from '../../base/http.ts';
import type { AlertRules, AlertEvaluation } from '../alertTracker.ts';
import { AlertTracker, paceLength } from '../alertTracker.ts';
import type { Alert } from '../alerts.ts';
import { silence } from '../alerts.ts';
import type { Failure } from './classifyResponse.ts';
import { classifyError } from './classifyResponse.ts';
import type { UsageUpdate } from '../decode/headers.ts';
import { merge } from '../decode/headers.ts';
import type { UsageSnapshot, UsageWindow } from '../snapshot.ts';
import type { UsageSample } from '../history.ts';
import { newSamples } from '../history.ts';
import type { PollConditions, Due, PollState, FailureState } from './pollSchedule.ts';
import {
  afterFailure,
  afterSuccess,
  afterUpdate,
  awaitsSession,
  forSignIn,
  spaceOut,
  mayAskFrom,
  nextReading,
  settleAfterSleep,
  settleAfterStart,
  sleepTolerance,
  wantsDetails,
} from './pollSchedule.ts';
import type { History, StoredUsage, UsageChange, UsageStore } from './usageStore.ts';
import { noHistory, nothingStored, withChange } from './usageStore.ts';

/** What is known of an account's usage. */
export interface UsageState {
  /** The last reading, whoever took it; a failed attempt leaves it where it is. */
  readonly snapshot?: UsageSnapshot;
  /** Why the last attempt told nothing. */
  readonly failure?: FailureState;
  readonly isReading: boolean;
  /** When this window would read next, in milliseconds since the epoch; absent where it would not. */
  readonly nextAt?: number;
}

export interface UsageServiceOptions {
  readonly accounts: Pick<Accounts, 'credential' | 'updateProfile' | 'list' | 'onDidChange'>;
  readonly store: UsageStore;
  readonly locks: ProcessLocks;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly newCorrelationId: () => string;
  /** Asked at each reading, so that a changed setting counts at once. */
  readonly alertRules: () => AlertRules;
}

/** What the window knows of itself. */
export type UsageServiceConditions = Pick<PollConditions, 'enabled' | 'interval' | 'focused' | 'panelVisible'>;

interface TrackedAccount {
  account: AccountInfo;
  known: StoredUsage;
  /** What is known could not be stored: it is newer than what is. */
  isUnsaved: boolean;
  isReading: boolean;
  running?: Promise<boolean>;
  /** When this window last asked, or found another asking. */
  beganAt?: number;
  /** Another window is reading: when to look what became of it, where nothing tells. */
  looksAgainAt?: number;
  /** When a session was last handed out. */
  sessionAt?: number;
}

type Trigger = 'person' | 'schedule';

/** How long another window may take to read before this one looks what became of it. */
const lockTimeout = 20_000;
/** An answer that took longer has slept on the way. */
const longestReading = 60_000;
const longestUserWait = 10_000;

/**
 * The one place that reads usage. Whichever window is due takes the account's lock, looks whether another was faster, asks, and
 * stores what it got; the others notice. With nothing to ask there is no timer.
 */
export class UsageService {
  readonly #options: UsageServiceOptions;
  readonly #desk: AlertTracker;
  readonly #entries = new Map<string, TrackedAccount>();
  readonly #listeners = new Set<() => void>();
  readonly #alertListeners = new Set<(hash: string, alert: Alert) => void>();
  readonly #background = new Set<Promise<unknown>>();
  #conditions: PollConditions;
  #looking: Promise<void> = Promise.resolve();
  #nextLook: Promise<void> | undefined;
  #timer: { readonly at: number; readonly stop: AbortController } | undefined;
  #stopListening: (() => void) | undefined;

  constructor(options: UsageServiceOptions) {
    this.#options = options;
    const openedAt = options.clock.now();
    this.#desk = new AlertTracker(openedAt, options.alertRules);
    this.#conditions = { enabled: false, interval: 'auto', focused: false, focusedOrNotSince: openedAt, panelVisible: false };
  }

  /** Begins to follow the accounts, shows what is stored, and reads what is due. */
  async start(conditions: UsageServiceConditions): Promise<void> {
    const { accounts, clock, random } = this.#options;
    this.#stopListening = accounts.onDidChange(({ change }) => {
      this.#follow(change);
    });
    this.#conditions = { ...this.#conditions, ...conditions };
    for (const account of await accounts.list(chatGptProviderId)) this.#enter(account);
    await this.reload();
    const hasSomethingToShow = [...this.#entries.values()].some(({ known }) => known.snapshot);
    if (hasSomethingToShow) this.#conditions = { ...this.#conditions, settlesUntil: settleAfterStart(clock.now(), random) };
    this.#changed();
  }

  dispose(): void {
    this.#stopListening?.();
    this.#entries.clear();
    this.#arm();
  }

  /** @returns stops listening */
  onDidChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What a reading has to tell a person: once over all windows, with the account's hash.
   * @returns stops listening
   */
  onAlert(listener: (hash: string, alert: Alert) => void): () => void {
    this.#alertListeners.add(listener);
    return () => this.#alertListeners.delete(listener);
  }

  state(hash: string): UsageState {
    const entry = this.#entries.get(hash);
    if (!entry) return { isReading: false };
    const { snapshot } = entry.known;
    const { trouble } = progressOf(entry);
    const nextAt = this.#plan().find(due => due.entry === entry)?.at;
    return {
      isReading: entry.isReading,
      ...(snapshot ? { snapshot } : {}),
      ...(trouble ? { failure: trouble } : {}),
      ...(nextAt === undefined ? {} : { nextAt }),
    };
  }

  setConditions(changes: Partial<UsageServiceConditions>): void {
    this.#noticeSleep();
    const { focused } = this.#conditions;
    this.#conditions = { ...this.#conditions, ...changes };
    if (this.#conditions.focused !== focused) {
      this.#conditions = { ...this.#conditions, focusedOrNotSince: this.#options.clock.now() };
    }
    this.#changed();
  }

  /** A person did something that shows interest, as opening the panel. */
  markActive(): void {
    this.#conditions = { ...this.#conditions, actedAt: this.#options.clock.now() };
    this.#changed();
  }

  /** A session was handed out: what its use has cost will soon show. Further ones wait for the same reading. */
  onSessionHandedOut(hash: string): void {
    const entry = this.#entries.get(hash);
    if (!entry) return;
    const isWaiting = entry.sessionAt !== undefined && awaitsSession(entry.known.progress, entry.sessionAt);
    if (!isWaiting) entry.sessionAt = this.#options.clock.now();
    this.#changed();
  }

  /**
   * Reads because a person asks: at once, or seconds after the last answer, but not while the service wants to be left alone.
   * Never throws: see `failure`.
   * @returns `false` where another window was asking all the while, so that nothing came of the wish
   */
  async refresh(hash: string, correlationId: string): Promise<boolean> {
    const { clock } = this.#options;
    const entry = this.#entries.get(hash);
    if (!entry || !this.#mayBeRead(entry)) return true;
    this.markActive();
    // Another window may have asked meanwhile.
    await this.reload();
    const wait = mayAskFrom(progressOf(entry), clock.now()) - clock.now();
    if (wait > longestUserWait) return true;
    if (wait > 0) await clock.sleep(wait);
    return await this.#run(entry, correlationId, 'person');
  }

  /** Usage that came with other traffic: the one place where it goes in. A part does not begin what was never read whole. */
  async applyUpdate(hash: string, update: UsageUpdate): Promise<void> {
    const entry = this.#entries.get(hash);
    const whole = entry?.known.snapshot;
    if (!entry || !whole) return;
    await this.#take(entry, stored => {
      const snapshot = merge(stored.snapshot ?? whole, update);
      return { snapshot, progress: afterUpdate(stored.progress, snapshot) };
    });
  }

  /** A person has heard enough of a window: it raises nothing more until it begins anew. Never throws. */
  async mute(hash: string, window: UsageWindow): Promise<void> {
    const entry = this.#entries.get(hash);
    if (entry) await this.#store(entry, ({ marks }) => ({ marks: [...marks, ...silence(window, this.#options.clock.now())] }));
  }

  /**
   * The samples of an account, oldest first; `undefined` where the file stayed busy.
   * @param from milliseconds since the epoch; all there are where absent
   * @throws AppError what the storage failed with
   */
  history(hash: string, from?: number): Promise<readonly UsageSample[] | undefined> {
    return this.#options.store.history(hash, from);
  }

  /** Looks what other windows have stored; wishes that come before a look has begun share it. Never throws. */
  reload(): Promise<void> {
    this.#nextLook ??= this.#looking.then(() => {
      this.#nextLook = undefined;
      return this.#look();
    });
    this.#looking = this.#nextLook;
    return this.#looking;
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.allSettled(this.#background);
    await this.#looking;
  }

  #follow({ added, removed, changed }: Change<AccountInfo>): void {
    for (const { hash } of removed) {
      this.#entries.delete(hash);
      this.#desk.forget(hash);
      this.#inBackground(this.#options.store.forget(hash));
    }
    for (const account of [...added, ...changed]) this.#enter(account);
    this.#changed();
  }

  #enter(account: AccountInfo): void {
    const entry = this.#entries.get(account.hash);
    if (entry) entry.account = account;
    else this.#entries.set(account.hash, { account, known: nothingStored, isUnsaved: false, isReading: false });
  }

  async #look(): Promise<void> {
    if (this.#entries.size === 0) return;
    try {
      const stored = await this.#options.store.read();
      if (!stored) return;
      for (const [hash, entry] of this.#entries) this.#adopt(entry, stored.get(hash) ?? nothingStored);
    } catch (error) {
      this.#options.log.error('stored usage cannot be read', error);
    }
  }

  #adopt(entry: TrackedAccount, stored: StoredUsage): void {
    const isNewer = (stored.progress.askedAt ?? 0) > (entry.known.progress.askedAt ?? 0);
    if (entry.isUnsaved ? !isNewer : stored.revision === entry.known.revision) return;
    entry.known = stored;
    entry.isUnsaved = false;
    delete entry.looksAgainAt;
    this.#inBackground(this.#notice(entry));
    this.#changed();
  }

  /** What another window has read may be news to this one, which was open before it. */
  async #notice(entry: TrackedAccount): Promise<void> {
    const { hash } = entry.account;
    const { snapshot, marks } = entry.known;
    if (!snapshot || !this.#desk.isNew(hash, snapshot)) return;
    const samples = (await this.#options.store.history(hash, snapshot.fetchedAt - paceLength)) ?? [];
    const judgement = this.#desk.evaluate(hash, snapshot, marks, samples);
    // Whoever marks it first raises it.
    if (judgement.isNews) await this.#take(entry, () => ({ snapshot }));
    else this.#desk.keep(hash, judgement);
  }

  #mayBeRead({ account }: TrackedAccount): boolean {
    return this.#conditions.enabled && !account.isExpired && account.capabilities.usage !== undefined;
  }

  /** What is due when, soonest first, of the accounts that are not being read. */
  #plan(): (Due & { entry: TrackedAccount })[] {
    const now = this.#options.clock.now();
    const entries = [...this.#entries.values()];
    const dues = entries.flatMap(entry => {
      const due =
        !entry.running && this.#mayBeRead(entry) ? nextReading(progressOf(entry), this.#conditions, now, entry.sessionAt) : undefined;
      return due ? [{ ...due, at: Math.max(due.at, entry.looksAgainAt ?? 0), entry }] : [];
    });
    const asked = entries.flatMap(({ beganAt = 0, known }) => [beganAt, known.progress.askedAt ?? 0]);
    return spaceOut(dues, entries.length > 1 ? Math.max(...asked.filter(at => at <= now)) : undefined);
  }

  #arm(): void {
    this.#timer?.stop.abort();
    this.#timer = undefined;
    const [first] = this.#plan();
    if (!first) return;
    const { clock } = this.#options;
    this.#timer = { at: first.at, stop: new AbortController() };
    clock.sleep(Math.max(0, first.at - clock.now()), this.#timer.stop.signal).then(
      () => {
        this.#tick();
      },
      () => undefined,
    );
  }

  #tick(): void {
    this.#noticeSleep();
    const now = this.#options.clock.now();
    for (const { entry, at } of this.#plan()) {
      if (at <= now) void this.#run(entry, this.#options.newCorrelationId(), 'schedule');
    }
    this.#arm();
  }

  /** A timer that is long overdue has slept: the network is not back yet. */
  #noticeSleep(): void {
    const { clock, random } = this.#options;
    const now = clock.now();
    if (!this.#timer || now <= this.#timer.at + sleepTolerance) return;
    this.#conditions = { ...this.#conditions, settlesUntil: settleAfterSleep(now, random) };
  }

  /**
   * One reading of an account at a time; wishes that come meanwhile share it.
   * @returns `false` where another window was asking
   */
  #run(entry: TrackedAccount, correlationId: string, wish: Trigger): Promise<boolean> {
    if (entry.running) return entry.running;
    const run = this.#read(entry, correlationId, wish)
      .catch((error: unknown) => {
        this.#options.log.error('usage was not read', error, { flow: correlationId });
        this.#fail(entry, error);
        return true;
      })
      .finally(() => {
        delete entry.running;
        entry.isReading = false;
        this.#changed();
      });
    entry.running = run;
    this.#inBackground(run);
    return run;
  }

  async #read(entry: TrackedAccount, correlationId: string, wish: Trigger): Promise<boolean> {
    const { clock, random } = this.#options;
    const lock = await this.#lock(`usage-${entry.account.hash}`, wish);
    if (!lock) {
      entry.beganAt = clock.now();
      entry.looksAgainAt = clock.now() + lockTimeout;
      return false;
    }
    try {
      await this.reload();
      const now = clock.now();
      const { usage } = entry.account.capabilities;
      if (!usage || !this.#isStillWanted(entry, wish, now)) return true;
      entry.beganAt = now;
      entry.isReading = true;
      this.#tell();
      const details = wantsDetails(entry.known.progress, wish === 'person' || this.#conditions.panelVisible, now);
      // Not before there is something to ask.
      const { fetchUsage } = await import('./fetchUsage.ts');
      const reply = await fetchUsage(entry.account, usage, { ...this.#options, correlationId, details });
      const receivedAt = clock.now();
      if (receivedAt > now + longestReading) this.#conditions = { ...this.#conditions, settlesUntil: settleAfterSleep(receivedAt, random) };
      else await this.#keep(entry, reply, details);
      return true;
    } finally {
      lock.release();
    }
  }

  /** The schedule does not wait for another window, which reads for it too; a person does, within reason. */
  async #lock(name: string, wish: Trigger): Promise<ProcessLock | undefined> {
    const { locks, clock } = this.#options;
    if (wish === 'schedule') return locks.tryAcquire(name);
    const done = new AbortController();
    const impatience = new AbortController();
    const giveUp = () => {
      impatience.abort();
    };
    clock.sleep(lockTimeout, done.signal).then(giveUp, () => undefined);
    try {
      return await locks.acquire(name, impatience.signal);
    } catch (error) {
      if (impatience.signal.aborted) return undefined;
      throw error;
    } finally {
      done.abort();
    }
  }

  /** Whether no other window was faster, and the account is still there. */
  #isStillWanted(entry: TrackedAccount, wish: Trigger, now: number): boolean {
    if (!this.#isHere(entry) || !this.#mayBeRead(entry)) return false;
    const progress = progressOf(entry);
    if (wish === 'person') return mayAskFrom(progress, now) <= now;
    const due = nextReading(progress, this.#conditions, now, entry.sessionAt);
    return due !== undefined && due.at <= now;
  }

  #isHere(entry: TrackedAccount): boolean {
    return this.#entries.get(entry.account.hash) === entry;
  }

  async #keep(entry: TrackedAccount, reply: UsageSnapshot | Failure, details: boolean): Promise<void> {
    const { clock, log, random } = this.#options;
    const now = clock.now();
    if ('v' in reply) {
      await this.#take(entry, stored => {
        const progress = afterSuccess(stored.progress, reply, random);
        return details
          ? { snapshot: reply, progress: { ...progress, detailsAt: now } }
          : { snapshot: withExpiry(reply, stored.snapshot), progress };
      });
      return;
    }
    log.warn('usage was not told', { kind: reply.kind, failure: reply.code });
    const { signInId: login } = entry.account;
    await this.#store(entry, ({ progress }) => ({
      progress: afterFailure(progress, reply, { login, now, random }),
      // Of an account that is closed nothing stays on screen.
      ...(reply.kind === 'accountInactive' ? { snapshot: undefined } : {}),
    }));
  }

  /** Stores a reading with what follows from it: history, and what it has to tell. */
  async #take(entry: TrackedAccount, read: (stored: StoredUsage) => { snapshot: UsageSnapshot; progress?: PollState }): Promise<void> {
    const { hash } = entry.account;
    let judgement: AlertEvaluation | undefined;
    await this.#store(entry, (stored, history) => {
      const reading = read(stored);
      const { snapshot } = reading;
      judgement = this.#desk.evaluate(hash, snapshot, stored.marks, history.since(snapshot.fetchedAt - paceLength));
      return { ...reading, marks: judgement.marks, samples: newSamples(snapshot, history.newest()) };
    });
    if (!judgement || !this.#isHere(entry)) return;
    this.#desk.keep(hash, judgement);
    for (const alert of judgement.alerts) for (const listener of [...this.#alertListeners]) listener(hash, alert);
  }

  /** What cannot be stored is kept in mind. */
  async #store(entry: TrackedAccount, change: (stored: StoredUsage, history: History) => UsageChange): Promise<void> {
    if (!this.#isHere(entry)) return;
    try {
      entry.known = await this.#options.store.update(entry.account.hash, change);
      entry.isUnsaved = false;
    } catch (error) {
      this.#options.log.error('usage was not stored', error);
      entry.known = withChange(entry.known, change(entry.known, noHistory));
      entry.isUnsaved = true;
    }
    this.#changed();
  }

  /** Without the lock other windows may be asking, so nobody is asked and nothing is stored. */
  #fail(entry: TrackedAccount, error: unknown): void {
    const { clock, random } = this.#options;
    const { signInId: login } = entry.account;
    const progress = afterFailure(entry.known.progress, classifyError(error), { login, now: clock.now(), random });
    entry.known = { ...entry.known, progress };
    entry.isUnsaved = true;
  }

  #changed(): void {
    this.#arm();
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #inBackground(work: Promise<unknown>): void {
    const run = work
      .catch((error: unknown) => {
        this.#options.log.error('background work failed', error);
      })
      .finally(() => this.#background.delete(run));
    this.#background.add(run);
  }
}

function progressOf({ known, account }: TrackedAccount): PollState {
  return forSignIn(known.progress, account.signInId);
}

/** When saved resets lapse is asked seldom, and holds until then. */
function withExpiry(snapshot: UsageSnapshot, before: UsageSnapshot | undefined): UsageSnapshot {
  const { resetCredits, fetchedAt } = snapshot;
  const known = before?.resetCredits;
  if (!resetCredits || resetCredits.nextExpiry !== undefined || known?.nextExpiry === undefined) return snapshot;
  const holds = known.available === resetCredits.available && known.nextExpiry > fetchedAt;
  return holds ? { ...snapshot, resetCredits: { ...resetCredits, nextExpiry: known.nextExpiry } } : snapshot;
}
