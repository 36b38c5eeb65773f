import type {
  AuthenticationProvider,
  AuthenticationProviderAuthenticationSessionsChangeEvent,
  AuthenticationProviderSessionOptions,
  AuthenticationSession,
  Disposable,
} from 'vscode';
import { CancellationError, EventEmitter } from 'vscode';
import type { Accounts } from '../accounts.ts';
import { isCodexAccount } from '../../codexCli/borrowedId.ts';
import type { AccountInfo } from '../account.ts';
import { asAppError, isSignedOut } from '../../base/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { UsageService } from '../../usage/polling/usageService.ts';
import type { CodexCliCommands } from '../../codexCli/ui/codexCliCommands.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import type { SignIn } from './signIn/signIn.ts';
import type { SignOut } from './signOut.ts';
import { errorText } from '../../shell/errorTexts.ts';

export const providerId = 'chatgpt-sign-in';

/**
 * The scopes of every session that an event tells of, in every window: VS Code takes the request of the Accounts menu
 * away only when a session with the same scopes is added.
 */
export const sessionScopes: readonly string[] = ['openid', 'profile', 'email', 'offline_access'];

/** A renewed token that is refused so soon is not refused for its age: in milliseconds. */
const shortestRenewal = 60_000;

export interface ProviderOptions {
  readonly accounts: Accounts;
  readonly signIn: SignIn;
  readonly signOut: SignOut;
  /** Loaded when it is first used. */
  readonly codexCli: () => Promise<CodexCliCommands>;
  readonly usageService: Pick<UsageService, 'onSessionHandedOut'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** VS Code's view of the accounts: it knows no HTTP, and nothing here waits for a person except `createSession`. */
export class ChatGptAuthenticationProvider implements AuthenticationProvider, Disposable {
  readonly #accounts: Accounts;
  readonly #signIn: SignIn;
  readonly #signOut: SignOut;
  readonly #codexCli: () => Promise<CodexCliCommands>;
  readonly #usageService: Pick<UsageService, 'onSessionHandedOut'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #changes = new EventEmitter<AuthenticationProviderAuthenticationSessionsChangeEvent>();
  readonly #stopListening: () => void;

  readonly onDidChangeSessions = this.#changes.event;

  constructor(options: ProviderOptions) {
    this.#accounts = options.accounts;
    this.#signIn = options.signIn;
    this.#signOut = options.signOut;
    this.#codexCli = options.codexCli;
    this.#usageService = options.usageService;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#stopListening = options.accounts.onDidChange(({ added, removed, changed }) => {
      if (added.length + removed.length + changed.length === 0) return;
      const sessions = (accounts: readonly AccountInfo[]) => accounts.map(account => toSession(account, sessionScopes));
      this.#changes.fire({ added: sessions(added), removed: sessions(removed), changed: sessions(changed) });
    });
  }

  dispose(): void {
    this.#stopListening();
    this.#changes.dispose();
  }

  /**
   * Without scopes, every account, from memory and vault. With scopes, the accounts that can be used, each with a token
   * that lasts a while. An account that was signed out is left out; a passing fault is thrown only when it leaves none.
   */
  async getSessions(
    scopes: readonly string[] | undefined,
    options: AuthenticationProviderSessionOptions,
  ): Promise<AuthenticationSession[]> {
    const all = await this.#accounts.accounts();
    const wanted = options.account ? all.filter(({ id }) => id === options.account?.id) : all;
    if (scopes === undefined) return wanted.map(account => toSession(account, sessionScopes));
    const correlationId = newCorrelationId();
    const results = await Promise.allSettled(wanted.map(({ hash }) => this.#accounts.credential(hash, { correlationId })));
    const usable = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
    for (const { hash } of usable) this.#usageService.onSessionHandedOut(hash);
    const fault = results
      .flatMap(result => (result.status === 'rejected' ? [asAppError(result.reason)] : []))
      .find(failure => !isSignedOut(failure));
    if (fault) this.#log.error('no usable token', fault, { flow: correlationId });
    if (usable.length === 0 && fault) throw new Error(errorText(fault.code).message);
    return usable.map(account => toSession(account, scopes));
  }

  /** Signs in. Failures are shown here, because VS Code shows none. */
  async createSession(scopes: readonly string[], options: AuthenticationProviderSessionOptions): Promise<AuthenticationSession> {
    try {
      return toSession(await this.#signInTo(options.account?.id), scopes);
    } catch (error) {
      const { code } = asAppError(error);
      throw code === 'cancelled' ? new CancellationError() : new Error(errorText(code).message);
    }
  }

  /** Only the CLI can sign in to its own account; it is asked whether it has. */
  async #signInTo(wanted: string | undefined): Promise<AccountInfo> {
    if (wanted === undefined) return this.#signIn.run();
    return isCodexAccount(wanted) ? (await this.#codexCli()).connect() : this.#signIn.run({ wanted });
  }

  /**
   * A service refused a token that another extension got here: it is renewed, once. What came of it shows in the next
   * session. Only who knows the account's present token brings anything about, so that nobody does who was not given it.
   */
  async renewRefused(sessionId: unknown, accessToken: unknown): Promise<void> {
    const account = (await this.#accounts.accounts()).find(({ id, tokens }) => id === sessionId && tokens.accessToken === accessToken);
    if (!account || (account.generation > 1 && this.#clock.now() - account.tokens.issuedAt < shortestRenewal)) return;
    const correlationId = newCorrelationId();
    this.#log.info('another extension was refused with a token', { flow: correlationId, generation: account.generation });
    try {
      await this.#accounts.credential(account.hash, { correlationId, refused: account });
    } catch (error) {
      this.#log.error('the refused token was not renewed', error, { flow: correlationId });
    }
  }

  async removeSession(sessionId: string): Promise<void> {
    const account = (await this.#accounts.accounts()).find(({ id }) => id === sessionId);
    if (!account) return;
    try {
      await this.#signOut.run(account);
    } catch (error) {
      throw new Error(errorText(asAppError(error).code).message, { cause: error });
    }
  }
}

function toSession(account: AccountInfo, scopes: readonly string[]): AuthenticationSession {
  return { id: account.id, accessToken: account.tokens.accessToken, account: { id: account.id, label: account.label }, scopes };
}
