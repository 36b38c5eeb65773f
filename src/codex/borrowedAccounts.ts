import { createHash } from 'node:crypto';
import type { Generation } from '../custody/account.ts';
import type { Locks } from '../custody/lock.ts';
import { watchFolder } from '../custody/watch.ts';
import { asSignInError, SignInError } from '../oauth/errors.ts';
import type { Clock, Log } from '../oauth/host.ts';
import type { AccountService } from '../oauth/service.ts';
import { isLapsing, isValid } from '../oauth/tokens.ts';
import type { AppServer, CliAccount } from './appServer.ts';
import type { BorrowedAccount } from './borrowedAccount.ts';
import { borrow } from './borrowedAccount.ts';
import { isReadableByOthers, mendMode, readSessionFile, sessionFileName, sessionFileStamp } from './sessionFile.ts';

/** Whether the person has said that the CLI's sign-in may be used: nothing of it is read before. */
export interface Consent {
  readonly isGiven: () => boolean;
  readonly set: (isGiven: boolean) => Promise<void>;
}

export interface BorrowedAccountsOptions {
  /** The CLI's folder, see `codexHome`. */
  readonly home: string;
  readonly program: () => string | undefined;
  readonly server: AppServer;
  /** Where the CLI's tokens are good, and nowhere else are they sent. */
  readonly service: AccountService;
  readonly consent: Consent;
  readonly locks: Locks;
  readonly clock: Clock;
  readonly log: Log;
}

/** The same three lists that custody tells of, so that both can be listened to alike. */
export interface BorrowedChange {
  readonly added: readonly BorrowedAccount[];
  readonly removed: readonly BorrowedAccount[];
  readonly changed: readonly BorrowedAccount[];
}

const lockPatience = 60_000;
/** After a fault, how long nobody asks who only wants to look. */
const lookPause = 60_000;

/**
 * The account of the Codex CLI, of which there is one at most. Its refresh token stays where it is and is neither read nor used:
 * the CLI itself is asked for an access token, by one window of the machine at a time, and renews it in its own store by its own
 * rules. What it gives is kept in memory alone.
 */
export class BorrowedAccounts {
  readonly #options: BorrowedAccountsOptions;
  readonly #lockName: string;
  readonly #listeners = new Set<(change: BorrowedChange) => void>();
  #account: BorrowedAccount | undefined;
  /** The state of the session file that `#account` was told in; `null`: nobody has been asked yet. */
  #stamp: string | undefined | null = null;
  #asking: Promise<BorrowedAccount> | undefined;
  #generation = 0;
  #faultAt: number | undefined;

  constructor(options: BorrowedAccountsOptions) {
    this.#options = options;
    this.#lockName = createHash('sha256').update(`codex-cli ${options.home}`).digest('hex').slice(0, 32);
  }

