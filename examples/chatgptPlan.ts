// Requests that a person's ChatGPT plan pays for, through the extension "ChatGPT Account & Usage (unofficial)". Copy this file into your
// extension: it needs VS Code 1.105 or later, and nothing else. docs/for-extension-authors.md explains it part by part.
import * as vscode from 'vscode';

const extensionId = 'unofficial.chatgpt-sign-in';
const providerId = 'chatgpt-sign-in';
const scopes = ['openid', 'profile', 'email', 'offline_access'];
const accountKey = 'chatgptPlan.account';
/** The Codex release whose list of models your extension understands: the service hides models that need a newer one. */
const catalogueLevel = '0.169.0';

/** What the extension exports, as far as this file uses it. */
interface ChatGptSignInApi {
  /** Where the token of this account belongs, e.g. `https://chatgpt.com/backend-api`; undefined if there is no such account. */
  backendUrl(accountId: string): Promise<string | undefined>;
}

/**
 * Why there is no response:
 * - `notInstalled`: the extension isn't installed in this window; `offerInstall` shows it to the person
 * - `declined`: the person said no, or closed a dialog
 * - `shown`: something failed, and the person was told what
 * - `signedOut`: nobody is signed in, or this extension was not allowed to use the account, or its session is over, which the provider tells
 *   the person: show no notification of your own, and call `session` with a `detail` when the person wants to sign in
 * - `offline`: there is no token for now; nothing was shown
 * - `refused`: the service doesn't accept this account, whatever the token's age
 * - `notInPlan`: the plan doesn't include this model or use
 * - `noSuchModel`: the account doesn't have this model: ask for the list again
 * - `limitReached`: the plan is used up, until `until` if the service says so
 * - `busy`: too many requests; try again at `until`, when the person does
 * - `blocked`: a page came instead of the service's response: a proxy or browser check is in the way
 * - `failed`: anything else, such as a response that ended early
 */
export type PlanErrorCode =
  | 'notInstalled'
  | 'declined'
  | 'shown'
  | 'signedOut'
  | 'offline'
  | 'refused'
  | 'notInPlan'
  | 'noSuchModel'
  | 'limitReached'
  | 'busy'
  | 'blocked'
  | 'failed';

export class PlanError extends Error {
  override readonly name = 'PlanError';
  readonly code: PlanErrorCode;
  readonly until: Date | undefined;

  constructor(code: PlanErrorCode, until?: Date) {
    super(code);
    this.code = code;
    this.until = until;
  }
}

export interface PlanModel {
  readonly slug: string;
  readonly name: string;
}

export interface AskOptions {
  /** From `models`. */
  readonly model: string;
  readonly question: string;
  /** What the model should be and do; may be empty. */
  readonly instructions?: string;
  /** What the person reads in VS Code's consent dialog. Absent: nobody is there to be asked. */
  readonly detail?: string;
  /** Called with each piece of the response. */
  readonly onText?: (text: string) => void;
  readonly signal?: AbortSignal;
}

interface PlanRequest extends RequestInit {
  readonly headers?: Readonly<Record<string, string>>;
}

/** The account that this extension uses, and the requests that its plan pays for. */
export class ChatGptPlan implements vscode.Disposable {
  readonly #memento: vscode.Memento;
  readonly #userAgent: string;
  readonly #didChange = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;

  /** Something about the account may have changed: it was signed in or out, or the extension was installed. Ask again when you need it. */
  readonly onDidChange = this.#didChange.event;

