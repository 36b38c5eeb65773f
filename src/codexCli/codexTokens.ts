import { createHash } from 'node:crypto';
import type { ProfileUpdate, TokenSetId } from '../accounts/account.ts';
import { isSameTokenSet } from '../accounts/account.ts';
import { withDeadline } from '../base/async.ts';
import type { Clock } from '../base/clock.ts';
import { minute } from '../base/duration.ts';
import type { ErrorCode } from '../base/errors.ts';
import { AppError, asAppError } from '../base/errors.ts';
import type { AccountService } from '../oauth/service.ts';
import { isWorkspaceAllowed } from '../oauth/service.ts';
import { isExpiring, isValid } from '../oauth/tokenSet.ts';
import type { ProcessLocks } from '../storage/processLock.ts';
import type { AppServer } from './appServer.ts';
import { authFileStamp, readAuthFile } from './authFile.ts';
import type { CodexAccount } from './codexAccount.ts';
import { codexAccount } from './codexAccount.ts';

export interface CodexTokensOptions {
  /** The CLI's folder, see `codexHome`. */
  readonly home: string;
  /** Fails where the CLI cannot be started at that moment. @throws AppError */
  readonly executable: () => unknown;
  readonly server: AppServer;
  /** The service that issues the CLI's tokens, which are sent nowhere else. @throws AppError where the settings are wrong */
  readonly service: () => AccountService;
  readonly locks: ProcessLocks;
  readonly clock: Clock;
}

/** Errors by which the CLI says that it has no account for us, as opposed to temporary faults. */
const finalErrors: ReadonlySet<ErrorCode> = new Set(['codexSignedOut', 'codexUsesApiKey', 'issuerMismatch', 'codexWrongWorkspace']);
const lockTimeout = minute;
/** The CLI refreshes its token itself five minutes before the end: a refresh from here at that time would come between. */
export const refreshMargin = minute;

export function isFinal(error: unknown): boolean {
  return finalErrors.has(asAppError(error).code);
}

/**
 * Asks the Codex CLI for the access token of its account, in one window of the machine at a time. The CLI refreshes the token in its
 * own store by its own rules. Where the program cannot be started, the token in its session file will do while it is valid.
 */
export class CodexTokens {
  readonly #options: CodexTokensOptions;
  readonly #lockName: string;
  /** The token that came last, and how many have come. */
  #last: { readonly accessToken: string; readonly generation: number } | undefined;
  /** The state of the session file when the CLI was asked last; `null`: not yet. */
  #stamp: string | undefined | null = null;
  #wasInFile = false;

  constructor(options: CodexTokensOptions) {
    this.#options = options;
    this.#lockName = createHash('sha256').update(`codex-cli ${options.home}`).digest('hex').slice(0, 32);
  }

  /** Whether the CLI has left its session file alone since it was asked last. */
  get isCurrent(): boolean {
    return this.#stamp === authFileStamp(this.#options.home);
  }

