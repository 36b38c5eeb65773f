import type {
  AuthenticationProvider,
  AuthenticationProviderAuthenticationSessionsChangeEvent,
  AuthenticationProviderSessionOptions,
  AuthenticationSession,
  Disposable,
} from 'vscode';
import { CancellationError, EventEmitter } from 'vscode';
import type { ApiKey } from '../apiKey.ts';
import type { ApiKeys } from '../apiKeys.ts';
import { asAppError } from '../../base/errors.ts';
import type { ApiKeyCommands } from './apiKeyCommands.ts';
import { errorText } from '../../shell/errorTexts.ts';

export const apiKeyProviderId = 'openai-api-key';

/** VS Code's view of the API keys: a session is a key, until it is removed. Whether it is still good, the API alone can say. */
export class ApiKeyAuthenticationProvider implements AuthenticationProvider, Disposable {
  readonly #apiKeys: ApiKeys;
  readonly #dialogue: () => Promise<ApiKeyCommands>;
  readonly #changes = new EventEmitter<AuthenticationProviderAuthenticationSessionsChangeEvent>();
  readonly #checking = new Set<string>();
  readonly #stopListening: () => void;

  readonly onDidChangeSessions = this.#changes.event;

  /** @param options.dialogue loaded when a person has to be asked */
  constructor({ apiKeys, dialogue }: { apiKeys: ApiKeys; dialogue: () => Promise<ApiKeyCommands> }) {
    this.#apiKeys = apiKeys;
    this.#dialogue = dialogue;
    this.#stopListening = apiKeys.onDidChange(({ added, removed, changed }) => {
      const sessions = (keys: readonly ApiKey[]) => keys.map(key => toSession(key, []));
      this.#changes.fire({ added: sessions(added), removed: sessions(removed), changed: sessions(changed) });
    });
  }

  dispose(): void {
    this.#stopListening();
    this.#changes.dispose();
  }

  async getSessions(
    scopes: readonly string[] | undefined,
    options: AuthenticationProviderSessionOptions,
  ): Promise<AuthenticationSession[]> {
    const all = await this.#apiKeys.list();
    const wanted = options.account ? all.filter(({ id }) => id === options.account?.id) : all;
    return wanted.map(key => toSession(key, scopes ?? []));
  }

  /** Asks the person for a key; for one in the place of another where that one is named. Failures are shown there. */
  async createSession(scopes: readonly string[], options: AuthenticationProviderSessionOptions): Promise<AuthenticationSession> {
    const known = (await this.#apiKeys.list()).find(({ id }) => id === options.account?.id);
    try {
      const dialogue = await this.#dialogue();
      return toSession(await (known ? dialogue.replace(known) : dialogue.add()), scopes);
    } catch (error) {
      const { code } = asAppError(error);
      throw code === 'cancelled' ? new CancellationError() : new Error(errorText(code).message);
    }
  }

  /**
   * The API refused a key that another extension got here: it is asked again, unless it is known to be refused. Only who has the key
   * brings anything about, so that nobody does who was not given it.
   */
  async checkRefused(sessionId: unknown, accessToken: unknown): Promise<void> {
    const key = (await this.#apiKeys.list()).find(({ id, secret }) => id === sessionId && secret === accessToken);
    if (!key || key.isRefused || this.#checking.has(key.id)) return;
    this.#checking.add(key.id);
    try {
      await (await this.#dialogue()).checkQuietly(key);
    } finally {
      this.#checking.delete(key.id);
    }
  }

  /** VS Code has asked the person already. */
  async removeSession(sessionId: string): Promise<void> {
    const key = (await this.#apiKeys.list()).find(({ id }) => id === sessionId);
    if (!key) return;
    try {
      await (await this.#dialogue()).remove(key);
    } catch (error) {
      throw new Error(errorText(asAppError(error).code).message, { cause: error });
    }
  }
}

function toSession({ id, name, secret }: ApiKey, scopes: readonly string[]): AuthenticationSession {
  return { id, accessToken: secret, account: { id, label: name }, scopes };
}
