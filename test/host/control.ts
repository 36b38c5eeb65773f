// What tests in the extension host ask of the launcher, because the extension API cannot do it: other windows, and what a person sees.
//   POST /windows/open → { id }            a second window of the same browser, same folder, same extensions, without the tests
//   POST /windows/:id/reload | close | crash
//   GET  /windows/:id/statusbar → { text, ariaLabel } | null
//   POST /windows/:id/command { title }    runs a command from the Command Palette
//   POST /windows/:id/click { name }       presses a button of a dialog or a notification
//   POST /windows/:id/choose { label }     picks a row of the Quick Pick that is open
//   POST /windows/:id/rows → [label]       the rows of the Quick Pick that is open
//   POST /windows/:id/enter { prompt, text }  waits for the input box with this prompt, fills it and accepts it
//   GET  /windows/:id/text → { dialogs, notifications }
//   GET  /windows/:id/panel → the text of the sign-in panel, or null
//   GET  /accounts-menu[?window=id] → [label]
//   POST /usage/pass-spacing               lets the seconds be over that keep readings apart
// The window of the tests is number 1.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import {
  accountsMenuLabels,
  choose,
  clickButton,
  enterText,
  quickPickRows,
  readStatusItem,
  runCommand,
  visibleText,
  waitForWorkbench,
} from '../../scripts/workbench/page.ts';
import { passSpacing } from '../e2e/usageStore.ts';

export class HostControl {
  /** The URL of a further window. */
  address = 'about:blank';
  readonly #context: BrowserContext;
  readonly #globalStorage: string;
  readonly #windows = new Map<string, Page>();

  /** @param globalStorage where the extension keeps its files */
  constructor(context: BrowserContext, globalStorage: string) {
    this.#context = context;
    this.#globalStorage = globalStorage;
  }

  adopt(page: Page): string {
    const id = String(this.#windows.size + 1);
    this.#windows.set(id, page);
    return id;
  }

  /** @returns the URL that it listens on */
  async listen(): Promise<string> {
    const server = createServer((request, response) => {
      this.#answer(request).then(
        answer => {
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? null));
        },
        (error: unknown) => {
          response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ error: String(error) }));
        },
      );
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #answer(request: IncomingMessage): Promise<unknown> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = await readBody(request);
    if (url.pathname === '/accounts-menu') return await accountsMenuLabels(await this.#front(url.searchParams.get('window') ?? '1'));
    if (url.pathname === '/windows/open') return { id: await this.#open() };
    if (url.pathname === '/usage/pass-spacing') {
      passSpacing({ globalStorage: this.#globalStorage });
      return null;
    }
    const [, id, action = ''] = /^\/windows\/(\d+)\/(\w+)$/.exec(url.pathname) ?? [];
    if (id === undefined) throw new Error(`Nothing at ${url.pathname}.`);
    const page = this.#window(id);
    switch (action) {
      case 'reload':
        await page.reload();
        await waitForWorkbench(page);
        return null;
      case 'close':
        await page.close();
        return null;
      case 'crash':
        await crash(page);
        return null;
      case 'statusbar':
        return await readStatusItem(page);
      case 'command':
        await runCommand(await this.#front(id), body['title'] ?? '');
        return null;
      case 'click':
        await clickButton(await this.#front(id), body['name'] ?? '');
        return null;
      case 'choose':
        await choose(await this.#front(id), body['label'] ?? '', '');
        return null;
      case 'rows':
        return await quickPickRows(page);
      case 'enter':
        await enterText(await this.#front(id), body['prompt'] ?? '', body['text'] ?? '');
        return null;
      case 'panel':
        return await readPanel(page);
      case 'text':
        return await visibleText(page);
      default:
        throw new Error(`Nothing at ${url.pathname}.`);
    }
  }

  #window(id: string): Page {
    const page = this.#windows.get(id);
    if (!page || page.isClosed()) throw new Error(`No window ${id}.`);
    return page;
  }

  /** Brings the window to the front first: behind the sign-in page it would be drawn once a second. */
  async #front(id: string): Promise<Page> {
    const page = this.#window(id);
    await page.bringToFront();
    return page;
  }

  async #open(): Promise<string> {
    const page = await this.#context.newPage();
    const id = this.adopt(page);
    await page.goto(this.address);
    await waitForWorkbench(page);
    return id;
  }
}

async function readPanel(page: Page): Promise<string | null> {
  if ((await page.locator('iframe.webview').count()) === 0) return null;
  return await page.frameLocator('iframe.webview').frameLocator('iframe#active-frame').locator('main').innerText();
}

/** Ends the renderer as a crash does, without the events of closing. */
async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  session.send('Page.crash').catch(() => undefined);
  await crashed;
}

async function readBody(request: IncomingMessage): Promise<Record<string, string>> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString();
  return text === '' ? {} : (JSON.parse(text) as Record<string, string>);
}