  /**
   * @param refused the token set that a service refused: the CLI is asked to refresh it
   * @throws AppError `codexSignedOut`, `codexUsesApiKey`, `codexFailed`, `issuerMismatch`, `codexWrongWorkspace`, or what kept the lock or
   * the program
   */
  request(refused: TokenSetId | undefined): Promise<CodexAccount> {
    const { home } = this.#options;
    return this.#withLock(async () => {
      try {
        const obstacle = this.#obstacle();
        const account = obstacle ? this.#requestFromFile(refused, obstacle) : await this.#requestFromServer(refused);
        // Read after the response: the CLI may have written the file for this request.
        this.#stamp = authFileStamp(home);
        return account;
      } catch (error) {
        if (isFinal(error)) this.#stamp = authFileStamp(home);
        throw error;
      }
    });
  }

  /** The account by the session file alone, whatever its token is worth; `undefined` where the file does not say. */
  readFile(): CodexAccount | undefined {
    const file = readAuthFile(this.#options.home);
    if (file.kind !== 'chatgpt') return undefined;
    try {
      const account = this.#accountOf(file.accessToken, {});
      this.#wasInFile = true;
      return account;
    } catch {
      return undefined;
    }
  }

  /** The next request begins anew, whatever the running program knows. */
  forget(): void {
    this.#stamp = null;
    this.#wasInFile = false;
  }

  /**
   * Signs the CLI itself out, for everybody who uses it.
   * @throws AppError `codexFailed`, or what keeps the program from being started
   */
  async signOutCli(): Promise<void> {
    await this.#withLock(() => this.#options.server.signOut());
  }

  close(): Promise<void> {
    return this.#options.server.close();
  }

  /** Asks for the token after the CLI has said that it has a ChatGPT account: with an API key, the key would come in its place. */
  async #requestFromServer(refused: TokenSetId | undefined): Promise<CodexAccount> {
    const { server } = this.#options;
    // The running program goes by the sign-in that it knows, whatever became of the file.
    if (!this.isCurrent) await server.restart();
    let cliAccount = await server.account({ refresh: false });
    requireChatGpt(cliAccount);
    const first = this.#accountOf(await server.accessToken(), cliAccount.profile);
    if (!isSameTokenSet(first, refused) && !isExpiring(first.tokens, this.#time(), refreshMargin)) return first;
    // Before it refreshes, the CLI reads its store and takes the token that another CLI has put there.
    cliAccount = await server.account({ refresh: true });
    requireChatGpt(cliAccount);
    const second = this.#accountOf(await server.accessToken(), cliAccount.profile);
    if (isSameTokenSet(second, refused) || !isValid(second.tokens, this.#time())) throw new AppError('codexFailed');
    return second;
  }

  /** @param obstacle what keeps the program from being started */
  #requestFromFile(refused: TokenSetId | undefined, obstacle: AppError): CodexAccount {
    const file = readAuthFile(this.#options.home);
    // Without a file the CLI may be signed in by a keyring, unless the session was in the file before.
    if (file.kind === 'none' && !this.#wasInFile) throw obstacle;
    requireChatGpt(file);
    const account = this.#accountOf(file.accessToken, {});
    this.#wasInFile = true;
    if (isSameTokenSet(account, refused) || !isValid(account.tokens, this.#time())) throw obstacle;
    return account;
  }

  #obstacle(): AppError | undefined {
    try {
      this.#options.executable();
      return undefined;
    } catch (error) {
      return asAppError(error);
    }
  }

  /** @throws AppError `codexSignedOut`, `issuerMismatch`, `codexWrongWorkspace` */
  #accountOf(accessToken: string | undefined, profile: ProfileUpdate): CodexAccount {
    if (accessToken === undefined) throw new AppError('codexSignedOut');
    const { clock } = this.#options;
    const service = this.#options.service();
    if (this.#last?.accessToken !== accessToken) this.#last = { accessToken, generation: (this.#last?.generation ?? 0) + 1 };
    const account = codexAccount(service, accessToken, { profile, generation: this.#last.generation, now: clock.now() });
    if (!account) throw new AppError('issuerMismatch');
    if (!isWorkspaceAllowed(service, account.identity.workspaceId)) throw new AppError('codexWrongWorkspace');
    return account;
  }

  async #withLock<T>(run: () => Promise<T>): Promise<T> {
    const { locks, clock } = this.#options;
    const deadline = { clock, ms: lockTimeout, reason: new AppError('vaultLocked') };
    const lock = await withDeadline(deadline, signal => locks.acquire(this.#lockName, signal));
    try {
      return await run();
    } finally {
      lock.release();
    }
  }

  /** The CLI does not say what the service's clock is, so expiry is by this machine's; a refusal corrects what that gets wrong. */
  #time() {
    return { now: this.#options.clock.now(), clockOffset: undefined };
  }
}

/** @throws AppError `codexSignedOut`, `codexUsesApiKey` */
function requireChatGpt<T extends { readonly kind: string }>(found: T): asserts found is Extract<T, { readonly kind: 'chatgpt' }> {
  if (found.kind === 'apiKey') throw new AppError('codexUsesApiKey');
  if (found.kind !== 'chatgpt') throw new AppError('codexSignedOut');
}