  /** Whether there is a CLI to borrow from, as far as can be told without reading anything of it. */
  get isOffered(): boolean {
    return this.#options.program() !== undefined || sessionFileStamp(this.#options.home) !== undefined;
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
  onDidChange(listener: (change: BorrowedChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks again when the CLI's session file changes. @returns stops watching */
  watch(): () => void {
    const { home, clock, log } = this.#options;
    return watchFolder(home, { clock, log, only: sessionFileName, changed: () => void this.look() });
  }

  /** The person said yes. @throws SignInError as `usable` does; the consent stays, because the CLI may sign in later */
  async connect(): Promise<BorrowedAccount> {
    await this.#options.consent.set(true);
    return this.#ask(undefined);
  }

  /** Forgets the account here. The CLI stays signed in. */
  async forget(): Promise<void> {
    await this.#options.consent.set(false);
    this.#stamp = null;
    this.#set(undefined);
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
    await this.look();
    return this.#account ? [this.#account] : [];
  }

  /** Asks the CLI anew where its session has changed since it was last asked. Never throws. */
  async look(): Promise<void> {
    const { consent, home, clock, log } = this.#options;
    if (!consent.isGiven()) {
      this.#set(undefined);
      return;
    }
    if (this.#stamp !== null && sessionFileStamp(home) === this.#stamp) return;
    if (this.#faultAt !== undefined && clock.now() - this.#faultAt < lookPause) return;
    try {
      await this.#ask(undefined);
    } catch (error) {
      log.warn('no account of the Codex CLI', { failure: asSignInError(error).code });
    }
  }

  /**
   * The account with an access token that lasts a while; while the CLI fails, one that is still valid will do.
   * @throws SignInError `signedOut` where it is not the CLI's account any more; `codexSignedOut`, `codexUsesApiKey`,
   * `codexNotFound`, `codexFailed`, `issuerMismatch`, or what kept the lock
   */
  async usable(hash: string, { refused }: { refused?: Generation }): Promise<BorrowedAccount> {
    if (!this.#options.consent.isGiven()) throw new SignInError('signedOut');
    const known = this.#account;
    const isCurrent = this.#stamp === sessionFileStamp(this.#options.home);
    if (known?.hash === hash && isCurrent && !isSame(known, refused) && !isLapsing(known.tokens, this.#time())) return known;
    try {
      const account = await this.#ask(refused);
      if (account.hash === hash) return account;
    } catch (error) {
      const { code } = asSignInError(error);
      const isPassing = code === 'codexFailed' || code === 'vaultLocked';
      const isGood = this.#account?.hash === hash && !isSame(this.#account, refused) && isValid(this.#account.tokens, this.#time());
      if (isPassing && isGood && this.#account) return this.#account;
      throw error;
    }
    throw new SignInError('signedOut');
  }

  /** One question at a time; those who come meanwhile share it, unless it brings what was refused to them. */
  async #ask(refused: Generation | undefined): Promise<BorrowedAccount> {
    const running = this.#asking;
    if (running) {
      const account = await running;
      if (!isSame(account, refused)) return account;
    }
    const asking = (this.#asking ??= this.#locked(() => this.#borrow(refused)).finally(() => (this.#asking = undefined)));
    return asking;
  }

  async #borrow(refused: Generation | undefined): Promise<BorrowedAccount> {
    const { program, home, consent } = this.#options;
    try {
      const found = program() === undefined ? this.#readFile(refused) : await this.#askServer(refused);
      // After the answer: the CLI may have written it anew for us.
      this.#stamp = sessionFileStamp(home);
      this.#faultAt = undefined;
      if (!consent.isGiven()) throw new SignInError('signedOut');
      this.#set(found);
      return found;
    } catch (error) {
      // Only what the CLI said ends the account; a fault passes.
      if (['codexSignedOut', 'codexUsesApiKey', 'issuerMismatch'].includes(asSignInError(error).code)) {
        this.#stamp = sessionFileStamp(home);
        this.#set(undefined);
      } else this.#faultAt = this.#options.clock.now();
      throw error;
    }
  }

  /** The token is asked for once the CLI has said that it is none of an API key. */
  async #askServer(refused: Generation | undefined): Promise<BorrowedAccount> {
    const { server, home } = this.#options;
    // It goes on with the sign-in that it knows, whatever became of the file.
    if (this.#stamp !== null && sessionFileStamp(home) !== this.#stamp) await server.close();
    let told = await server.account({ refresh: false });
    requireChatGpt(told);
    const first = this.#named(await server.accessToken(), told);
    if (!isSame(first, refused) && !isLapsing(first.tokens, this.#time())) return first;
    // It reads its store before it refreshes, and takes what another of its kind has put there.
    told = await server.account({ refresh: true });
    requireChatGpt(told);
    const second = this.#named(await server.accessToken(), told);
    if (isSame(second, refused) || !isValid(second.tokens, this.#time())) throw new SignInError('codexFailed');
    return second;
  }

  #readFile(refused: Generation | undefined): BorrowedAccount {
    const file = readSessionFile(this.#options.home);
    requireChatGpt(file);
    const { accessToken, workspaceId } = file;
    const found = this.#named(accessToken, undefined, workspaceId);
    if (isSame(found, refused) || !isValid(found.tokens, this.#time())) throw new SignInError('codexNotFound');
    return found;
  }

  #named(accessToken: string | undefined, told: CliAccount | undefined, workspaceId?: string): BorrowedAccount {
    if (accessToken === undefined) throw new SignInError('codexSignedOut');
    const isKnown = this.#account?.tokens.accessToken === accessToken;
    if (!isKnown) this.#generation++;
    const generation = isKnown ? (this.#account?.generation ?? 0) : this.#generation;
    const found = borrow(this.#options.service, accessToken, {
      generation,
      now: this.#options.clock.now(),
      ...(told === undefined ? {} : { told }),
      ...(workspaceId === undefined ? {} : { workspaceId }),
    });
    if (!found) throw new SignInError('issuerMismatch');
    return found;
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

  #set(account: BorrowedAccount | undefined): void {
    const before = this.#account;
    this.#account = account;
    if (before?.tokens.accessToken === account?.tokens.accessToken && before?.label === account?.label) return;
    const isOne = before !== undefined && before.hash === account?.hash;
    const change: BorrowedChange = {
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

function isSame({ login, generation }: Generation, other: Generation | undefined): boolean {
  return login === other?.login && generation === other.generation;
}

/** @throws SignInError `codexSignedOut`, `codexUsesApiKey` */
function requireChatGpt<T extends { readonly kind: string }>(found: T): asserts found is Extract<T, { readonly kind: 'chatgpt' }> {
  if (found.kind === 'apiKey') throw new SignInError('codexUsesApiKey');
  if (found.kind !== 'chatgpt') throw new SignInError('codexSignedOut');
}
