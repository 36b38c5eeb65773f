import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { TokenSetId } from '../accounts/account.ts';
import { isSameTokenSet } from '../accounts/account.ts';
import type { AccountSource } from '../accounts/accountSource.ts';
import type { ProfileUpdate } from '../accounts/store/accountStore.ts';
import type { Change } from '../vault/vaultCache.ts';
import type { ProcessLocks } from '../storage/processLock.ts';
import { watchFolder } from '../storage/watchFolder.ts';
import type { ErrorCode } from '../base/errors.ts';
import { asAppError, AppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { AccountService } from '../oauth/service.ts';
import { isExpiring, isValid } from '../oauth/tokenSet.ts';
import type { AppServer } from './appServer.ts';
import type { CodexAccount } from './codexAccount.ts';
import { codexAccount } from './codexAccount.ts';
import type { Consent } from './consent.ts';
import { hasHome, isReadableByOthers, restrictPermissions, readAuthFile, authFileName, authFileStamp } from './authFile.ts';

export interface CodexAccountsOptions {
  /** The CLI's folder, see `codexHome`. */
  readonly home: string;
  /** The CLI as it is found then, by absolute path; `undefined`: nowhere. */
  readonly program: () => string | undefined;
  readonly server: AppServer;
  /** Where the CLI's tokens are good, and nowhere else are they sent. @throws AppError where the settings are wrong */
  readonly service: () => AccountService;
  readonly consent: Consent;
  readonly locks: ProcessLocks;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the CLI said, as told from a fault of the moment. */
const endings: ReadonlySet<ErrorCode> = new Set(['codexSignedOut', 'codexUsesApiKey', 'issuerMismatch', 'codexWrongWorkspace']);
const lockTimeout = 60_000;
/** After a fault, how long nobody asks who only wants to look. */
const pollInterval = 60_000;
/** How long those who only want to look wait for the CLI; what it says later is told as a change. */
const pollTimeout = 2_000;

/**
 * The account of the Codex CLI, of which there is one at most. Its refresh token stays where it is and is neither read nor used:
 * the CLI itself is asked for an access token, by one window of the machine at a time, and renews it in its own store by its own
 * rules. What it gives is kept in memory alone. Where the CLI keeps its session in a file, that file tells who is signed in, so that
 * the program is started for a token alone.
 */
export class CodexAccounts implements AccountSource<CodexAccount> {
  readonly #options: CodexAccountsOptions;
  readonly #lockName: string;
  readonly #listeners = new Set<(change: Change<CodexAccount>) => void>();
  #account: CodexAccount | undefined;
  /** The state of the session file that was looked at last; `null`: none yet. */
  #seen: string | undefined | null = null;
  /** Likewise, when the CLI was asked last. */
  #told: string | undefined | null = null;
  /** What the service calls the account of one sign-in. */
  #naming: { readonly signInId: string; readonly naming: ProfileUpdate } | undefined;
  #asking: Promise<CodexAccount> | undefined;
  #generation = 0;
  #faultAt: number | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(options: CodexAccountsOptions) {
    this.#options = options;
    this.#lockName = createHash('sha256').update(`codex-cli ${options.home}`).digest('hex').slice(0, 32);
  }

  /** Whether the person has said yes. */
  get hasConsent(): boolean {
    return this.#options.consent.hasConsent();
  }

  /** Whether other users of this machine can read the CLI's session file. */
  get isReadableByOthers(): boolean {
    return isReadableByOthers(this.#options.home);
  }

  /** Takes the CLI's session file from everybody but its owner: the one thing that is ever changed of it. */
  restrictPermissions(): void {
    restrictPermissions(this.#options.home);
  }

  /** @returns stops listening */
  onDidChange(listener: (change: Change<CodexAccount>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The window closes. */
  async close(): Promise<void> {
    this.#stopWatching?.();
    await this.#options.server.close();
  }

  /** The person said yes. @throws AppError as `usable` does; the consent stays, because the CLI may sign in later */
  async connect(): Promise<CodexAccount> {
    await this.#options.consent.set(true);
    return this.#ask(undefined);
  }

  /** Forgets the account here. The CLI stays signed in. */
  async disconnect(): Promise<void> {
    await this.#options.consent.set(false);
    this.#leave();
    await this.#options.server.close();
  }

  /**
   * Signs the CLI itself out, for everybody who uses it.
   * @throws AppError `codexNotFound`, `codexFailed`
   */
  async signOutCli(): Promise<void> {
    await this.#locked(() => this.#options.server.signOut());
    await this.reload();
  }

  /** The account, if the person lets us have it and the CLI is signed in. From memory, unless the CLI's session has changed. */
  async accounts(): Promise<readonly CodexAccount[]> {
    const done = new AbortController();
    const patience = this.#options.clock.sleep(pollTimeout, done.signal).catch(() => undefined);
    await Promise.race([this.reload(), patience]);
    done.abort();
    return this.#account ? [this.#account] : [];
  }

  /** Looks anew where the CLI's session has changed since. Never throws. */
  async reload(): Promise<void> {
    const { consent, home, clock, log } = this.#options;
    if (!consent.hasConsent()) {
      this.#leave();
      return;
    }
    this.#watch();
    const stamp = authFileStamp(home);
    if (stamp === this.#seen || this.#takeFromFile(stamp)) return;
    // A keyring, or signed out: the CLI alone knows.
    if (this.#faultAt !== undefined && clock.now() - this.#faultAt < pollInterval) return;
    try {
      await this.#ask(undefined);
    } catch (error) {
      log.warn('no account of the Codex CLI', { failure: asAppError(error).code });
    }
  }

  /** Keeps what the service says the account is called by now, as long as the CLI's sign-in lasts. */
  updateProfile({ hash, signInId }: Pick<CodexAccount, 'hash' | 'signInId'>, naming: ProfileUpdate): Promise<void> {
    const known = this.#account;
    if (known?.hash === hash && known.signInId === signInId) {
      this.#naming = { signInId, naming: { ...this.#namingOf(signInId), ...naming } };
      this.#set({ ...known, identity: { ...known.identity, ...naming } });
    }
    return Promise.resolve();
  }

  /**
   * The account with an access token that lasts a while; while the CLI fails, one that is still valid will do.
   * @throws AppError `signedOut` where it is not the CLI's account any more; `codexSignedOut`, `codexUsesApiKey`,
   * `codexNotFound`, `codexFailed`, `issuerMismatch`, `codexWrongWorkspace`, or what kept the lock
   */
  async credential(hash: string, { refused }: { readonly refused?: TokenSetId }): Promise<CodexAccount> {
    if (!this.#options.consent.hasConsent()) throw new AppError('signedOut');
    const known = this.#account;
    const isCurrent = this.#told === authFileStamp(this.#options.home);
    if (known?.hash === hash && isCurrent && !isSameTokenSet(known, refused) && !isExpiring(known.tokens, this.#time())) return known;
    try {
      const account = await this.#ask(refused);
      if (account.hash === hash) return account;
    } catch (error) {
      const { code } = asAppError(error);
      const isPassing = code === 'codexFailed' || code === 'vaultLocked';
      const last = this.#account;
      if (isPassing && last?.hash === hash && !isSameTokenSet(last, refused) && isValid(last.tokens, this.#time())) return last;
      throw error;
    }
    throw new AppError('signedOut');
  }

  /** One question at a time; those who come meanwhile share it, unless it brings what was refused to them. */
  async #ask(refused: TokenSetId | undefined): Promise<CodexAccount> {
    const running = this.#asking;
    if (running) {
      const account = await running;
      if (!isSameTokenSet(account, refused)) return account;
    }
    const asking = (this.#asking ??= this.#locked(() => this.#borrow(refused)).finally(() => (this.#asking = undefined)));
    return asking;
  }

  async #borrow(refused: TokenSetId | undefined): Promise<CodexAccount> {
    const { program, home, consent } = this.#options;
    try {
      const found = program() === undefined ? this.#readFile(refused) : await this.#askServer(refused);
      if (!consent.hasConsent()) throw new AppError('signedOut');
      this.#set(found);
      this.#watch();
      // After the answer: the CLI may have written it anew for us.
      this.#told = this.#seen = authFileStamp(home);
      this.#faultAt = undefined;
      return found;
    } catch (error) {
      // Only what the CLI said ends the account; a fault passes.
      if (endings.has(asAppError(error).code)) {
        this.#told = this.#seen = authFileStamp(home);
        this.#set(undefined);
      } else this.#faultAt = this.#options.clock.now();
      throw error;
    }
  }

  /** Who is signed in, by the file alone; whether it tells. */
  #takeFromFile(stamp: string | undefined): boolean {
    const file = readAuthFile(this.#options.home);
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
  async #askServer(refused: TokenSetId | undefined): Promise<CodexAccount> {
    const { server, home } = this.#options;
    // It goes on with the sign-in that it knows, whatever became of the file.
    if (authFileStamp(home) !== this.#told) await server.restart();
    let told = await server.account({ refresh: false });
    requireChatGpt(told);
    const first = this.#named(await server.accessToken(), told.naming);
    if (!isSameTokenSet(first, refused) && !isExpiring(first.tokens, this.#time())) return first;
    // It reads its store before it refreshes, and takes what another of its kind has put there.
    told = await server.account({ refresh: true });
    requireChatGpt(told);
    const second = this.#named(await server.accessToken(), told.naming);
    if (isSameTokenSet(second, refused) || !isValid(second.tokens, this.#time())) throw new AppError('codexFailed');
    return second;
  }

  #readFile(refused: TokenSetId | undefined): CodexAccount {
    const file = readAuthFile(this.#options.home);
    requireChatGpt(file);
    const found = this.#named(file.accessToken, {});
    if (isSameTokenSet(found, refused) || !isValid(found.tokens, this.#time())) throw new AppError('codexNotFound');
    return found;
  }

  /** @throws AppError `codexSignedOut`, `issuerMismatch`, `codexWrongWorkspace` */
  #named(accessToken: string | undefined, told: ProfileUpdate): CodexAccount {
    if (accessToken === undefined) throw new AppError('codexSignedOut');
    const service = this.#options.service();
    const isKnown = this.#account?.tokens.accessToken === accessToken;
    if (!isKnown) this.#generation++;
    const generation = isKnown ? (this.#account?.generation ?? 0) : this.#generation;
    const found = codexAccount(service, accessToken, { told, generation, now: this.#options.clock.now() });
    if (!found) throw new AppError('issuerMismatch');
    if (service.allowedWorkspaces && !service.allowedWorkspaces.includes(found.identity.workspaceId ?? ''))
      throw new AppError('codexWrongWorkspace');
    // The service is asked for usage with each token, and its word is newer than the CLI's.
    return { ...found, identity: { ...found.identity, ...this.#namingOf(found.signInId) } };
  }

  #namingOf(signInId: string): ProfileUpdate {
    return this.#naming?.signInId === signInId ? this.#naming.naming : {};
  }

  async #locked<T>(run: () => Promise<T>): Promise<T> {
    const { locks, clock } = this.#options;
    const impatience = new AbortController();
    const done = new AbortController();
    void clock.sleep(lockTimeout, done.signal).then(
      () => {
        impatience.abort(new AppError('vaultLocked'));
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
    this.#stopWatching = watchFolder(home, { clock, log, only: authFileName, changed: () => void this.reload() });
  }

  #leave(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#seen = this.#told = null;
    this.#set(undefined);
  }

  #set(account: CodexAccount | undefined): void {
    const before = this.#account;
    this.#account = account;
    if (before?.tokens.accessToken === account?.tokens.accessToken && isDeepStrictEqual(before?.identity, account?.identity)) return;
    const isOne = before !== undefined && before.hash === account?.hash;
    const change: Change<CodexAccount> = {
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

/** @throws AppError `codexSignedOut`, `codexUsesApiKey` */
function requireChatGpt<T extends { readonly kind: string }>(found: T): asserts found is Extract<T, { readonly kind: 'chatgpt' }> {
  if (found.kind === 'apiKey') throw new AppError('codexUsesApiKey');
  if (found.kind !== 'chatgpt') throw new AppError('codexSignedOut');
}
