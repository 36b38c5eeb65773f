import type { AccountInfo } from '../../accounts/account.ts';
import { chatGptProviderId } from '../../accounts/account.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import { BackgroundTasks } from '../../base/async.ts';
import type { Change } from '../../base/change.ts';
import { defined } from '../../base/defined.ts';
import { second } from '../../base/duration.ts';
import { Emitter } from '../../base/emitter.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import type { ResponseTime } from '../decode/fields.ts';
import type { ModelTraffic } from '../decode/headers.ts';
import type { UsageUpdate } from '../decode/update.ts';
import { merge } from '../decode/update.ts';
import type { UsageState } from '../usageView.ts';
import type { PollConditions } from './pollSchedule.ts';
import { afterUpdate, awaitsSession, mayAskFrom } from './pollSchedule.ts';
import type { TrackedAccount } from './trackedAccount.ts';
import { isReadable, pollTargetOf, progressOf } from './trackedAccount.ts';
import { UsagePoller } from './usagePoller.ts';
import type { UsageReaderOptions } from './usageReader.ts';
import { UsageReader } from './usageReader.ts';

export interface UsageServiceOptions extends UsageReaderOptions {
  readonly accounts: UsageReaderOptions['accounts'] & Pick<Accounts, 'list' | 'onDidChange'>;
}

/** What this window knows of itself. */
export type UsageServiceConditions = Pick<PollConditions, 'enabled' | 'interval' | 'focused' | 'panelVisible'>;

const longestUserWait = 10 * second;

/**
 * The room of usage, which holds what the plan has left. This class is its front: it follows the accounts and says what is known
 * of each. `usagePoller.ts` decides when a window reads, `usageReader.ts` takes a reading, `usageRecorder.ts` keeps it for all
 * windows, `usageView.ts` works out what follows from it, and `ui/` shows that. Open this file first.
 */
export class UsageService {
  readonly #options: UsageServiceOptions;
  readonly #poller: UsagePoller;
  readonly #reader: UsageReader;
  readonly #tracked = new Map<string, TrackedAccount>();
  readonly #background: BackgroundTasks;
  readonly #didChange: Emitter;
  #stopListening: (() => void)[] = [];

  constructor(options: UsageServiceOptions) {
    this.#options = options;
    this.#background = new BackgroundTasks(options.log);
    this.#didChange = new Emitter(options.log);
    this.#poller = new UsagePoller({
      ...options,
      targets: () => [...this.#tracked.values()].map(pollTargetOf),
      read: hash => {
        const tracked = this.#tracked.get(hash);
        if (tracked) this.#background.add(this.#reader.read(tracked, newCorrelationId(), 'schedule'));
      },
    });
    this.#reader = new UsageReader(options, this.#poller, () => {
      this.#changed();
    });
  }

  /** Begins to follow the accounts, shows what is stored, and reads what is due. */
  async start(conditions: UsageServiceConditions): Promise<void> {
    const { accounts, recorder } = this.#options;
    this.#stopListening = [
      accounts.onDidChange(({ source, change }) => {
        if (source.providerId === chatGptProviderId) this.#follow(change);
      }),
      recorder.onDidChange(() => {
        this.#changed();
      }),
    ];
    this.#poller.change(conditions);
    for (const account of await accounts.list(chatGptProviderId)) this.#track(account);
    await recorder.reload();
    if ([...this.#tracked.values()].some(({ record }) => record.stored.snapshot)) this.#poller.settleAfterStart();
    this.#changed();
  }

  dispose(): void {
    for (const stop of this.#stopListening) stop();
    this.#tracked.clear();
    this.#options.recorder.clear();
    this.#poller.stop();
  }

  /** @returns stops listening */
  onDidChange(listener: () => void): () => void {
    return this.#didChange.event(listener);
  }

  /** @param now milliseconds since the epoch */
  state(hash: string, now = this.#options.clock.now()): UsageState {
    const tracked = this.#tracked.get(hash);
    if (!tracked) return { isReading: false };
    const view = this.#options.recorder.view(hash, now);
    const { failure } = progressOf(tracked);
    return { isReading: tracked.isReading, ...defined({ view, failure, nextAt: this.#poller.nextAt(hash) }) };
  }

  setConditions(changes: Partial<UsageServiceConditions>): void {
    this.#poller.change(changes);
    this.#changed();
  }

  /** The person did something that shows interest, such as opening the panel. */
  markActive(): void {
    this.#poller.markActive();
    this.#changed();
  }

  /** Another extension got a session: what its use has cost will soon show. Further ones wait for the same reading. */
  onSessionHandedOut(hash: string): void {
    const tracked = this.#tracked.get(hash);
    if (!tracked) return;
    const { record, sessionAt } = tracked;
    const now = this.#options.clock.now();
    const isWaiting = sessionAt !== undefined && awaitsSession(record.stored.progress, sessionAt, now);
    if (!isWaiting) tracked.sessionAt = now;
    this.#changed();
  }

  /**
   * Reads because a person asks: at once, or seconds after the last response, but not while OpenAI wants to be left alone.
   * Never throws: see `failure`.
   * @returns `false` where another window was reading all the while, so that this request came to nothing
   */
  async refresh(hash: string, correlationId: string): Promise<boolean> {
    const { clock, recorder } = this.#options;
    const tracked = this.#tracked.get(hash);
    if (!tracked || !this.#poller.conditions.enabled || !isReadable(tracked)) return true;
    this.markActive();
    // Another VS Code window may have read meanwhile.
    await recorder.reload();
    const wait = mayAskFrom(progressOf(tracked), clock.now()) - clock.now();
    if (wait > longestUserWait) return true;
    if (wait > 0) await clock.sleep(wait);
    const reading = this.#reader.read(tracked, correlationId, 'user');
    this.#background.add(reading);
    return await reading;
  }

  /** Takes the limits that came with a model request, whoever made it. What reads them is loaded with the first one. */
  async applyTraffic(hash: string, traffic: ModelTraffic, at: ResponseTime): Promise<void> {
    const { decodeModelTraffic } = await import('../decode/headers.ts');
    const known = this.#tracked.get(hash)?.record.stored.snapshot?.windows;
    const update = decodeModelTraffic(traffic, at, known);
    if (update) await this.applyUpdate(hash, update);
  }

  /** Takes usage that came with other traffic. A part does not begin what was never read whole. */
  async applyUpdate(hash: string, update: UsageUpdate): Promise<void> {
    const record = this.#tracked.get(hash)?.record;
    const whole = record?.stored.snapshot;
    if (!whole) return;
    await this.#options.recorder.recordReading(record, stored => {
      const snapshot = merge(stored.snapshot ?? whole, update);
      return { snapshot, progress: afterUpdate(stored.progress, snapshot) };
    });
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#background.settled();
    await this.#options.recorder.settled();
  }

  #follow({ added, removed, changed }: Change<AccountInfo>): void {
    for (const { hash } of removed) {
      this.#tracked.delete(hash);
      this.#options.recorder.forget(hash);
    }
    for (const account of [...added, ...changed]) this.#track(account);
    this.#changed();
  }

  #track(account: AccountInfo): void {
    const tracked = this.#tracked.get(account.hash);
    if (tracked) tracked.account = account;
    else this.#tracked.set(account.hash, { account, record: this.#options.recorder.add(account.hash), isReading: false });
  }

  #changed(): void {
    this.#poller.arm();
    this.#didChange.fire();
  }
}
