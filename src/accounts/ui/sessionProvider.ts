import type {
  AuthenticationProvider,
  AuthenticationProviderAuthenticationSessionsChangeEvent,
  AuthenticationProviderSessionOptions,
  AuthenticationSession,
  Disposable,
} from 'vscode';
import { CancellationError, EventEmitter } from 'vscode';
import { isEmpty, mapChange } from '../../base/change.ts';
import { AppError, asAppError, isSignedOut } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import type { AccountInfo } from '../account.ts';
import type { Accounts } from '../accounts.ts';

/** The scopes that a sign-in to ChatGPT asks for. */
export const sessionScopes: readonly string[] = ['openid', 'profile', 'email', 'offline_access'];

export interface SessionProviderOptions {
  readonly id: string;
  /**
   * The scopes of every session in a change event, in every window: VS Code removes the request from the Accounts menu only when a
   * session with the same scopes is added.
   */
  readonly scopes: readonly string[];
  readonly accounts: Accounts;
  readonly log: Log;
}

/**
 * VS Code's view of the accounts of one authentication provider: it knows no HTTP, and nothing here waits for a person except
 * `createSession`. Only a session that a caller asks for by scopes carries an access token: what VS Code lists needs none.
 */
export class SessionProvider implements AuthenticationProvider, Disposable {
  readonly #options: SessionProviderOptions;
  readonly #changes = new EventEmitter<AuthenticationProviderAuthenticationSessionsChangeEvent>();
  readonly #stopListening: () => void;

  readonly onDidChangeSessions = this.#changes.event;

  constructor(options: SessionProviderOptions) {
    this.#options = options;
    const { id, scopes, accounts } = options;
    this.#stopListening = accounts.onDidChange(({ change, source }) => {
      if (source.providerId !== id || isEmpty(change)) return;
      this.#changes.fire(mapChange(change, account => toSession(account, '', scopes)));
    });
  }

  dispose(): void {
    this.#stopListening();
    this.#changes.dispose();
  }

  /**
   * Without scopes, every account, from memory and vault. With scopes, the accounts that are signed in, each with a token that
   * lasts a while. Expired accounts are left out; a passing error is thrown only when no account remains.
   */
  async getSessions(
    scopes: readonly string[] | undefined,
    options: AuthenticationProviderSessionOptions,
  ): Promise<AuthenticationSession[]> {
    const { id, scopes: listedScopes, accounts, log } = this.#options;
    const wanted = options.account?.id;
    if (scopes === undefined) {
      const all = await accounts.list(id);
      return all.filter(account => wanted === undefined || account.id === wanted).map(account => toSession(account, '', listedScopes));
    }
    const correlationId = newCorrelationId();
    const results = await accounts.credentials(id, wanted, { correlationId });
    const sessions = results.flatMap(result => ('accessToken' in result ? toSession(result.account, result.accessToken, scopes) : []));
    const fault = results.find(result => result instanceof AppError && !isSignedOut(result));
    if (fault instanceof AppError) {
      log.error('no credential for another extension', fault, { flow: correlationId });
      if (sessions.length === 0) throw await errorToShow(fault);
    }
    return sessions;
  }

  /** Signs in. The source shows failures, because VS Code shows none. */
  async createSession(scopes: readonly string[], options: AuthenticationProviderSessionOptions): Promise<AuthenticationSession> {
    const { id, accounts } = this.#options;
    try {
      const account = await accounts.signIn(id, options.account?.id);
      const { accessToken } = await accounts.credential(account, { correlationId: newCorrelationId() });
      return toSession(account, accessToken, scopes);
    } catch (error) {
      const failure = asAppError(error);
      throw failure.code === 'cancelled' ? new CancellationError() : await errorToShow(failure);
    }
  }

  /** VS Code asks the person before it calls this. */
  async removeSession(sessionId: string): Promise<void> {
    const { id, accounts } = this.#options;
    const account = (await accounts.list(id)).find(each => each.id === sessionId);
    if (!account) return;
    try {
      await accounts.actions(account).signOut(account);
    } catch (error) {
      throw await errorToShow(asAppError(error));
    }
  }
}

function toSession({ id, label }: AccountInfo, accessToken: string, scopes: readonly string[]): AuthenticationSession {
  return { id, accessToken, account: { id, label }, scopes };
}

/** An error for VS Code to show: with our own message, and nothing of what a server sent but its code. */
async function errorToShow(error: AppError): Promise<Error> {
  const { errorText } = await import('../../shell/errorTexts.ts');
  return new Error(errorText(error.code).message, { cause: error });
}