  /** @param userAgent your own name and version, never those of another client */
  constructor(memento: vscode.Memento, userAgent: string) {
    this.#memento = memento;
    this.#userAgent = userAgent;
    this.#subscriptions = vscode.Disposable.from(
      this.#didChange,
      vscode.authentication.onDidChangeSessions(({ provider }) => {
        if (provider.id === providerId) this.#didChange.fire();
      }),
      vscode.extensions.onDidChange(() => {
        this.#didChange.fire();
      }),
    );
  }

  /** The account whose plan pays: the one that was used first, until the person selects another one. No other takes its place by itself. */
  get account(): vscode.AuthenticationSessionAccountInformation | undefined {
    return this.#memento.get(accountKey);
  }

  /**
   * @param detail what the person reads in VS Code's consent dialog; leave it out where nobody is there to be asked
   * @throws PlanError `notInstalled`, `declined`, `shown`, `signedOut`, `offline`
   */
  async session(detail?: string): Promise<vscode.AuthenticationSession> {
    // Always with the account once there is one: without it, VS Code may return another account that this extension may use.
    const { account } = this;
    const silent = await this.#getSession({ silent: true, ...(account && { account }) });
    const session = silent ?? (detail === undefined ? undefined : await this.#ask(detail, account));
    if (!session) throw new PlanError('signedOut');
    return await this.#remember(session);
  }

  /** Uses this account of `vscode.authentication.getAccounts` from now on, which the person has selected in your extension. */
  async useAccount({ id, label }: vscode.AuthenticationSessionAccountInformation): Promise<void> {
    await this.#memento.update(accountKey, { id, label });
  }

  /** Lets the person select another account in VS Code's own dialog. @throws PlanError as `session` */
  async changeAccount(detail: string): Promise<vscode.AuthenticationSession> {
    const session = await this.#getSession({ createIfNone: { detail }, clearSessionPreference: true });
    if (!session) throw new PlanError('signedOut');
    return await this.#remember(session);
  }

  /** The models of the account's plan: there is no other way to know them. @throws PlanError */
  async models(detail?: string): Promise<readonly PlanModel[]> {
    const response = await this.#request(`codex/models?client_version=${catalogueLevel}`, detail, {});
    const { models = [] } = (await response.json().catch(() => ({}))) as { models?: readonly Record<string, unknown>[] };
    return models.flatMap(({ slug, display_name: name, visibility = 'list' }) =>
      typeof slug === 'string' && visibility === 'list' ? [{ slug, name: typeof name === 'string' ? name : slug }] : [],
    );
  }

  /** @returns the text of the response. @throws PlanError */
  async ask({ model, question, instructions = '', detail, onText, signal }: AskOptions): Promise<string> {
    const body = {
      model,
      // The service refuses a request without instructions, and takes empty ones.
      instructions,
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: question }] }],
      stream: true,
      store: false,
    };
    const response = await this.#request('codex/responses', detail, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
    return await readText(response, onText);
  }

  /** Shows the limits of the account that this extension uses. */
  async showUsage(): Promise<void> {
    await vscode.commands.executeCommand('chatgptSignIn.showUsage', this.account?.id);
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  /** An account that is not in VS Code any more can't be asked for: the person selects another one. */
  async #ask(detail: string, wanted: vscode.AuthenticationSessionAccountInformation | undefined) {
    const account = await found(wanted);
    const which = account ? { account } : { clearSessionPreference: wanted !== undefined };
    return await this.#getSession({ createIfNone: { detail }, ...which });
  }

  async #remember(session: vscode.AuthenticationSession): Promise<vscode.AuthenticationSession> {
    // Id and label are no secrets. The token is one: it is in no store, log or setting, and is asked for again with each request.
    if (session.account.id !== this.account?.id) await this.useAccount(session.account);
    return session;
  }

  async #getSession(options: vscode.AuthenticationGetSessionOptions): Promise<vscode.AuthenticationSession | undefined> {
    try {
      return await vscode.authentication.getSession(providerId, scopes, options);
    } catch (error) {
      throw sessionError(error);
    }
  }

  /** Makes a request with the account's token, and once more if the service refuses that token. */
  async #request(path: string, detail: string | undefined, init: PlanRequest): Promise<Response> {
    const session = await this.session(detail);
    let response = await this.#send(path, session, init);
    if (response.status === 401 && !isPage(response)) response = await this.#send(path, await this.#refreshed(session), init);
    if (response.ok && !isPage(response)) return response;
    throw await responseError(response);
  }

  /** Tells the provider that the service refused this token. Age is not the reason if the next one is refused, too. */
  async #refreshed(session: vscode.AuthenticationSession): Promise<vscode.AuthenticationSession> {
    const outcome = await vscode.commands.executeCommand('chatgptSignIn.tokenRefused', session.id, session.accessToken);
    if (outcome === 'over') throw new PlanError('signedOut');
    if (outcome === 'offline') throw new PlanError('offline');
    if (outcome === 'unchanged') throw new PlanError('refused');
    return await this.session();
  }

  async #send(path: string, { accessToken, account }: vscode.AuthenticationSession, init: PlanRequest): Promise<Response> {
    const backendUrl = await backendUrlOf(account.id);
    // `<user>/<workspace>`: the plan belongs to the workspace, if there is one.
    const [, workspace] = /\/([^/]+)$/.exec(account.id) ?? [];
    try {
      return await fetch(`${backendUrl}/${path}`, {
        ...init,
        headers: {
          ...init.headers,
          authorization: `Bearer ${accessToken}`,
          ...(workspace !== undefined && { 'chatgpt-account-id': workspace }),
          'user-agent': this.#userAgent,
        },
        // A token goes to its own address only, never to where a redirect points.
        redirect: 'error',
      });
    } catch (error) {
      if (init.signal?.aborted === true) throw new PlanError('declined');
      throw error instanceof PlanError ? error : new PlanError('offline');
    }
  }
}

