// The sign-in panel as a person sees it in a window of VS Code.
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { violationsIn } from './axe.ts';

export class Panel {
  readonly #window: Page;

  constructor(window: Page) {
    this.#window = window;
  }

  get #page(): FrameLocator {
    return this.#window.frameLocator('iframe.webview').frameLocator('iframe#active-frame');
  }

  /** The heading: the progress of the sign-in. */
  get title(): Locator {
    return this.#page.getByRole('heading', { level: 1 });
  }

  get main(): Locator {
    return this.#page.locator('main');
  }

  /** The text announced to screen readers when the state changes. */
  get announcement(): Locator {
    return this.#page.locator('div[role=status]');
  }

  get code(): Locator {
    return this.#page.locator('output.code');
  }

  get address(): Locator {
    return this.#page.getByLabel(/another computer/);
  }

  get tab(): Locator {
    return tabOf(this.#window);
  }

  button(name: string): Locator {
    return this.#page.getByRole('button', { name, exact: true });
  }

  async buttons(): Promise<string[]> {
    return await this.#page.getByRole('button').allInnerTexts();
  }

  text(text: string | RegExp): Locator {
    return this.main.getByText(text);
  }

  async says(title: string): Promise<void> {
    await this.title.filter({ hasText: title }).waitFor();
  }

  /** Waits for the failure with this sentence and these buttons. */
  async fails(sentence: string, buttons?: readonly string[]): Promise<void> {
    await this.says("You're not signed in");
    await this.main.getByText(sentence, { exact: true }).waitFor();
    if (buttons) expect(await this.buttons()).toEqual(buttons);
  }

  async isGone(): Promise<void> {
    await this.tab.waitFor({ state: 'detached' });
    await this.#window.locator('iframe.webview').waitFor({ state: 'detached' });
  }

  /** Closes the tab with its button. */
  async close(): Promise<void> {
    await this.tab.hover();
    await this.tab.locator('.tab-actions .action-label').click();
  }

  /** Waits for the code, and returns it. */
  async userCode(): Promise<string> {
    await this.code.waitFor();
    return await this.code.innerText();
  }

  /** The label of the focused element. */
  async focused(): Promise<string> {
    return await this.main.evaluate(() => {
      const active = document.activeElement;
      return active instanceof HTMLInputElement ? (active.labels?.[0]?.textContent ?? '') : (active?.textContent ?? '');
    });
  }

  /** The violations found by axe-core, by rule and element. */
  async violations(): Promise<string[]> {
    return await violationsIn(this.main);
  }
}

export function tabOf(window: Page): Locator {
  return window.locator('.tabs-container .tab').filter({ hasText: 'Sign in to ChatGPT' });
}
