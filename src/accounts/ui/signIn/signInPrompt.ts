import type { ExtensionContext } from 'vscode';
import { env, Uri } from 'vscode';
import type { BrowserWait } from '../../../oauth/browserFlow.ts';
import type { ShownCode } from '../../../oauth/deviceFlow.ts';
import type { ErrorCode, ErrorFacts } from '../../../base/errors.ts';
import { AppError } from '../../../base/errors.ts';
import type { SignInMethod } from '../../../oauth/flows.ts';
import type { SignInWish } from '../../accountSource.ts';
import { runAction } from '../../../shell/showError.ts';
import { SignInPanel } from './signInPanel.ts';
import type { PanelAction, QrPicture, SignInState } from './signInView.ts';
import { signInView } from './signInView.ts';

export interface SignInOptions extends SignInWish {
  /** Whether the service has to ask who signs in: the browser has just come back with an account that does not do. */
  readonly mustAsk?: boolean;
  /** The method that the person asked for; otherwise the settings and the environment decide. */
  readonly method?: SignInMethod;
}

type DrawQr = (text: string) => Omit<QrPicture, 'label'>;

/** The prompt as one attempt sees it: what it shows, and what the person chooses. */
export interface SignInProgress {
  /** Aborted when the person cancels, closes the panel, or the window closes. */
  readonly signal: AbortSignal;
  /** Adds a notice to every view. */
  notice(notice: string): void;
  /** The same, once in the life of this installation. */
  noticeOnce(notice: string): Promise<void>;
  offerOtherMethods(methods: readonly SignInMethod[]): void;
  /** Begins a method. `next` is the method that the person switched to, which aborts this one. */
  startMethod(method: SignInMethod): { readonly signal: AbortSignal; readonly next: SignInMethod | undefined };
  /** Without `submitRedirectUrl` where another program gets the redirect. */
  showBrowser(wait: ShownWait): void;
  showRequestError(error: ErrorCode): void;
  showCode(code: ShownCode, drawQr: DrawQr): void;
  succeed(): Promise<void>;
  fail(error: ErrorFacts): Promise<void>;
}

type ShownWait = Pick<BrowserWait, 'url'> & Partial<BrowserWait>;

interface RunningFlow {
  readonly method: SignInMethod;
  readonly cancel: AbortController;
  next: SignInMethod | undefined;
}

/** Errors after which the person has to choose another account, while the browser would silently come back with the same one. */
const isAboutAccount: ReadonlySet<ErrorCode> = new Set(['wrongAccount', 'alreadySignedIn', 'wrongWorkspace', 'noEntitlement']);

const noticeKey = 'noticeShown';
const noPicture: DrawQr = () => ({ size: 0, path: '' });

/** The sign-in panel and its actions: those of a running attempt, and the next step after a failed one. */
export class SignInPrompt {
  readonly #context: Pick<ExtensionContext, 'extensionUri' | 'globalState'>;
  readonly #again: (options: SignInOptions) => void;
  #panel: SignInPanel | undefined;
  #state: SignInState = { kind: 'preparing' };
  #drawQr: DrawQr = noPicture;
  #notice: string | undefined;
  #options: SignInOptions = {};
  #methods: readonly SignInMethod[] = [];
  #cancel: AbortController | undefined;
  #wait: ShownWait | undefined;
  #flow: RunningFlow | undefined;

  /** @param again begins another attempt, after one has failed */
  constructor(context: Pick<ExtensionContext, 'extensionUri' | 'globalState'>, again: (options: SignInOptions) => void) {
    this.#context = context;
    this.#again = again;
  }

