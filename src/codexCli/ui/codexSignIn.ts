import type { ExtensionContext } from 'vscode';
import type { AppServer } from '../appServer.ts';
import type { CliSignInStep } from '../cliResponses.ts';
import { asAppError } from '../../base/errors.ts';
import type { SignInMethod } from '../../oauth/flows.ts';
import { chooseFlows } from '../../oauth/flows.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { AccountService } from '../../oauth/service.ts';
import type { SignInActivity } from '../../accounts/ui/activity.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import { drawQr } from '../../accounts/ui/signIn/qr.ts';
import { signInEnvironment, signInMethod } from '../../shell/settings.ts';
import type { SignInProgress, SignInOptions } from '../../accounts/ui/signIn/signInPrompt.ts';
import { SignInPrompt } from '../../accounts/ui/signIn/signInPrompt.ts';
import { openBrowser, runMethods } from '../../accounts/ui/signIn/runFlow.ts';
import { panelTexts } from '../../accounts/ui/signIn/panelTexts.ts';

export interface CodexSignInParts {
  readonly server: Pick<AppServer, 'signIn'>;
  /** The service that the CLI signs in to, which decides the methods. */
  readonly service: () => AccountService;
  readonly clock: Clock;
  readonly log: Log;
  readonly activity: SignInActivity;
  readonly context: Pick<ExtensionContext, 'extension' | 'extensionUri' | 'globalState'>;
}

/** How long OpenAI's codes are valid; the CLI does not say. */
const codeLife = 15 * 60_000;

/** Has the Codex CLI sign in, with our panel for its link and its code. It keeps what it gets: no token of it passes here. */
export class CodexSignIn {
  readonly #parts: CodexSignInParts;
  readonly #closing = new AbortController();
  readonly #prompt: SignInPrompt;
  #pending: Promise<void> | undefined;

  constructor(parts: CodexSignInParts) {
    this.#parts = parts;
    this.#prompt = new SignInPrompt(parts.context, options => {
      // The prompt shows a failure of this attempt too.
      this.run(options).catch(() => undefined);
    });
  }

  /** Called when the window closes: has the CLI give up its port and its code. */
  dispose(): void {
    this.#closing.abort();
    void this.#prompt.close();
  }

  /**
   * A request that comes while a person is signing in joins that sign-in.
   * @throws AppError, after it was shown
   */
  run(options: SignInOptions = {}): Promise<void> {
    if (this.#pending) {
      this.#prompt.reveal();
      return this.#pending;
    }
    this.#pending = this.#attempt(options).finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #attempt(options: SignInOptions): Promise<void> {
    const { service, log, activity, context } = this.#parts;
    const flow = newCorrelationId();
    const done = activity.begin('signingIn');
    const progress = this.#prompt.start(options, this.#closing.signal);
    progress.notice(panelTexts.codexNotice());
    try {
      const methods = chooseFlows(service(), signInEnvironment(context.extension.extensionKind), options.method ?? signInMethod());
      await runMethods(methods, progress, (method, signal) => this.#signIn(method, { flow, progress, signal }));
      log.info('the Codex CLI has signed in', { flow });
      await progress.succeed();
    } catch (error) {
      log.error('the Codex CLI has not signed in', error, { flow });
      const failure = asAppError(error);
      await progress.fail(failure);
      throw failure;
    } finally {
      done();
    }
  }

  #signIn(
    method: SignInMethod,
    { flow, progress, signal }: { flow: string; progress: SignInProgress; signal: AbortSignal },
  ): Promise<void> {
    const { server, service, log } = this.#parts;
    log.info('method of the Codex CLI', { flow, method });
    return server.signIn(method, {
      issuer: service().issuer,
      signal,
      show: step => {
        this.#show(step, progress);
      },
    });
  }

  #show(step: CliSignInStep, progress: SignInProgress): void {
    if (step.kind === 'deviceCode') {
      const { verificationUri: page, userCode } = step;
      progress.showCode({ verificationUri: page, userCode, requiresOptIn: true, expiresAt: this.#parts.clock.now() + codeLife }, drawQr);
      return;
    }
    progress.showBrowser({ url: step.url });
    openBrowser(step.url).catch(() => {
      progress.showRequestError('browserNotOpened');
    });
  }
}
