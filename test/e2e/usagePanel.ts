// The usage panel as a person sees it in a window of VS Code.
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { violationsIn } from './axe.ts';

export class UsagePanelPage {
  readonly window: Page;

  constructor(window: Page) {
    this.window = window;
  }

  get #page(): FrameLocator {
    return this.window.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  get main(): Locator {
    return this.#page.locator('main');
  }

  get tab(): Locator {
    return this.window.locator('.tabs-container .tab').filter({ hasText: 'ChatGPT Usage' });
  }

  get banner(): Locator {
    return this.main.locator('.banner');
  }

  get chart(): Locator {
    return this.main.getByRole('application');
  }

  get announcement(): Locator {
    return this.#page.locator('div[role=status]');
  }

  meter(name: string): Locator {
    return this.main.getByRole('meter', { name, exact: true });
  }

  button(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true });
  }

  async says(headline: string | RegExp): Promise<void> {
    await this.banner.locator('.headline').filter({ hasText: headline }).waitFor();
  }

  /** A fact or a line. */
  text(text: string | RegExp): Locator {
    return this.main.getByText(text);
  }

  /** The label of the focused element. */
  async focused(): Promise<string> {
    return await this.main.evaluate(() => {
      const { activeElement: active } = document;
      const name =
        active instanceof HTMLSelectElement
          ? active.labels[0]?.firstChild?.textContent
          : (active?.getAttribute('aria-label') ?? active?.textContent);
      return name ?? '';
    });
  }

  /** Whether the panel has the focus. */
  async hasKeyboard(): Promise<boolean> {
    return await this.main.evaluate(({ ownerDocument }) => ownerDocument.hasFocus());
  }

  /** How many pixels the content is wider than the page. */
  async overflow(): Promise<number> {
    return await this.main.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
  }

  /** Whether the chart, if there is one, fits its width: the extension draws it again when that changes. */
  async isFitting(): Promise<boolean> {
    return await this.main.evaluate(main => {
      const drawing = main.querySelector<SVGSVGElement>('.drawing svg');
      return !drawing || Math.abs(drawing.viewBox.baseVal.width - drawing.clientWidth) <= 1;
    });
  }

  /** The violations found by axe-core, by rule and element. */
  async violations(): Promise<string[]> {
    return await violationsIn(this.main);
  }
}
