import type {
  AuthenticationProvider,
  AuthenticationProviderAuthenticationSessionsChangeEvent,
  AuthenticationProviderSessionOptions,
  AuthenticationSession,
  Disposable,
} from 'vscode';
import { CancellationError, EventEmitter } from 'vscode';
import { isEmpty, mapChange } from '../../base/change.ts';
import type { AppError } from '../../base/errors.ts';
import { asAppError, isSignedOut, mayPass } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import type { AccountInfo } from '../account.ts';
import type { Accounts } from '../accounts.ts';
import type { SessionErrorName } from './sessionErrors.ts';

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
   * Without scopes, every account, from memory and vault. With scopes, the accounts that are signed in, each with a token that lasts a
   * while. VS Code takes an account that is missing for signed out and gives its callers another one, so an account in trouble keeps
   * the token that it had.
   * @throws what keeps the accounts from being read, or all of them, or the one that is asked for, from a valid token
   */
  async getSessions(
    scopes: readonly string[] | undefined,
    options: AuthenticationProviderSessionOptions,
  ): Promise<AuthenticationSession[]> {
    const { id, scopes: listedScopes, accounts } = this.#options;
    const wanted = options.account?.id;
    const sessions =
      scopes === undefined
        ? (await accounts.list(id))
            .filter(account => wanted === undefined || account.id === wanted)
            .map(account => toSession(account, '', listedScopes))
        : await this.#sessionsWithTokens(scopes, wanted);
    const unreadable = wanted === undefined || sessions.length === 0 ? await accounts.unreadable(id) : undefined;
    if (unreadable) throw await sessionError('Offline', unreadable);
    return sessions;
  }

  async #sessionsWithTokens(scopes: readonly string[], wanted: string | undefined): Promise<AuthenticationSession[]> {
    const { id, accounts, log } = this.#options;
    const correlationId = newCorrelationId();
    const results = await accounts.credentials(id, wanted, { correlationId });
    const faults = results.flatMap(({ error }) => (error && !isSignedOut(error) ? error : []));
    for (const fault of faults) log.error('no credential for another extension', fault, { flow: correlationId });
    if (faults[0] && results.every(({ error }) => error)) throw await sessionError('Offline', faults[0]);
    const usable = results.filter(({ error }) => !error || mayPass(error));
    return usable.map(({ credential: { account, accessToken } }) => toSession(account, accessToken, scopes));
  }

  /** Signs in. The source shows failures, because VS Code shows none. */
  async createSession(scopes: readonly string[], options: AuthenticationProviderSessionOptions): Promise<AuthenticationSession> {
    const { id, accounts } = this.#options;
    const account = await accounts.signIn(id, options.account?.id).catch(async (thrown: unknown) => {
      const error = asAppError(thrown);
      throw error.code === 'cancelled' ? new CancellationError() : await sessionError('SignInFailed', error);
    });
    const credential = accounts.credential(account, { correlationId: newCorrelationId() });
    const { accessToken } = await credential.catch(async (error: unknown) => {
      throw await sessionError('Offline', asAppError(error));
    });
    return toSession(account, accessToken, scopes);
  }

  /** VS Code asks the person before it calls this. */
  async removeSession(sessionId: string): Promise<void> {
    const { id, accounts } = this.#options;
    const account = (await accounts.list(id)).find(each => each.id === sessionId);
    if (!account) return;
    try {
      await accounts.actions(account).signOut(account);
    } catch (error) {
      throw await sessionError('SignOutFailed', asAppError(error));
    }
  }
}

function toSession({ id, label }: AccountInfo, accessToken: string, scopes: readonly string[]): AuthenticationSession {
  return { id, accessToken, account: { id, label }, scopes };
}

/** An error for other extensions: with our own message, and nothing of what a server sent but its code for the error. */
async function sessionError(name: SessionErrorName, error: AppError): Promise<Error> {
  const { SessionError } = await import('./sessionErrors.ts');
  return new SessionError(name, error);
}
