/**
 * The accounts room: who is signed in, whatever keeps the tokens. Start here: `Accounts` is what every other room asks.
 * `account.ts` says what an account is, `accountSource.ts` what a kind of credential has to do, `store/` keeps the accounts that are
 * signed in here, `ui/` is all that a person sees of it.
 */
import type { Change } from '../base/change.ts';
import type { Event } from '../base/emitter.ts';
import { Emitter } from '../base/emitter.ts';
import type { AppError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { AccountInfo, Credential, CredentialOptions, CredentialResult, ProfileUpdate } from './account.ts';
import type { AccountActions, AccountSource, DisconnectResult } from './accountSource.ts';

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
  readonly #registered: Registered[] = [];
  readonly #changes: Emitter<AccountsChange>;
  readonly #handOuts: Emitter<AccountInfo>;
  readonly #disconnectListeners = new Set<() => Promise<void>>();

  /** The change is empty where only `problem` changed. */
  readonly onDidChange: Event<AccountsChange>;
  /** Another extension got a credential of this account. */
  readonly onDidHandOut: Event<AccountInfo>;

  constructor(log: Log) {
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

  /** Every account of a provider, by source; never the network. */
  async list(providerId: string): Promise<readonly AccountInfo[]> {
    return (await Promise.all(this.#of(providerId).map(({ source }) => source.accounts()))).flat();
  }

  /** @throws AppError as `AccountSource.credential` */
  credential({ source, hash }: Pick<AccountInfo, 'source' | 'hash'>, options: CredentialOptions): Promise<Credential> {
    return this.#by(source).source.credential(hash, options);
  }

  /** For another extension: of every account of a provider, or of the one with this session id. */
  async credentials(providerId: string, id: string | undefined, options: CredentialOptions): Promise<readonly CredentialResult[]> {
    const results = (await Promise.all(this.#of(providerId).map(({ source }) => source.credentials(id, options)))).flat();
    for (const result of results) if ('accessToken' in result) this.#handOuts.fire(result.account);
    return results;
  }

  async reportRefused(id: string, accessToken: string, correlationId: string): Promise<void> {
    await Promise.all(this.#registered.map(({ source }) => source.reportRefused(id, accessToken, correlationId)));
  }

  updateProfile(account: Pick<AccountInfo, 'source' | 'hash' | 'signInId'>, update: ProfileUpdate): Promise<void> {
    return this.#by(account.source).source.updateProfile(account, update);
  }

  async reload(): Promise<void> {
    await Promise.all(this.#registered.map(({ source }) => source.reload()));
  }

  /** Signs in, to the account of this session id where one is named. @throws AppError after it was shown */
  signIn(providerId: string, id?: string): Promise<AccountInfo> {
    const candidates = this.#of(providerId);
    const registered = candidates.find(({ source }) => id !== undefined && source.owns?.(id)) ?? candidates[0];
    if (!registered) throw new Error(`No source of ${providerId} is registered.`);
    return registered.actions.signIn(id);
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

  #of(providerId: string): readonly Registered[] {
    return this.#registered.filter(({ source }) => source.providerId === providerId);
  }

  #by(sourceId: string): Registered {
    const registered = this.#registered.find(({ source }) => source.id === sourceId);
    if (!registered) throw new Error(`No source ${sourceId} is registered.`);
    return registered;
  }
}
