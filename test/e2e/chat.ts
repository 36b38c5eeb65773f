// VS Code's own chat, as a person uses it.
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { soon } from './stage.ts';
import { runCommand, type Settings } from './workbench.ts';

/** With these, the chat answers without a GitHub account, and asks the model for nothing but what the person asks. */
export const chatSettings: Settings = {
  'chat.disableAIFeatures': false,
  'chat.allowAnonymousAccess': true,
  'chat.byokUtilityModelDefault': 'none',
};

/** The chat starts with the first message, and each takes a few steps in three processes. */
const patient = { timeout: 60_000, interval: 100 };

export class Chat {
  readonly #window: Page;

  constructor(window: Page) {
    this.#window = window;
  }

  get view(): Locator {
    return this.#window.locator('.interactive-session').first();
  }

  /** The response to the last message. */
  get response(): Locator {
    return this.view.locator('.interactive-response.chat-most-recent-response');
  }

  /** What the picker offers, while it is open. */
  get menu(): Locator {
    return this.#window.locator('.action-widget:visible');
  }

  /** Opens an empty chat. */
  async open(): Promise<void> {
    await runCommand(this.#window, 'Chat: Open Chat');
    await this.view.waitFor();
    if ((await this.view.locator('.interactive-response').count()) > 0) await this.startAnew();
  }

  async startAnew(): Promise<void> {
    await runCommand(this.#window, 'Chat: New Chat');
    await expect.poll(() => this.view.locator('.interactive-response').count(), soon).toBe(0);
  }

  /** Opens the picker with all the models there are. */
  async openPicker(): Promise<Locator> {
    await this.view
      .getByRole('button', { name: /^Models, / })
      .first()
      .click();
    await this.menu.getByRole('option').first().waitFor();
    const others = this.menu.getByRole('option', { name: 'Other Models' });
    if ((await this.menu.getByRole('option').count()) <= 2) await others.click();
    return this.menu;
  }

  async chooseModel(name: string): Promise<void> {
    const menu = await this.openPicker();
    await menu.getByRole('option', { name: new RegExp(`^${name}, `) }).click();
    await this.view
      .getByRole('button', { name: `Models, ${name}` })
      .first()
      .waitFor();
  }

  async openEffort(): Promise<Locator> {
    await this.view
      .getByRole('button', { name: /^Thinking Effort: / })
      .first()
      .click();
    const efforts = this.menu.getByRole('menuitemradio');
    await efforts.first().waitFor();
    return efforts;
  }

  async closeMenu(): Promise<void> {
    await this.#window.keyboard.press('Escape');
    await this.menu.waitFor({ state: 'hidden' });
  }

  /** Sends a message, and waits until the response to it says this and is over. */
  async ask(message: string, answer: string | RegExp): Promise<void> {
    const input = this.view.locator('.chat-editor-container .monaco-editor').first();
    await input.click();
    await this.#window.keyboard.type(message);
    await this.#window.keyboard.press('Enter');
    await expect
      .poll(async () => {
        const request = await this.view.locator('.interactive-request').last().innerText();
        return request.includes(message) ? await this.readResponse() : '';
      }, patient)
      .toMatch(answer);
    await this.view.getByRole('button', { name: /^Send/ }).first().waitFor();
  }

  async readResponse(): Promise<string> {
    return (await this.response.allInnerTexts()).join('\n');
  }

  /** Opens the steps that led to the responses: what the model thought, and its tools. */
  async showSteps(): Promise<void> {
    const closed = this.view.locator(
      '.completed-response-summary[aria-expanded="false"], .chat-used-context-label a[aria-expanded="false"]',
    );
    // What is within another one shows when that is open.
    for (let steps = closed.filter({ visible: true }); (await steps.count()) > 0;) await steps.first().click();
  }
}