/** Shows the person the extension that this one needs. */
export async function offerInstall(): Promise<void> {
  const install = 'Show Extension';
  const choice = await vscode.window.showWarningMessage(
    'To use your ChatGPT plan, install "ChatGPT Account & Usage (unofficial)".',
    install,
  );
  if (choice === install) await vscode.commands.executeCommand('extension.open', extensionId);
}

/** The account as VS Code has it now; undefined once it is signed out. */
async function found(account: vscode.AuthenticationSessionAccountInformation | undefined) {
  return (await vscode.authentication.getAccounts(providerId)).find(({ id }) => id === account?.id);
}

/** Only the extension knows which address a token belongs to: a company's, a test's, or OpenAI's. */
async function backendUrlOf(accountId: string): Promise<string> {
  const extension = vscode.extensions.getExtension<{ api(version: 1): ChatGptSignInApi }>(extensionId);
  const exported = await extension?.activate();
  const url = await exported?.api(1).backendUrl(accountId);
  if (url === undefined) throw new PlanError('notInstalled');
  return url;
}

/** The provider's errors have a name; a person's No is `Canceled` or VS Code's sentence, and an absent provider VS Code's, too. */
function sessionError(error: unknown): PlanError {
  const name = error instanceof Error ? error.name : '';
  if (name === 'Offline') return new PlanError('offline');
  if (name === 'SignInFailed') return new PlanError('shown');
  if (!vscode.extensions.getExtension(extensionId)) return new PlanError('notInstalled');
  return new PlanError('declined');
}

async function responseError(response: Response): Promise<PlanError> {
  if (isPage(response)) return new PlanError(response.status >= 500 ? 'failed' : 'blocked');
  const body = (await response.json().catch(() => ({}))) as { error?: Record<string, unknown>; detail?: unknown };
  const { type, code, resets_at: resetsAt } = body.error ?? {};
  const words = [type, code];
  if (words.includes('usage_limit_reached')) {
    return new PlanError('limitReached', typeof resetsAt === 'number' ? new Date(resetsAt * 1000) : undefined);
  }
  if (response.status === 429) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return new PlanError('busy', Number.isNaN(seconds) ? undefined : new Date(Date.now() + seconds * 1000));
  }
  if (response.status === 404 || String(body.detail).includes('model is not supported')) return new PlanError('noSuchModel');
  if (response.status === 403 || words.includes('usage_not_included')) return new PlanError('notInPlan');
  return new PlanError(response.status === 401 ? 'refused' : 'failed');
}

function isPage(response: Response): boolean {
  return (response.headers.get('content-type') ?? '').includes('html');
}

/** A response is complete only with `response.completed`; an error may come after text. */
async function readText(response: Response, onText: AskOptions['onText']): Promise<string> {
  let text = '';
  try {
    for await (const event of eventsOf(response)) {
      if (event['type'] === 'response.output_text.delta' && typeof event['delta'] === 'string') {
        text += event['delta'];
        onText?.(event['delta']);
      }
      if (event['type'] === 'response.completed') return text;
      if (['response.failed', 'response.incomplete', 'error'].includes(String(event['type']))) break;
    }
  } catch {
    // The connection broke, or a page came instead of events.
  }
  throw new PlanError('failed');
}

async function* eventsOf(response: Response): AsyncGenerator<Record<string, unknown>> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split(/\r?\n/).filter(line => line.startsWith('data:'));
      if (data.length > 0) yield JSON.parse(data.map(line => line.slice('data:'.length)).join('\n')) as Record<string, unknown>;
    }
  }
}
