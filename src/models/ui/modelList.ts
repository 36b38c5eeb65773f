import type { LanguageModelChatInformation } from 'vscode';
import { AppError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import type { Model } from '../catalogue.ts';
import type { CatalogueOwner, CatalogueStore } from '../catalogueStore.ts';
import { ModelError } from '../modelError.ts';
import { informationOf } from './information.ts';
import type { Payers } from './payer.ts';
import type { ModelSettings } from './settings.ts';

export interface ModelListOptions {
  readonly payers: Payers;
  readonly catalogues: CatalogueStore;
  readonly settings: () => ModelSettings;
  readonly log: Log;
  /** Called when VS Code has to ask again. */
  readonly onDidChange: () => void;
}

/** What VS Code lists: the models of the account that pays. */
export class ModelList {
  readonly #options: ModelListOptions;
  /** What VS Code knows, as JSON. */
  #shown = '[]';

  constructor(options: ModelListOptions) {
    this.#options = options;
  }

  /** Never throws. @param silent as it is known, without waiting for the network */
  async information(silent: boolean): Promise<LanguageModelChatInformation[]> {
    const { payers, catalogues, settings } = this.#options;
    const payer = settings().isEnabled ? await payers.find() : undefined;
    if (payer && (await catalogues.isStale(payer.account))) {
      const refreshed = this.refreshQuietly(payer);
      if (!silent) await refreshed;
    }
    const list = await this.#list(payer);
    this.#shown = JSON.stringify(list);
    return list;
  }

  async model({ account }: CatalogueOwner, slug: string): Promise<Model | undefined> {
    return (await this.#options.catalogues.models(account)).find(each => each.slug === slug);
  }

  routing({ account }: CatalogueOwner): Promise<string | undefined> {
    return this.#options.catalogues.routing(account);
  }

  /** @throws ModelError, AppError */
  refresh(payer: CatalogueOwner): Promise<void> {
    return this.#options.catalogues.refresh(payer, newCorrelationId());
  }

  /** The same where nobody waits for it. */
  async refreshQuietly(payer: CatalogueOwner): Promise<void> {
    try {
      await this.refresh(payer);
    } catch (error) {
      const failure = error instanceof ModelError || error instanceof AppError ? error.code : 'unexpected';
      this.#options.log.warn('the list of models was not refreshed', { failure });
    }
  }

  /** Something may have changed; VS Code hears of it where it did. An account whose models are not known is asked for them. */
  async update(): Promise<void> {
    const { payers, settings, catalogues, onDidChange } = this.#options;
    const payer = settings().isEnabled ? await payers.find() : undefined;
    const list = await this.#list(payer);
    if (JSON.stringify(list) !== this.#shown) onDidChange();
    if (payer && list.length === 0 && (await catalogues.isStale(payer.account))) await this.refreshQuietly(payer);
  }

  async #list(payer: CatalogueOwner | undefined): Promise<LanguageModelChatInformation[]> {
    if (!payer) return [];
    return (await this.#options.catalogues.models(payer.account)).map(model => informationOf(model, payer.account));
  }
}