  start(options: SignInOptions, closing: AbortSignal): SignInProgress {
    const cancel = new AbortController();
    this.#cancel = cancel;
    this.#options = options;
    this.#methods = [];
    this.#notice = undefined;
    // Another editor may cover the panel of a failed attempt.
    this.#panel?.reveal();
    this.#show({ kind: 'preparing' });
    return {
      signal: AbortSignal.any([cancel.signal, closing]),
      notice: notice => {
        this.#notice = notice;
      },
      noticeOnce: notice => this.#noticeOnce(notice),
      offerOtherMethods: methods => {
        this.#methods = methods;
      },
      startMethod: method => this.#startMethod(method, AbortSignal.any([cancel.signal, closing])),
      showBrowser: wait => {
        this.#wait = wait;
        this.#show({ kind: 'browser', url: wait.url, canSubmitUrl: wait.submitRedirectUrl !== undefined, others: this.#others() });
      },
      showRequestError: error => {
        if (this.#state.kind === 'browser') this.#show({ ...this.#state, error });
      },
      showCode: (code, drawQr) => {
        this.#drawQr = drawQr;
        this.#show({ kind: 'deviceCode', ...code, others: this.#others() });
      },
      succeed: async () => {
        this.#end();
        await this.close();
      },
      fail: async error => {
        this.#end();
        if (isAboutAccount.has(error.code)) this.#options = { ...options, mustAsk: true };
        if (error.code === 'cancelled') await this.close();
        else this.#show({ kind: 'failed', error, others: this.#others() });
      },
    };
  }

  /** Brings the panel to the front for a caller that joins. Only the person switches the method, by a button of the panel. */
  reveal(): void {
    this.#panel?.reveal();
  }

  async close(): Promise<void> {
    const panel = this.#panel;
    this.#panel = undefined;
    this.#state = { kind: 'preparing' };
    await panel?.close();
  }

  #startMethod(method: SignInMethod, cancel: AbortSignal): ReturnType<SignInProgress['startMethod']> {
    const flow: RunningFlow = { method, cancel: new AbortController(), next: undefined };
    this.#flow = flow;
    this.#show({ kind: 'preparing' });
    return {
      signal: AbortSignal.any([flow.cancel.signal, cancel]),
      get next() {
        return flow.next;
      },
    };
  }

  /** Drops the code and the link of the attempt. */
  #end(): void {
    this.#cancel = undefined;
    this.#wait = undefined;
    this.#drawQr = noPicture;
  }

  #others(): SignInMethod[] {
    return this.#methods.filter(method => method !== this.#flow?.method);
  }

  async #noticeOnce(notice: string): Promise<void> {
    if (this.#context.globalState.get(noticeKey) === true) return;
    this.#notice = notice;
    await this.#context.globalState.update(noticeKey, true);
  }

  #show(state: SignInState): void {
    this.#state = state;
    this.#panel ??= this.#open();
    this.#panel.show(signInView(state, this.#drawQr, this.#notice));
  }

  #open(): SignInPanel {
    const panel = new SignInPanel(this.#context, {
      onAction: (action, value) => {
        this.#act(action, value);
      },
      onClosed: () => {
        // VS Code may report a panel as closed after the next attempt has opened another one.
        if (this.#panel !== panel) return;
        this.#panel = undefined;
        this.#cancel?.abort(new AppError('cancelled'));
      },
    });
    return panel;
  }

  #act(action: PanelAction, value: string): void {
    const state = this.#state;
    switch (action) {
      case 'cancel':
        if (this.#cancel) this.#cancel.abort(new AppError('cancelled'));
        else void this.close();
        break;
      case 'browser':
      case 'deviceCode':
        this.#switchTo(action);
        break;
      case 'retry':
        this.#again(this.#options);
        break;
      case 'paste':
        this.#submitUrl(value);
        break;
      case 'copyLink':
        if (state.kind === 'browser') void env.clipboard.writeText(state.url);
        break;
      case 'copyCodeAndOpenPage':
        if (state.kind === 'deviceCode') void this.#copyAndOpen(state);
        break;
      case 'copyCode':
        if (state.kind === 'deviceCode') void env.clipboard.writeText(state.userCode);
        break;
      case 'openPage':
        if (state.kind === 'deviceCode') void env.openExternal(Uri.parse(state.verificationUri));
        break;
      case 'openSettings':
      case 'openNetworkSettings':
      case 'openSecuritySettings':
      case 'openApiKeysPage':
      case 'addApiKey':
      case 'signInCodexCli':
      case 'reloadWindow':
      case 'updateExtension':
      case 'diagnose':
      case 'showLog':
        void runAction(action);
        break;
    }
  }

  /** The code first: once the page is in front, nothing here is seen. */
  async #copyAndOpen({ userCode, verificationUri }: { userCode: string; verificationUri: string }): Promise<void> {
    await env.clipboard.writeText(userCode);
    await env.openExternal(Uri.parse(verificationUri));
  }

  #switchTo(method: SignInMethod): void {
    if (!this.#cancel) this.#again({ ...this.#options, method });
    else if (this.#flow && this.#flow.method !== method && this.#methods.includes(method)) {
      this.#flow.next = method;
      this.#flow.cancel.abort(new AppError('cancelled'));
    }
  }

  #submitUrl(url: string): void {
    const error = this.#wait?.submitRedirectUrl?.(url);
    if (this.#state.kind !== 'browser') return;
    if (error === undefined) this.#show({ kind: 'preparing' });
    else this.#show({ ...this.#state, error });
  }
}
