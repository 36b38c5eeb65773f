import type { Uri } from 'vscode';
import { commands, env, ProgressLocation, window } from 'vscode';
import type { Account } from '../custody/account.ts';
import type { Custody } from '../custody/custody.ts';
import { asSignInError, SignInError } from '../oauth/errors.ts';
import type { Clock, Log } from '../oauth/host.ts';
import type { Http } from '../oauth/http.ts';
import { readWorkspaceName } from '../oauth/workspace.ts';
import type { Activity } from './activity.ts';
import { newFlowId } from './flowId.ts';
import { chosenService } from './settings.ts';
import { showError } from './showError.ts';
import { errorText, texts } from './texts.ts';

export interface SignInOptions {
  /** The account that has to be signed in, by id. */
  readonly wanted?: string;
}

/** Signing in, whoever asked for it: one attempt at a time in a window, and its failures shown once. */
export class SignIn {
  readonly #options: { custody: Custody; http: Http; clock: Clock; log: Log; activity: Activity; originator: string };
  readonly #closing = new AbortController();
  #pending: Promise<Account> | undefined;

  constructor(options: { custody: Custody; http: Http; clock: Clock; log: Log; activity: Activity; originator: string }) {
    this.#options = options;
  }

  /** The window closes: the port is let go at once. */
  dispose(): void {
    this.#closing.abort();
  }

  /**
   * A wish that comes while a person is signing in joins that attempt.
   * @throws SignInError, after it was shown
   */
  async run({ wanted }: SignInOptions = {}): Promise<Account> {
    if (this.#pending) {
      const account = await this.#pending;
      if (wanted !== undefined && account.id !== wanted) throw new SignInError('wrongAccount');
      return account;
    }
    this.#pending = this.#attempt(wanted).finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #attempt(wanted: string | undefined): Promise<Account> {
    const flowId = newFlowId();
    const { log, activity } = this.#options;
    const started = this.#options.clock.now();
    log.info('sign-in', { flow: flowId, way: 'browser' });
    const done = activity.begin('signingIn');
    try {
      const account = await this.#withProgress(signal => this.#signIn(flowId, wanted, signal));
      log.info('signed in', { flow: flowId, ms: this.#options.clock.now() - started });
      return account;
    } catch (error) {
      const failure = asSignInError(error);
      log.error('sign-in failed', error, { flow: flowId, ms: this.#options.clock.now() - started });
      if (failure.code !== 'cancelled') void this.#explain(failure, wanted);
      throw failure;
    } finally {
      done();
    }
  }

  async #signIn(flowId: string, wanted: string | undefined, signal: AbortSignal): Promise<Account> {
    const { custody, http, clock, log } = this.#options;
    const service = chosenService(this.#options.originator);
    await this.#requireKey();
    const { signInWithBrowser } = await import('../oauth/browserFlow.ts');
    const tokens = await signInWithBrowser(service, { http, clock, log, flowId, signal, openBrowser, texts: browserTexts });
    const workspaceName = await readWorkspaceName(service, tokens, { http, flowId });
    return custody.adopt(service, tokens, {
      flowId,
      ...(wanted === undefined ? {} : { wanted }),
      ...(workspaceName === undefined ? {} : { workspaceName }),
    });
  }

  /** Asked before the browser opens, so that no sign-in is lost for want of a place to keep it. */
  async #requireKey(): Promise<void> {
    try {
      await this.#options.custody.requireKey('unused');
    } catch (error) {
      if (asSignInError(error).code !== 'keyMissing') throw error;
      const choice = await window.showWarningMessage(
        errorText('keyMissing').sentence,
        { modal: true, detail: texts.keyMissingDetail() },
        texts.reloadWindow(),
        texts.signInHere(),
      );
      if (choice === texts.reloadWindow()) await commands.executeCommand('workbench.action.reloadWindow');
      if (choice !== texts.signInHere()) throw new SignInError('cancelled');
      await this.#options.custody.requireKey('second');
    }
  }

  #withProgress<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const options = { location: ProgressLocation.Notification, title: texts.signingIn(), cancellable: true };
    return Promise.resolve(
      window.withProgress(options, (_progress, token) => {
        const cancel = new AbortController();
        token.onCancellationRequested(() => {
          cancel.abort();
        });
        return task(AbortSignal.any([cancel.signal, this.#closing.signal]));
      }),
    );
  }

  async #explain(failure: SignInError, wanted: string | undefined): Promise<void> {
    if ((await showError(failure.code)) !== 'retry') return;
    // What fails again is shown again.
    await this.run(wanted === undefined ? {} : { wanted }).catch(() => undefined);
  }
}

/** As a string, past the typings: a `Uri` is encoded anew on its way and arrives with other bytes. */
function openBrowser(url: string): Promise<unknown> {
  return Promise.resolve(env.openExternal(url as unknown as Uri));
}

const browserTexts = {
  get signedIn() {
    return texts.landingSignedIn();
  },
  get stranger() {
    return texts.landingStranger();
  },
  get late() {
    return texts.landingLate();
  },
  failed: (error: SignInError) => texts.landingFailed(error.code),
};
