import { isDeepStrictEqual } from 'node:util';
import type { ProfileUpdate, TokenSetId } from '../accounts/account.ts';
import { isSameTokenSet } from '../accounts/account.ts';
import { withTimeout } from '../base/async.ts';
import type { Change } from '../base/change.ts';
import type { Clock } from '../base/clock.ts';
import { minute, second } from '../base/duration.ts';
import type { Event } from '../base/emitter.ts';
import { Emitter } from '../base/emitter.ts';
import { AppError, asAppError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { isExpiring, isValid } from '../oauth/tokenSet.ts';
import { watchFolder } from '../storage/watchFolder.ts';
import { authFileName, authFileStamp, hasHome, isReadableByOthers, restrictPermissions } from './authFile.ts';
import type { CodexAccount } from './codexAccount.ts';
import type { CodexTokens } from './codexTokens.ts';
import { refreshMargin } from './codexTokens.ts';
import { isFinal } from './codexTokens.ts';
import type { Consent } from './consent.ts';

export interface CodexAccountsOptions {
  /** The CLI's folder, see `codexHome`. */
  readonly home: string;
  readonly tokens: CodexTokens;
  readonly consent: Consent;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long after a fault a listing of accounts does not ask the CLI again. */
const retryInterval = minute;
/** How long a listing of accounts waits for the CLI; what the CLI says later comes as a change. */
const listTimeout = 2 * second;

/**
 * The account of the Codex CLI, of which there is one at most. The CLI keeps its refresh token, which is neither read nor used here:
 * it is asked for an access token, which stays in memory. Where the CLI keeps its session in a file, that file says who is signed
 * in, so that the program is started for a token alone. Nothing is read before the person has agreed.
 */
export class CodexAccounts {
  readonly #options: CodexAccountsOptions;
  readonly #changed: Emitter<Change<CodexAccount>>;
  readonly onDidChange: Event<Change<CodexAccount>>;
  #account: CodexAccount | undefined;
  /** The state of the session file that was read last; `null`: not yet. */
  #seen: string | undefined | null = null;
  /** The profile that the service sent for one sign-in of the CLI. */
  #profile: { readonly signInId: string; readonly update: ProfileUpdate } | undefined;
  #requesting: Promise<CodexAccount> | undefined;
  #faultAt: number | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(options: CodexAccountsOptions) {
    this.#options = options;
    this.#changed = new Emitter(options.log);
    this.onDidChange = this.#changed.event;
  }

  get hasConsent(): boolean {
    return this.#options.consent.hasConsent();
  }

  /** Whether other users of this machine can read the CLI's session file. */
  get isReadableByOthers(): boolean {
    return isReadableByOthers(this.#options.home);
  }

  /** Takes the CLI's session file from everybody but its owner, and changes nothing else of the CLI. */
  restrictPermissions(): void {
    restrictPermissions(this.#options.home);
  }

  /** Called when the window closes. */
  async close(): Promise<void> {
    this.#stopWatching?.();
    await this.#options.tokens.close();
  }

  /** Called when the person agrees. @throws AppError as `credential`; the consent stays, because the CLI may sign in later */
  async connect(): Promise<CodexAccount> {
    await this.#options.consent.set(true);
    return this.#request(undefined);
  }

  /** Forgets the account here. The CLI stays signed in. */
  async disconnect(): Promise<void> {
    await this.#options.consent.set(false);
    this.#forget();
    await this.#options.tokens.close();
  }

  /**
   * Signs the CLI itself out, for everybody who uses it.
   * @throws AppError `codexFailed`, or what keeps the program from being started
   */
  async signOutCli(): Promise<void> {
    await this.#options.tokens.signOutCli();
    await this.reload();
  }

  /** The account, where the person has agreed and the CLI is signed in. From memory, unless the CLI's session has changed. */
  async accounts(): Promise<readonly CodexAccount[]> {
    await withTimeout(this.reload(), { clock: this.#options.clock, ms: listTimeout }, () => undefined);
    return this.#account ? [this.#account] : [];
  }

  /** Reads again where the CLI's session has changed. Never throws. */
  async reload(): Promise<void> {
    const { home, clock, log } = this.#options;
    if (!this.hasConsent) {
      this.#forget();
      return;
    }
    this.#watch();
    const stamp = authFileStamp(home);
    if (stamp === this.#seen || this.#takeFromFile(stamp)) return;
    // The session is in a keyring, or there is none: only the CLI knows.
    if (this.#faultAt !== undefined && clock.elapsed() - this.#faultAt < retryInterval) return;
    try {
      await this.#request(undefined);
    } catch (error) {
      log.warn('no account of the Codex CLI', { failure: asAppError(error).code });
    }
  }

  /** Keeps what the service says about the account, as long as the CLI's sign-in lasts. */
  updateProfile({ hash, signInId }: Pick<CodexAccount, 'hash' | 'signInId'>, profile: ProfileUpdate): Promise<void> {
    const known = this.#account;
    if (known?.hash === hash && known.signInId === signInId) {
      this.#profile = { signInId, update: { ...this.#profileOf(signInId), ...profile } };
      this.#set(this.#withProfile(known));
    }
    return Promise.resolve();
  }

  /**
   * The account with an access token that does not expire soon; while the CLI fails, with one that is still valid.
   * @throws AppError `signedOut` where it is not the CLI's account any more; `codexSignedOut`, `codexUsesApiKey`,
   * `codexFailed`, `issuerMismatch`, `codexWrongWorkspace`, or what kept the lock or the program
   */
  async credential(hash: string, { refused }: { readonly refused?: TokenSetId }): Promise<CodexAccount> {
    if (!this.hasConsent) throw new AppError('signedOut');
    const known = this.#account;
    const isUnchanged = known?.hash === hash && this.#options.tokens.isCurrent;
    if (isUnchanged && !isSameTokenSet(known, refused) && !isExpiring(known.tokens, this.#time(), refreshMargin)) return known;
    try {
      const account = await this.#request(refused);
      if (account.hash === hash) return account;
    } catch (error) {
      const { code } = asAppError(error);
      const isTemporary = code === 'codexFailed' || code === 'vaultLocked';
      const last = this.#account;
      if (isTemporary && last?.hash === hash && !isSameTokenSet(last, refused) && isValid(last.tokens, this.#time())) return last;
      throw error;
    }
    throw new AppError('signedOut');
  }

  /** One request at a time. Callers that come meanwhile share it, unless it brings the token that was refused to them. */
  async #request(refused: TokenSetId | undefined): Promise<CodexAccount> {
    const running = this.#requesting;
    if (running) {
      const account = await running;
      if (!isSameTokenSet(account, refused)) return account;
    }
    return (this.#requesting ??= this.#requestNow(refused).finally(() => (this.#requesting = undefined)));
  }

  async #requestNow(refused: TokenSetId | undefined): Promise<CodexAccount> {
    const { tokens, home, clock } = this.#options;
    try {
      const account = this.#withProfile(await tokens.request(refused));
      if (!this.hasConsent) throw new AppError('signedOut');
      this.#set(account);
      this.#watch();
      this.#seen = authFileStamp(home);
      this.#faultAt = undefined;
      return account;
    } catch (error) {
      // Only what the CLI said ends the account; a fault may pass.
      if (isFinal(error)) {
        this.#seen = authFileStamp(home);
        this.#set(undefined);
      } else this.#faultAt = clock.elapsed();
      throw error;
    }
  }

  /** @returns whether the session file says who is signed in */
  #takeFromFile(stamp: string | undefined): boolean {
    const account = this.#options.tokens.readFile();
    if (!account) return false;
    this.#set(this.#withProfile(account));
    this.#seen = stamp;
    return true;
  }

  /** The service sends the profile with each usage reading, so it is newer than what the CLI says. */
  #withProfile(account: CodexAccount): CodexAccount {
    return { ...account, identity: { ...account.identity, ...this.#profileOf(account.signInId) } };
  }

  #profileOf(signInId: string): ProfileUpdate {
    return this.#profile?.signInId === signInId ? this.#profile.update : {};
  }

  #time() {
    return { now: this.#options.clock.now(), clockOffset: undefined };
  }

  /** Reloads when the CLI's session file changes, as soon as there is a folder to watch. */
  #watch(): void {
    const { home, clock, log } = this.#options;
    if (this.#stopWatching || !hasHome(home)) return;
    this.#stopWatching = watchFolder(home, { clock, log, only: authFileName, changed: () => void this.reload() });
  }

  #forget(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#seen = null;
    this.#options.tokens.forget();
    this.#set(undefined);
  }

  #set(account: CodexAccount | undefined): void {
    const before = this.#account;
    this.#account = account;
    if (before?.tokens.accessToken === account?.tokens.accessToken && isDeepStrictEqual(before?.identity, account?.identity)) return;
    const isOne = before !== undefined && before.hash === account?.hash;
    this.#changed.fire({
      added: account && !isOne ? [account] : [],
      removed: before && !isOne ? [before] : [],
      changed: account && isOne ? [account] : [],
    });
  }
}
