/**
 * The accounts room: who is signed in, whatever keeps the tokens. Start here: `Accounts` is what every other room asks.
 * `account.ts` says what an account is, `accountSource.ts` what a kind of credential has to do, `store/` keeps the accounts that are
 * signed in here, `ui/` is all that a person sees of it.
 */
import type { Change } from '../base/change.ts';
import type { Clock } from '../base/clock.ts';
import type { Event } from '../base/emitter.ts';
import { Emitter } from '../base/emitter.ts';
import type { AppError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { AccountInfo, Credential, CredentialOptions, CredentialResult, ProfileUpdate } from './account.ts';
import type { AccountActions, AccountSource, DisconnectResult } from './accountSource.ts';
import { CredentialRequests } from './credentialRequests.ts';
import type { RefusedTokenOutcome } from './refusedToken.ts';

interface Registered {
  readonly source: AccountSource;
  readonly actions: AccountActions;
}

export interface AccountsChange {
  readonly source: AccountSource;
  readonly change: Change<AccountInfo>;
}

/** The registry of sources. The first source of a provider is the one that a new sign-in goes to. */
export class Accounts {
  readonly #log: Log;
  readonly #registered: Registered[] = [];
  readonly #changes: Emitter<AccountsChange>;
  readonly #handOuts: Emitter<AccountInfo>;
  readonly #requests: CredentialRequests;
  readonly #disconnectListeners = new Set<() => Promise<void>>();

  /** The change is empty where only `problem` changed. */
  readonly onDidChange: Event<AccountsChange>;
  /** Another extension got a credential of this account. */
  readonly onDidHandOut: Event<AccountInfo>;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#requests = new CredentialRequests(clock);
    this.#changes = new Emitter(log);
    this.#handOuts = new Emitter(log);
    this.onDidChange = this.#changes.event;
    this.onDidHandOut = this.#handOuts.event;
  }

  /** Called while the extension activates, by the room that the source belongs to. */
  register(source: AccountSource, actions: AccountActions): void {
    this.#registered.push({ source, actions });
    source.onDidChange(change => {
      this.#changes.fire({ source, change });
    });
  }

  /** The error that prevents reading the accounts of a provider. */
  problem(providerId: string): AppError | undefined {
    return this.#of(providerId).find(({ source }) => source.problem)?.source.problem;
  }

  /** The error of a source of which no account is known for that reason: some may be signed in. */
  async unreadable(providerId: string): Promise<AppError | undefined> {
    for (const { source } of this.#of(providerId)) if (source.problem && (await source.accounts()).length === 0) return source.problem;
    return undefined;
  }

  /** Every account of a provider, by source; never the network. */
  async list(providerId: string): Promise<readonly AccountInfo[]> {
    return (await this.#askEach(this.#of(providerId), source => source.accounts())).flat();
  }

  /** Every account of every provider; never the network. */
  async all(): Promise<readonly AccountInfo[]> {
    return (await this.#askEach(this.#registered, source => source.accounts())).flat();
  }

  /** @throws AppError as `AccountSource.credential` */
  credential({ source, hash }: Pick<AccountInfo, 'source' | 'hash'>, options: CredentialOptions): Promise<Credential> {
    return this.#by(source).source.credential(hash, options);
  }

  /** For another extension: of every account of a provider, or of the one with this session id, each as far as it can be had soon. */
  async credentials(providerId: string, id: string | undefined, options: CredentialOptions): Promise<readonly CredentialResult[]> {
    const bySource = await this.#askEach(this.#of(providerId), async source => {
      const present = await source.presentCredentials();
      const wanted = present.filter(({ account }) => id === undefined || account.id === id);
      return Promise.all(wanted.map(each => this.#requests.run(each, () => source.credential(each.account.hash, options))));
    });
    const results = bySource.flat();
    for (const { credential, error } of results) if (!error) this.#handOuts.fire(credential.account);
    return results;
  }

  /** A service refused this access token to another extension, see `AccountSource`. */
  async reportRefused(id: string, accessToken: string, correlationId: string): Promise<RefusedTokenOutcome> {
    const outcomes = await this.#askEach(this.#registered, source => source.reportRefused(id, accessToken, correlationId));
    const isUnknown = outcomes.length < this.#registered.length || this.#registered.some(({ source }) => source.problem);
    return outcomes.find(outcome => outcome !== undefined) ?? (isUnknown ? 'offline' : 'over');
  }

  updateProfile(account: Pick<AccountInfo, 'source' | 'hash' | 'signInId'>, update: ProfileUpdate): Promise<void> {
    return this.#by(account.source).source.updateProfile(account, update);
  }

  async reload(): Promise<void> {
    await this.#askEach(this.#registered, source => source.reload());
  }

  /**
   * Signs in, to the account of this session id where one is named. Otherwise, where there are accounts, another one is wanted.
   * @throws AppError after it was shown
   */
  async signIn(providerId: string, id?: string): Promise<AccountInfo> {
    const candidates = this.#of(providerId);
    const registered = candidates.find(({ source }) => id !== undefined && source.owns?.(id)) ?? candidates[0];
    if (!registered) throw new Error(`No source of ${providerId} is registered.`);
    return registered.actions.signIn(id === undefined ? { another: (await this.list(providerId)).length > 0 } : { wanted: id });
  }

  /** What a person can do with an account. */
  actions({ source }: Pick<AccountInfo, 'source'>): AccountActions {
    return this.#by(source).actions;
  }

  /**
   * Signs out of everything, of every provider, and deletes it: before a computer is handed over.
   * @throws AppError
   */
  async disconnectAll(correlationId: string): Promise<DisconnectResult> {
    const results: DisconnectResult[] = [];
    // The first source deletes the keys that the records of the others are sealed with, so it comes last.
    for (const { actions } of this.#registered.toReversed()) results.push(await actions.disconnectAll(correlationId));
    await Promise.all([...this.#disconnectListeners].map(listener => listener()));
    const sum = (count: (result: DisconnectResult) => number) => results.reduce((total, result) => total + count(result), 0);
    const notes = results.flatMap(({ note }) => note ?? []);
    return {
      revoked: sum(({ revoked }) => revoked),
      unrevoked: sum(({ unrevoked }) => unrevoked),
      ...(notes.length > 0 ? { note: notes.join(' ') } : {}),
    };
  }

  /** Lets a room delete what it keeps of accounts before the person sees that it is done. @returns stops listening */
  onDisconnectAll(listener: () => Promise<void>): () => void {
    this.#disconnectListeners.add(listener);
    return () => this.#disconnectListeners.delete(listener);
  }

  /** What each source says. One that fails where it promises not to, such as one whose code cannot be loaded, takes no other down. */
  async #askEach<T>(registered: readonly Registered[], ask: (source: AccountSource) => Promise<T>): Promise<T[]> {
    const results = await Promise.allSettled(registered.map(({ source }) => ask(source)));
    return results.flatMap(result => {
      if (result.status === 'fulfilled') return [result.value];
      this.#log.error('a source of accounts failed', result.reason);
      return [];
    });
  }

  #of(providerId: string): readonly Registered[] {
    return this.#registered.filter(({ source }) => source.providerId === providerId);
  }

  #by(sourceId: string): Registered {
    const registered = this.#registered.find(({ source }) => source.id === sourceId);
    if (!registered) throw new Error(`No source ${sourceId} is registered.`);
    return registered;
  }
}
