// The usage panel as a person sees it in a window of VS Code.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Frame, FrameLocator, Locator, Page } from 'playwright-core';

const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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

  /** Whether VS Code has stored that the panel is open with its table, which it does now and then; a reload restores what is stored. */
  async isStored(): Promise<boolean> {
    return await this.window.evaluate(async () => {
      const databases = await indexedDB.databases();
      const names = databases.flatMap(({ name }) => (name?.startsWith('vscode-web-state-db-') ? [name] : []));
      const contents = names.map(
        name =>
          new Promise<string[]>((resolve, reject) => {
            const opening = indexedDB.open(name);
            opening.onerror = reject;
            opening.onsuccess = () => {
              const reading = opening.result.transaction('ItemTable').objectStore('ItemTable').getAll();
              reading.onerror = reject;
              reading.onsuccess = () => {
                opening.result.close();
                resolve(reading.result.map(String));
              };
            };
          }),
      );
      const values = (await Promise.all(contents)).flat();
      return values.some(
        value => value.includes('editorpart.state') && /mainThreadWebview-chatgptSignIn\.usage.*isTable[\\"]*:true/.test(value),
      );
    });
  }

  /** The violations found by axe-core, by rule and element. */
  async violations(): Promise<string[]> {
    const frame = await this.#frame();
    await frame.evaluate(await axe);
    return await frame.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run();
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
      );
    });
  }

  async #frame(): Promise<Frame> {
    const element = await this.main.elementHandle();
    const frame = await element.ownerFrame();
    if (!frame) throw new Error('No usage panel is open.');
    return frame;
  }
}

interface AxeResults {
  violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
}
