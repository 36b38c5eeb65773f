import type { ExtensionContext } from 'vscode';
import { env, Uri } from 'vscode';
import type { BrowserWait } from '../../../oauth/browserFlow.ts';
import type { ShownCode } from '../../../oauth/deviceFlow.ts';
import type { ErrorCode } from '../../../base/errors.ts';
import { AppError } from '../../../base/errors.ts';
import type { SignInMethod } from '../../../oauth/flows.ts';
import { runAction } from '../../../shell/showError.ts';
import { SignInPanel } from './signInPanel.ts';
import type { PanelAction, QrPicture, SignInState } from './signInView.ts';
import { signInView } from './signInView.ts';

export interface SignInOptions {
  /** The account that has to be signed in, by id. */
  readonly wanted?: string;
  /** The way the person asked for; otherwise the settings and the host decide. */
  readonly method?: SignInMethod;
}

type DrawQr = (text: string) => Omit<QrPicture, 'label'>;

/** One attempt's side of the dialogue: what it shows, and how the person steers it. */
export interface SignInProgress {
  /** Aborted when the person cancels, closes the panel, or the window closes. */
  readonly signal: AbortSignal;
  /** Says something beside whatever else is shown. */
  notice(notice: string): void;
  /** The same, once in the life of this installation. */
  noticeOnce(notice: string): Promise<void>;
  offerOtherMethods(methods: readonly SignInMethod[]): void;
  /** A way is begun. `next` is the other way that the person chose, which aborts this one. */
  startMethod(method: SignInMethod): { readonly signal: AbortSignal; readonly next: SignInMethod | undefined };
  /** `paste` is absent where it is not us whom the browser comes back to. */
  showBrowser(wait: ShownWait): void;
  showRequestError(trouble: ErrorCode): void;
  showCode(code: ShownCode, drawQr: DrawQr): void;
  succeed(): void;
  fail(error: ErrorCode): void;
}

type ShownWait = Pick<BrowserWait, 'url'> & Partial<BrowserWait>;

interface RunningFlow {
  readonly method: SignInMethod;
  readonly leave: AbortController;
  next: SignInMethod | undefined;
}

const noticeKey = 'noticeShown';
const noPicture: DrawQr = () => ({ size: 0, path: '' });

/** The panel and who may steer what: an attempt while it runs, the person's next step after it failed. */
export class SignInPrompt {
  readonly #context: Pick<ExtensionContext, 'extensionUri' | 'globalState'>;
  readonly #again: (options: SignInOptions) => void;
  #panel: SignInPanel | undefined;
  #state: SignInState = { kind: 'preparing' };
  #drawQr: DrawQr = noPicture;
  #notice: string | undefined;
  #options: SignInOptions = {};
  #ways: readonly SignInMethod[] = [];
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
    this.#ways = [];
    this.#notice = undefined;
    // What failed before may lie behind something else by now.
    this.#panel?.reveal();
    this.#show({ kind: 'preparing' });
    return {
      signal: AbortSignal.any([cancel.signal, closing]),
      notice: notice => {
        this.#notice = notice;
      },
      noticeOnce: notice => this.#noticeOnce(notice),
      offerOtherMethods: methods => {
        this.#ways = methods;
      },
      startMethod: method => this.#startMethod(method, AbortSignal.any([cancel.signal, closing])),
      showBrowser: wait => {
        this.#wait = wait;
        this.#show({ kind: 'browser', url: wait.url, canPaste: wait.submitRedirectUrl !== undefined, others: this.#others() });
      },
      showRequestError: trouble => {
        if (this.#state.kind === 'browser') this.#show({ ...this.#state, trouble });
      },
      showCode: (code, drawQr) => {
        this.#drawQr = drawQr;
        this.#show({ kind: 'deviceCode', ...code, others: this.#others() });
      },
      succeed: () => {
        this.#end();
        this.close();
      },
      fail: error => {
        this.#end();
        if (error === 'cancelled') this.close();
        else this.#show({ kind: 'failed', error, others: this.#others() });
      },
    };
  }

  /** Brings the panel to the front, for a wish that joins; another way than the running one is followed. */
  reveal(method: SignInMethod | undefined): void {
    this.#panel?.reveal();
    if (method !== undefined) this.#act(method, '');
  }

  close(): void {
    const panel = this.#panel;
    this.#panel = undefined;
    this.#state = { kind: 'preparing' };
    panel?.close();
  }

  #startMethod(method: SignInMethod, cancel: AbortSignal): ReturnType<SignInProgress['startMethod']> {
    const flow: RunningFlow = { method, leave: new AbortController(), next: undefined };
    this.#flow = flow;
    this.#show({ kind: 'preparing' });
    return {
      signal: AbortSignal.any([flow.leave.signal, cancel]),
      get next() {
        return flow.next;
      },
    };
  }

  /** Nothing of an attempt outlives it: no code, no link. */
  #end(): void {
    this.#cancel = undefined;
    this.#wait = undefined;
    this.#drawQr = noPicture;
  }

  #others(): SignInMethod[] {
    return this.#ways.filter(method => method !== this.#flow?.method);
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
        // One of ours that was closed after its attempt may be told of when another is there.
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
        else this.close();
        break;
      case 'browser':
      case 'deviceCode':
        this.#switchTo(action);
        break;
      case 'retry':
        this.#again(this.#options);
        break;
      case 'paste':
        this.#paste(value);
        break;
      case 'copyLink':
        if (state.kind === 'browser') void env.clipboard.writeText(state.url);
        break;
      case 'copyCode':
        if (state.kind === 'deviceCode') void env.clipboard.writeText(state.userCode);
        break;
      case 'openPage':
        if (state.kind === 'deviceCode') void env.openExternal(Uri.parse(state.verificationUri));
        break;
      case 'openSettings':
      case 'openSecuritySettings':
      case 'openApiKeysPage':
      case 'addApiKey':
      case 'signInCodexCli':
      case 'reloadWindow':
      case 'updateExtension':
      case 'diagnose':
      case 'showLog':
        void runAction(action, state.kind === 'failed' ? state.error : 'unexpected');
        break;
    }
  }

  #switchTo(method: SignInMethod): void {
    if (!this.#cancel) this.#again({ ...this.#options, method });
    else if (this.#flow && this.#flow.method !== method && this.#ways.includes(method)) {
      this.#flow.next = method;
      this.#flow.leave.abort(new AppError('cancelled'));
    }
  }

  #paste(address: string): void {
    const trouble = this.#wait?.submitRedirectUrl?.(address);
    if (this.#state.kind !== 'browser') return;
    if (trouble === undefined) this.#show({ kind: 'preparing' });
    else this.#show({ ...this.#state, trouble });
  }
}
