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
  confirm(account: string, reason?: string): Promise<boolean> {
    if (this.#state.get(key) === true) return Promise.resolve(true);
    this.#open ??= this.#show(account, reason).finally(() => {
      this.#open = undefined;
    });
    return this.#open;
  }

  async forget(): Promise<void> {
    await this.#state.update(key, undefined);
  }

  async #show(account: string, reason: string | undefined): Promise<boolean> {
    const detail = [reason, texts.firstUseDetail(account)].filter(text => text !== undefined).join('\n\n');
    const choice = await window.showInformationMessage(texts.firstUse(), { modal: true, detail }, texts.gotIt());
    if (choice !== texts.gotIt()) return false;
    await this.#state.update(key, true);
    return true;
  }
}
