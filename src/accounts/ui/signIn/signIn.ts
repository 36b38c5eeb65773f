import type { ExtensionContext } from 'vscode';
import { window } from 'vscode';
import type { AccountInfo } from '../../account.ts';
import type { SealKeys } from '../../../vault/sealKeys.ts';
import type { SignedInAccounts } from '../../store/signedInAccounts.ts';
import { defined } from '../../../base/defined.ts';
import { asAppError, AppError } from '../../../base/errors.ts';
import type { SignInMethod } from '../../../oauth/flows.ts';
import { chooseFlows } from '../../../oauth/flows.ts';
import type { LoginWish } from '../../../oauth/protocol.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { Http } from '../../../base/http.ts';
import { protocolOf } from '../../../oauth/services/index.ts';
import type { TokenSet } from '../../../oauth/tokenSet.ts';
import type { SignInActivity } from '../activity.ts';
import { newCorrelationId } from '../../../shell/correlationId.ts';
import { requireSealKey } from './requireSealKey.ts';
import { chosenService } from '../../../shell/serviceSettings.ts';
import { signInEnvironment, signInMethod } from '../../../shell/settings.ts';
import type { SignInProgress, SignInPrompt, SignInOptions } from './signInPrompt.ts';
import { ignoreShownError } from '../../../shell/commands.ts';
import { commonTexts } from '../../../shell/commonTexts.ts';
import { panelTexts } from './panelTexts.ts';
import { texts } from './texts.ts';
import { detectUnattendedEnvironment } from './unattended.ts';

export interface SignInParts {
  readonly source: SignedInAccounts;
  readonly sealKeys: SealKeys;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly activity: SignInActivity;
  /** Our own name and version. */
  readonly originator: string;
  readonly context: Pick<ExtensionContext, 'extension' | 'extensionUri' | 'globalState'>;
}

/** Signs in for every caller: one attempt at a time in a window, in one panel, which keeps showing a failure. */
export class SignIn {
  readonly #parts: SignInParts;
  readonly #closing = new AbortController();
  #prompt: SignInPrompt | undefined;
  #isEnvironmentConfirmed = false;
  #pending: Promise<AccountInfo> | undefined;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /** Called when the window closes: frees the port and stops polling at once. */
  dispose(): void {
    this.#closing.abort();
    void this.#prompt?.close();
  }

  /**
   * A call during a sign-in joins that attempt.
   * @throws AppError, after it was shown
   */
  async run(options: SignInOptions = {}): Promise<AccountInfo> {
    if (!this.#pending) {
      this.#pending = this.#attempt(options).finally(() => {
        this.#pending = undefined;
      });
      return this.#pending;
    }
    this.#prompt?.reveal();
    const account = await this.#pending;
    if (options.wanted !== undefined && account.id !== options.wanted) throw new AppError('wrongAccount');
    return account;
  }

  async #attempt(options: SignInOptions): Promise<AccountInfo> {
    const correlationId = newCorrelationId();
    const { clock, log, activity } = this.#parts;
    const started = clock.elapsed();
    log.info('sign-in', { flow: correlationId });
    const done = activity.begin('signingIn');
    try {
      await this.#confirmUnattended();
      return await this.#run(options, correlationId, started);
    } finally {
      done();
    }
  }

  /** Once in a window. @throws AppError `cancelled` */
  async #confirmUnattended(): Promise<void> {
    const environment = this.#isEnvironmentConfirmed ? undefined : detectUnattendedEnvironment(process.env);
    if (environment === undefined) return;
    const { confirmUnattendedSignIn } = await import('./confirmUnattended.ts');
    await confirmUnattendedSignIn(environment);
    this.#isEnvironmentConfirmed = true;
  }

  async #run(options: SignInOptions, correlationId: string, started: number): Promise<AccountInfo> {
    const { clock, log } = this.#parts;
    const progress = (await this.#open()).start(options, this.#closing.signal);
    try {
      const account = await this.#signIn(options, correlationId, progress);
      log.info('signed in', { flow: correlationId, ms: clock.elapsed() - started });
      await progress.succeed();
      return account;
    } catch (error) {
      const failure = asAppError(error);
      log.error('sign-in failed', error, { flow: correlationId, ms: clock.elapsed() - started });
      if (failure.code !== 'cancelled') log.info('to find out why, run the command "ChatGPT: Diagnose Sign-In"', { flow: correlationId });
      await progress.fail(failure);
      throw failure;
    }
  }

  /** Loaded for the first attempt. */
  async #open(): Promise<SignInPrompt> {
    const { SignInPrompt } = await import('./signInPrompt.ts');
    this.#prompt ??= new SignInPrompt(this.#parts.context, options => {
      // The prompt shows a failure of this attempt too.
      this.run(options).catch(() => undefined);
    });
    return this.#prompt;
  }

  async #signIn(options: SignInOptions, correlationId: string, progress: SignInProgress): Promise<AccountInfo> {
    const { source, sealKeys, http, clock, log, originator, context } = this.#parts;
    // Before the browser opens, so that no sign-in is lost because it cannot be stored.
    await requireSealKey(sealKeys, commonTexts.signInHere());
    await source.finishSignOuts();
    const attempt = { http, clock, correlationId, signal: progress.signal };
    const service = await chosenService(originator, attempt);
    const foreignClientId = protocolOf(service).foreignClientId(service);
    if (foreignClientId !== undefined) await progress.noticeOnce(panelTexts.notice(foreignClientId));
    const methods = chooseFlows(service, signInEnvironment(context.extension.extensionKind), options.method ?? signInMethod());
    const wish = await this.#wishOf(options);
    const { runFlow, runMethods } = await import('./runFlow.ts');
    return runMethods(methods, progress, (method, signal) => {
      log.info('sign-in method', { flow: correlationId, method });
      const accept = (tokens: TokenSet) => source.saveSignIn(service, tokens, { ...options, correlationId, signal });
      return runFlow(method, service, { ...attempt, log, progress, wish, signal, accept });
    });
  }

  async #wishOf({ wanted, another, mustAsk }: SignInOptions): Promise<LoginWish> {
    const known = wanted === undefined ? undefined : (await this.#parts.source.accounts()).find(({ id }) => id === wanted);
    return { mustAsk: another === true || mustAsk === true, ...defined({ email: known?.identity.email }) };
  }
}

/** Signs in and says so. A failure is shown by the sign-in itself. */
export async function signInByCommand(signIn: SignIn, method?: SignInMethod): Promise<void> {
  const account = await signIn.run(defined({ method })).catch(ignoreShownError);
  if (account) void window.showInformationMessage(texts.signedInAs(account.label));
}
