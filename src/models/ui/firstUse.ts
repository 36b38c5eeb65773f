import type { Memento } from 'vscode';
import { window } from 'vscode';
import { texts } from './texts.ts';

const key = 'modelsNoticeConfirmed';

/** The notice that is owed before the first request: what is taken, and from whose plan. */
export class FirstUseNotice {
  readonly #state: Memento;
  #open: Promise<boolean> | undefined;

  /** @param state remembers it outside of the settings, which somebody else may have written */
  constructor(state: Memento) {
    this.#state = state;
  }

  /** Shows it once; those who ask meanwhile share it. @returns whether the person has confirmed it, now or before */
  confirm(account: string): Promise<boolean> {
    if (this.#state.get(key) === true) return Promise.resolve(true);
    return this.#share(() => this.#show(texts.firstUse(), texts.firstUseDetail(account), texts.gotIt()));
  }

  /** The same as a question, whenever another extension asks for models. @param reason of that extension */
  ask(account: string, reason: string | undefined): Promise<boolean> {
    const details = [...(reason === undefined ? [] : [texts.reason(reason)]), texts.firstUseDetail(account)];
    return this.#share(() => this.#show(texts.turnOnQuestion(), details.join('\n\n'), texts.turnOnAnswer()));
  }

  async forget(): Promise<void> {
    await this.#state.update(key, undefined);
  }

  #share(show: () => Promise<boolean>): Promise<boolean> {
    this.#open ??= show().finally(() => {
      this.#open = undefined;
    });
    return this.#open;
  }

  async #show(message: string, detail: string, yes: string): Promise<boolean> {
    if ((await window.showInformationMessage(message, { modal: true, detail }, yes)) !== yes) return false;
    await this.#state.update(key, true);
    return true;
  }
}
