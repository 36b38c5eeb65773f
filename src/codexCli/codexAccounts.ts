import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Generation } from '../accounts/account.ts';
import { isGeneration } from '../accounts/account.ts';
import type { AccountSource } from '../accounts/accountSource.ts';
import type { Naming } from '../accounts/store/accountStore.ts';
import type { Change } from '../vault/vaultCache.ts';
import type { Locks } from '../storage/processLock.ts';
import { watchFolder } from '../storage/watchFolder.ts';
import type { SignInErrorCode } from '../base/errors.ts';
import { asSignInError, SignInError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { AccountService } from '../oauth/service.ts';
import { isLapsing, isValid } from '../oauth/tokenSet.ts';
import type { AppServer } from './appServer.ts';
import type { BorrowedAccount } from './codexAccount.ts';
import { borrow } from './codexAccount.ts';
import type { Consent } from './consent.ts';
import { hasHome, isReadableByOthers, mendMode, readSessionFile, sessionFileName, sessionFileStamp } from './authFile.ts';

export interface BorrowedAccountsOptions {
  /** The CLI's folder, see `codexHome`. */
  readonly home: string;
  /** The CLI as it is found then, by absolute path; `undefined`: nowhere. */
  readonly program: () => string | undefined;
  readonly server: AppServer;
  /** Where the CLI's tokens are good, and nowhere else are they sent. @throws SignInError where the settings are wrong */
  readonly service: () => AccountService;
  readonly consent: Consent;
  readonly locks: Locks;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the CLI said, as told from a fault of the moment. */
const endings: ReadonlySet<SignInErrorCode> = new Set(['codexSignedOut', 'codexUsesApiKey', 'issuerMismatch', 'codexWrongWorkspace']);
const lockPatience = 60_000;
/** After a fault, how long nobody asks who only wants to look. */
const lookPause = 60_000;
/** How long those who only want to look wait for the CLI; what it says later is told as a change. */
const lookPatience = 2_000;

/**
 * The account of the Codex CLI, of which there is one at most. Its refresh token stays where it is and is neither read nor used:
 * the CLI itself is asked for an access token, by one window of the machine at a time, and renews it in its own store by its own
 * rules. What it gives is kept in memory alone. Where the CLI keeps its session in a file, that file tells who is signed in, so that
 * the program is started for a token alone.
 */
export class BorrowedAccounts implements AccountSource<BorrowedAccount> {
  readonly #options: BorrowedAccountsOptions;
  readonly #lockName: string;
  readonly #listeners = new Set<(change: Change<BorrowedAccount>) => void>();
  #account: BorrowedAccount | undefined;
  /** The state of the session file that was looked at last; `null`: none yet. */
  #seen: string | undefined | null = null;
  /** Likewise, when the CLI was asked last. */
  #told: string | undefined | null = null;
  /** What the service calls the account of one sign-in. */
  #naming: { readonly login: string; readonly naming: Naming } | undefined;
  #asking: Promise<BorrowedAccount> | undefined;
  #generation = 0;
  #faultAt: number | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(options: BorrowedAccountsOptions) {
    this.#options = options;
    this.#lockName = createHash('sha256').update(`codex-cli ${options.home}`).digest('hex').slice(0, 32);
  }

  /** Whether the person has said yes. */
  get isAgreed(): boolean {
    return this.#options.consent.isGiven();
  }

  /** Whether other users of this machine can read the CLI's session file. */
  get isReadableByOthers(): boolean {
    return isReadableByOthers(this.#options.home);
  }

  /** Takes the CLI's session file from everybody but its owner: the one thing that is ever changed of it. */
  mendMode(): void {
    mendMode(this.#options.home);
  }

  /** @returns stops listening */
  onDidChange(listener: (change: Change<BorrowedAccount>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The window closes. */
  async close(): Promise<void> {
    this.#stopWatching?.();
    await this.#options.server.close();
  }

  /** The person said yes. @throws SignInError as `usable` does; the consent stays, because the CLI may sign in later */
  async connect(): Promise<BorrowedAccount> {
    await this.#options.consent.set(true);
    return this.#ask(undefined);
  }

  /** Forgets the account here. The CLI stays signed in. */
  async forget(): Promise<void> {
    await this.#options.consent.set(false);
    this.#leave();
    await this.#options.server.close();
  }

  /**
   * Signs the CLI itself out, for everybody who uses it.
   * @throws SignInError `codexNotFound`, `codexFailed`
   */
  async signOutCli(): Promise<void> {
    await this.#locked(() => this.#options.server.signOut());
    await this.look();
  }

  /** The account, if the person lets us have it and the CLI is signed in. From memory, unless the CLI's session has changed. */
  async accounts(): Promise<readonly BorrowedAccount[]> {
    const done = new AbortController();
    const patience = this.#options.clock.sleep(lookPatience, done.signal).catch(() => undefined);
    await Promise.race([this.look(), patience]);
    done.abort();
    return this.#account ? [this.#account] : [];
  }

  /** Looks anew where the CLI's session has changed since. Never throws. */
  async look(): Promise<void> {
    const { consent, home, clock, log } = this.#options;
    if (!consent.isGiven()) {
      this.#leave();
      return;
    }
    this.#watch();
    const stamp = sessionFileStamp(home);
    if (stamp === this.#seen || this.#takeFromFile(stamp)) return;
    // A keyring, or signed out: the CLI alone knows.
    if (this.#faultAt !== undefined && clock.now() - this.#faultAt < lookPause) return;
    try {
      await this.#ask(undefined);
    } catch (error) {
      log.warn('no account of the Codex CLI', { failure: asSignInError(error).code });
    }
  }

  /** Keeps what the service says the account is called by now, as long as the CLI's sign-in lasts. */
  rename({ hash, login }: Pick<BorrowedAccount, 'hash' | 'login'>, naming: Naming): Promise<void> {
    const known = this.#account;
    if (known?.hash === hash && known.login === login) {
      this.#naming = { login, naming: { ...this.#namingOf(login), ...naming } };
      this.#set({ ...known, identity: { ...known.identity, ...naming } });
    }
    return Promise.resolve();
  }

  /**
   * The account with an access token that lasts a while; while the CLI fails, one that is still valid will do.
   * @throws SignInError `signedOut` where it is not the CLI's account any more; `codexSignedOut`, `codexUsesApiKey`,
   * `codexNotFound`, `codexFailed`, `issuerMismatch`, `codexWrongWorkspace`, or what kept the lock
   */
  async usable(hash: string, { refused }: { readonly refused?: Generation }): Promise<BorrowedAccount> {
    if (!this.#options.consent.isGiven()) throw new SignInError('signedOut');
    const known = this.#account;
    const isCurrent = this.#told === sessionFileStamp(this.#options.home);
    if (known?.hash === hash && isCurrent && !isGeneration(known, refused) && !isLapsing(known.tokens, this.#time())) return known;
    try {
      const account = await this.#ask(refused);
      if (account.hash === hash) return account;
    } catch (error) {
      const { code } = asSignInError(error);
      const isPassing = code === 'codexFailed' || code === 'vaultLocked';
      const last = this.#account;
      if (isPassing && last?.hash === hash && !isGeneration(last, refused) && isValid(last.tokens, this.#time())) return last;
      throw error;
    }
    throw new SignInError('signedOut');
  }

  /** One question at a time; those who come meanwhile share it, unless it brings what was refused to them. */
  async #ask(refused: Generation | undefined): Promise<BorrowedAccount> {
    const running = this.#asking;
    if (running) {
      const account = await running;
      if (!isGeneration(account, refused)) return account;
    }
    const asking = (this.#asking ??= this.#locked(() => this.#borrow(refused)).finally(() => (this.#asking = undefined)));
    return asking;
  }

  async #borrow(refused: Generation | undefined): Promise<BorrowedAccount> {
    const { program, home, consent } = this.#options;
    try {
      const found = program() === undefined ? this.#readFile(refused) : await this.#askServer(refused);
      if (!consent.isGiven()) throw new SignInError('signedOut');
      this.#set(found);
      this.#watch();
      // After the answer: the CLI may have written it anew for us.
      this.#told = this.#seen = sessionFileStamp(home);
      this.#faultAt = undefined;
      return found;
    } catch (error) {
      // Only what the CLI said ends the account; a fault passes.
      if (endings.has(asSignInError(error).code)) {
        this.#told = this.#seen = sessionFileStamp(home);
        this.#set(undefined);
      } else this.#faultAt = this.#options.clock.now();
      throw error;
    }
  }

  /** Who is signed in, by the file alone; whether it tells. */
  #takeFromFile(stamp: string | undefined): boolean {
    const file = readSessionFile(this.#options.home);
    if (file.kind !== 'chatgpt') return false;
    try {
      this.#set(this.#named(file.accessToken, {}));
    } catch {
      return false;
    }
    this.#seen = stamp;
    return true;
  }

  /** The token is asked for once the CLI has said that it is none of an API key. */
  async #askServer(refused: Generation | undefined): Promise<BorrowedAccount> {
    const { server, home } = this.#options;
    // It goes on with the sign-in that it knows, whatever became of the file.
    if (sessionFileStamp(home) !== this.#told) await server.restart();
    let told = await server.account({ refresh: false });
    requireChatGpt(told);
    const first = this.#named(await server.accessToken(), told.naming);
    if (!isGeneration(first, refused) && !isLapsing(first.tokens, this.#time())) return first;
    // It reads its store before it refreshes, and takes what another of its kind has put there.
    told = await server.account({ refresh: true });
    requireChatGpt(told);
    const second = this.#named(await server.accessToken(), told.naming);
    if (isGeneration(second, refused) || !isValid(second.tokens, this.#time())) throw new SignInError('codexFailed');
    return second;
  }

  #readFile(refused: Generation | undefined): BorrowedAccount {
    const file = readSessionFile(this.#options.home);
    requireChatGpt(file);
    const found = this.#named(file.accessToken, {});
    if (isGeneration(found, refused) || !isValid(found.tokens, this.#time())) throw new SignInError('codexNotFound');
    return found;
  }

  /** @throws SignInError `codexSignedOut`, `issuerMismatch`, `codexWrongWorkspace` */
  #named(accessToken: string | undefined, told: Naming): BorrowedAccount {
    if (accessToken === undefined) throw new SignInError('codexSignedOut');
    const service = this.#options.service();
    const isKnown = this.#account?.tokens.accessToken === accessToken;
    if (!isKnown) this.#generation++;
    const generation = isKnown ? (this.#account?.generation ?? 0) : this.#generation;
    const found = borrow(service, accessToken, { told, generation, now: this.#options.clock.now() });
    if (!found) throw new SignInError('issuerMismatch');
    if (service.allowedWorkspaces && !service.allowedWorkspaces.includes(found.identity.workspaceId ?? ''))
      throw new SignInError('codexWrongWorkspace');
    // The service is asked for usage with each token, and its word is newer than the CLI's.
    return { ...found, identity: { ...found.identity, ...this.#namingOf(found.login) } };
  }

  #namingOf(login: string): Naming {
    return this.#naming?.login === login ? this.#naming.naming : {};
  }

  async #locked<T>(run: () => Promise<T>): Promise<T> {
    const { locks, clock } = this.#options;
    const impatience = new AbortController();
    const done = new AbortController();
    void clock.sleep(lockPatience, done.signal).then(
      () => {
        impatience.abort(new SignInError('vaultLocked'));
      },
      () => undefined,
    );
    try {
      const lock = await locks.acquire(this.#lockName, impatience.signal);
      done.abort();
      try {
        return await run();
      } finally {
        lock.release();
      }
    } finally {
      done.abort();
    }
  }

  /** The CLI tells no time of its own, so its tokens' ends are by this machine's clock; a refusal mends what that gets wrong. */
  #time() {
    return { now: this.#options.clock.now(), clockOffset: undefined };
  }

  /** Looks again when the CLI's session file changes, as soon as there is a folder to watch. */
  #watch(): void {
    const { home, clock, log } = this.#options;
    if (this.#stopWatching || !hasHome(home)) return;
    this.#stopWatching = watchFolder(home, { clock, log, only: sessionFileName, changed: () => void this.look() });
  }

  #leave(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#seen = this.#told = null;
    this.#set(undefined);
  }

  #set(account: BorrowedAccount | undefined): void {
    const before = this.#account;
    this.#account = account;
    if (before?.tokens.accessToken === account?.tokens.accessToken && isDeepStrictEqual(before?.identity, account?.identity)) return;
    const isOne = before !== undefined && before.hash === account?.hash;
    const change: Change<BorrowedAccount> = {
      added: account && !isOne ? [account] : [],
      removed: before && !isOne ? [before] : [],
      changed: account && isOne ? [account] : [],
    };
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        this.#options.log.error('a listener failed', error);
      }
    }
  }
}

/** @throws SignInError `codexSignedOut`, `codexUsesApiKey` */
function requireChatGpt<T extends { readonly kind: string }>(found: T): asserts found is Extract<T, { readonly kind: 'chatgpt' }> {
  if (found.kind === 'apiKey') throw new SignInError('codexUsesApiKey');
  if (found.kind !== 'chatgpt') throw new SignInError('codexSignedOut');
}
