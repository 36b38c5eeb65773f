import type { ExtensionContext } from 'vscode';
import type { Account } from '../../account.ts';
import type { Custody } from '../../store/accountStore.ts';
import { asSignInError, SignInError } from '../../../base/errors.ts';
import type { FlowId } from '../../../oauth/flows.ts';
import { chooseFlows } from '../../../oauth/flows.ts';
import type { Attempt } from '../../../oauth/tokenRequest.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { Http } from '../../../base/http.ts';
import { codexClientId } from '../../../oauth/services/codex.ts';
import type { AccountService } from '../../../oauth/service.ts';
import type { TokenSet } from '../../../oauth/tokenSet.ts';
import { readWorkspaceName } from '../../../backend/workspaceName.ts';
import type { Activity } from '../activity.ts';
import { newFlowId } from '../../../shell/correlationId.ts';
import { requireKey } from './requireSealKey.ts';
import { chosenService, signInHost, signInMethod } from '../../../shell/settings.ts';
import type { Dialogue, SignInDialogue, SignInOptions } from './signInPrompt.ts';
import { commonTexts } from '../../../shell/commonTexts.ts';
import { panelTexts } from './panelTexts.ts';
import { unattendedPlace } from './unattended.ts';

export interface SignInParts {
  readonly custody: Custody;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly activity: Activity;
  /** Our own name and version. */
  readonly originator: string;
  readonly context: Pick<ExtensionContext, 'extension' | 'extensionUri' | 'globalState'>;
}

/** Signing in, whoever asked for it: one attempt at a time in a window, in one panel, where a failure stays to be read. */
export class SignIn {
  readonly #parts: SignInParts;
  readonly #closing = new AbortController();
  #dialogue: SignInDialogue | undefined;
  #isPlaceAccepted = false;
  #pending: Promise<Account> | undefined;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /** The window closes: ports are let go and polling ends at once. */
  dispose(): void {
    this.#closing.abort();
    this.#dialogue?.close();
  }

  /**
   * A wish that comes while a person is signing in joins that attempt.
   * @throws SignInError, after it was shown
   */
  async run(options: SignInOptions = {}): Promise<Account> {
    if (!this.#pending) {
      this.#pending = this.#attempt(options).finally(() => {
        this.#pending = undefined;
      });
      return this.#pending;
    }
    this.#dialogue?.reveal(options.method);
    const account = await this.#pending;
    if (options.wanted !== undefined && account.id !== options.wanted) throw new SignInError('wrongAccount');
    return account;
  }

  async #attempt(options: SignInOptions): Promise<Account> {
    const flowId = newFlowId();
    const { clock, log, activity } = this.#parts;
    const started = clock.now();
    log.info('sign-in', { flow: flowId });
    const done = activity.begin('signingIn');
    try {
      await this.#askWhereNobodySits();
      return await this.#converse(options, flowId, started);
    } finally {
      done();
    }
  }

  /** Once in a window. @throws SignInError `cancelled` */
  async #askWhereNobodySits(): Promise<void> {
    const place = this.#isPlaceAccepted ? undefined : unattendedPlace(process.env);
    if (place === undefined) return;
    const { askToSignInAnyway } = await import('./confirmUnattended.ts');
    await askToSignInAnyway(place);
    this.#isPlaceAccepted = true;
  }

  async #converse(options: SignInOptions, flowId: string, started: number): Promise<Account> {
    const { clock, log } = this.#parts;
    const dialogue = (await this.#open()).begin(options, this.#closing.signal);
    try {
      const account = await this.#signIn(options, flowId, dialogue);
      log.info('signed in', { flow: flowId, ms: clock.now() - started });
      dialogue.succeed();
      return account;
    } catch (error) {
      const failure = asSignInError(error);
      log.error('sign-in failed', error, { flow: flowId, ms: clock.now() - started });
      if (failure.code !== 'cancelled') log.info('to find out why, run the command "ChatGPT: Diagnose Sign-In"', { flow: flowId });
      dialogue.fail(failure.code);
      throw failure;
    }
  }

  /** Loaded for the first attempt. */
  async #open(): Promise<SignInDialogue> {
    const { SignInDialogue } = await import('./signInPrompt.ts');
    this.#dialogue ??= new SignInDialogue(this.#parts.context, options => {
      // What fails again is shown again.
      this.run(options).catch(() => undefined);
    });
    return this.#dialogue;
  }

  async #signIn(options: SignInOptions, flowId: string, dialogue: Dialogue): Promise<Account> {
    const { custody, http, clock, originator, context } = this.#parts;
    // Before the person is sent anywhere, so that no sign-in is lost for want of a place to keep it.
    await requireKey(custody, commonTexts.signInHere());
    const attempt = { http, clock, flowId, signal: dialogue.signal };
    const service = await chosenService(originator, attempt);
    if (service.clientId === codexClientId) await dialogue.noticeOnce(panelTexts.notice(codexClientId));
    const ways = chooseFlows(service, signInHost(context.extension.extensionKind), options.method ?? signInMethod());
    const tokens = await this.#runFlows(service, ways, attempt, dialogue);
    const workspaceName = await readWorkspaceName(service, tokens, { http, flowId });
    return custody.adopt(service, tokens, {
      flowId,
      ...(options.wanted === undefined ? {} : { wanted: options.wanted }),
      ...(workspaceName === undefined ? {} : { workspaceName }),
    });
  }

  async #runFlows(service: AccountService, ways: readonly FlowId[], attempt: Attempt, dialogue: Dialogue): Promise<TokenSet> {
    const [{ runFlow }, { runWays }] = await Promise.all([import('./runFlow.ts'), import('./signInWays.ts')]);
    const { log } = this.#parts;
    return runWays(ways, dialogue, (way, signal) => {
      log.info('way', { flow: attempt.flowId, way });
      return runFlow(way, service, { ...attempt, log, dialogue, signal });
    });
  }
}
