/** A request of VS Code's chat or of another extension, from its admission to its last part. */
import type {
  CancellationToken,
  LanguageModelChatRequestMessage,
  LanguageModelResponsePart,
  Progress,
  ProvideLanguageModelChatResponseOptions,
} from 'vscode';
import { untilAborted } from '../../base/async.ts';
import type { Clock } from '../../base/clock.ts';
import { defined } from '../../base/defined.ts';
import type { Log } from '../../base/log.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import type { ModelAccess } from '../access.ts';
import type { Model } from '../catalogue.ts';
import type { CatalogueOwner } from '../catalogueStore.ts';
import type { TokenUsage } from '../messages.ts';
import { ModelError } from '../modelError.ts';
import type { PlanModels } from '../planModels.ts';
import type { TokenCalibration } from '../tokenEstimate.ts';
import { estimateRequest } from '../tokenEstimate.ts';
import type { UsedUpPlans } from '../usedUpPlans.ts';
import { sentenceOf, toVsCodeError } from './errors.ts';
import type { FirstUseNotice } from './firstUse.ts';
import type { ModelList } from './modelList.ts';
import { toVsCodePart } from './parts.ts';
import type { Payers } from './payer.ts';
import { chatId, ignoredOptions, initiatorOf, toRequest } from './request.ts';
import type { ModelSettings } from './settings.ts';

export interface ResponseRequest {
  /** The slug. */
  readonly model: string;
  readonly messages: readonly LanguageModelChatRequestMessage[];
  readonly options: ProvideLanguageModelChatResponseOptions;
  readonly progress: Progress<LanguageModelResponsePart>;
  readonly token: CancellationToken;
}

export interface ResponderOptions {
  readonly payers: Payers;
  readonly list: ModelList;
  readonly access: ModelAccess;
  readonly notice: Pick<FirstUseNotice, 'confirm'>;
  readonly models: PlanModels;
  readonly usedUp: UsedUpPlans;
  readonly calibration: TokenCalibration;
  readonly settings: () => ModelSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** A time as the person reads it. */
  readonly formatTime: (time: number) => string;
  /** The service does not know the model any more. */
  readonly onUnknownModel: (payer: CatalogueOwner) => void;
}

/** What is known of a request under way. */
interface Running {
  readonly initiator: string | undefined;
  readonly correlationId: string;
  readonly signal: AbortSignal;
  payer?: CatalogueOwner;
  model?: Model;
  hasReported: boolean;
}

/** VS Code joins parts for 30 ms, and loses those that are under way when a provider throws. */
const partsLeave = 150;

export class Responder {
  readonly #options: ResponderOptions;
  /** Options of callers that the log has named. */
  readonly #named = new Set<string>();

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** Resolves at once when the request is cancelled; nothing is reported after that. @throws Error as VS Code wants it from a provider */
  async respond(request: ResponseRequest): Promise<void> {
    const { token, options } = request;
    const cancelled = new AbortController();
    const cancel = () => {
      cancelled.abort();
    };
    const listening = token.onCancellationRequested(cancel);
    if (token.isCancellationRequested) cancel();
    const running = { initiator: initiatorOf(options), correlationId: newCorrelationId(), signal: cancelled.signal, hasReported: false };
    try {
      await untilAborted(this.#respond(request, running), cancelled.signal);
    } catch (error) {
      if (!cancelled.signal.aborted) throw error;
    } finally {
      listening.dispose();
    }
  }

  async #respond(request: ResponseRequest, running: Running): Promise<void> {
    const { clock } = this.#options;
    try {
      await this.#run(request, running);
    } catch (error) {
      if (running.signal.aborted) return;
      const failure = error instanceof ModelError ? error : new ModelError('unavailable', { cause: error });
      this.#learnFrom(failure, running);
      if (running.hasReported) await clock.sleep(partsLeave, running.signal);
      const sentence = sentenceOf(failure, running.model?.name ?? request.model, this.#options.formatTime);
      throw toVsCodeError(failure.code, sentence, running.initiator === chatId);
    }
  }

  async #run({ model: slug, messages, options, progress }: ResponseRequest, running: Running): Promise<void> {
    const { models, calibration, clock, log } = this.#options;
    const { initiator, correlationId, signal } = running;
    const started = clock.elapsed();
    const { payer, model } = await this.#admit(slug, running);
    const request = toRequest(messages, options, slug);
    this.#nameIgnored(options);
    let usage: TokenUsage | undefined;
    const routing = await this.#options.list.routing(payer);
    for await (const part of models.respond({ ...payer, model, request, routing, correlationId, signal })) {
      if (signal.aborted) return;
      if (part.kind === 'usage') ({ usage } = part);
      const shown = toVsCodePart(part, initiator === chatId);
      if (!shown) continue;
      running.hasReported = true;
      progress.report(shown);
    }
    if (signal.aborted) return;
    if (usage) calibration.learn(slug, estimateRequest(request), usage.input);
    log.info('model response', {
      flow: correlationId,
      initiator: initiator ?? 'unnamed',
      model: slug,
      input: usage?.input,
      output: usage?.output,
      ms: clock.elapsed() - started,
    });
  }

  /** Whether the request may be made, and by whom it is paid. @throws ModelError */
  async #admit(slug: string, running: Running): Promise<{ payer: CatalogueOwner; model: Model }> {
    const { payers, list, access, notice, usedUp, settings } = this.#options;
    if (!settings().isEnabled) throw new ModelError('off');
    const payer = await payers.chosen();
    running.payer = payer;
    if (!(await access.isAllowed(running.initiator))) throw new ModelError('notAllowed');
    if (!(await notice.confirm(payer.account.label))) throw new ModelError('notConfirmed');
    const model = await list.model(payer, slug);
    if (!model) throw new ModelError('noSuchModel');
    running.model = model;
    const used = usedUp.find(payer.account.hash);
    if (used) throw new ModelError('limitReached', used);
    // The person may have decided otherwise while a question was open.
    if (running.signal.aborted || !settings().isEnabled) throw new ModelError('off');
    await access.used(running.initiator);
    return { payer, model };
  }

  #learnFrom({ code, details, cause }: ModelError, { payer, model, initiator, correlationId }: Running): void {
    const { usedUp, log, onUnknownModel } = this.#options;
    const fields = { flow: correlationId, initiator: initiator ?? 'unnamed', failure: code, serviceCode: details.serviceCode };
    log.warn('a model request failed', { ...fields, ...defined({ model: model?.slug }) });
    if (cause instanceof TypeError || cause instanceof RangeError) log.error('a model request met a defect', cause);
    if (!payer) return;
    const { hash } = payer.account;
    if (code === 'limitReached' && !usedUp.find(hash)) usedUp.note(hash, details.until);
    if (code === 'noSuchModel') onUnknownModel(payer);
  }

  #nameIgnored(options: ProvideLanguageModelChatResponseOptions): void {
    const names = ignoredOptions(options).filter(name => !this.#named.has(name));
    for (const name of names) this.#named.add(name);
    if (names.length > 0) this.#options.log.info('model options without an effect', { names: names.join(' ') });
  }
}
