// A VS Code server with the packaged extension, and its browsers, for end-to-end tests.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { ensureCodeServer, type CodeServer } from '../../scripts/code-server.ts';
import type { Started } from '../../scripts/processes.ts';
import { root } from '../../scripts/root.mjs';
import { launchBrowser, newContext } from '../../scripts/workbench/browser.ts';
import { choose, runCommand, waitForWorkbench } from '../../scripts/workbench/page.ts';
import { attended } from '../../scripts/workbench/environment.ts';
import { installExtension, startTestServer, type ServerFolders } from '../../scripts/workbench/server.ts';
import { writeSettings, type Settings } from '../../scripts/workbench/settings.ts';

export {
  accountsMenuLabels,
  choose,
  clickButton,
  dialogButton,
  enterText,
  notification,
  openAccountsMenu,
  readStatusItem,
  runCommand,
  statusItem,
  visibleText,
} from '../../scripts/workbench/page.ts';
export { settingsOf, type Settings } from '../../scripts/workbench/settings.ts';
export { startSimulator, type Simulator } from '../../scripts/simulator.ts';

export type Theme = 'dark' | 'light' | 'hc';

const themes: Record<Theme, { label: string; kind: string }> = {
  dark: { label: 'Dark 2026', kind: 'vs-dark' },
  light: { label: 'Light 2026', kind: 'vs' },
  hc: { label: 'Dark High Contrast', kind: 'hc-black' },
};

export interface WorkbenchOptions {
  /** User settings besides those that quiet VS Code; `settingsOf(simulator)` for the extension's addresses. */
  settings?: Settings;
  /** VSIX files to install; by default the packaged extension. */
  vsix?: readonly string[];
  /** Folders of further extensions, installed as they are. */
  extensions?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

export async function startWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const codeServer = await ensureCodeServer();
  const home = await mkdtemp(path.join(tmpdir(), 'csi-e2e-'));
  const workbench = new Workbench(codeServer, home, options);
  try {
    await workbench.start();
  } catch (error) {
    await workbench.close();
    throw error;
  }
  return workbench;
}

export class Workbench {
  /** The folder with everything of this VS Code, including logs, to search for what must not be on disk. */
  readonly home: string;
  readonly folders: ServerFolders;
  /** The storage folder of the extension. */
  readonly globalStorage: string;
  /** The temporary folder of the server, its extension hosts and the browser. */
  readonly temporary: string;
  #codeServer: CodeServer;
  #options: WorkbenchOptions;
  #settings: Settings;
  #server: { origin: string; process: Started } | undefined;
  #browser: Browser | undefined;
  #isInstalled = false;

  constructor(codeServer: CodeServer, home: string, options: WorkbenchOptions) {
    this.#codeServer = codeServer;
    this.#options = options;
    this.#settings = options.settings ?? {};
    this.home = home;
    const userData = path.join(home, 'user-data');
    this.folders = {
      serverData: path.join(home, 'server-data'),
      userData,
      extensions: path.join(home, 'extensions'),
      workspace: path.join(home, 'workspace'),
    };
    this.globalStorage = path.join(userData, 'User', 'globalStorage', 'unofficial.chatgpt-sign-in');
    this.temporary = path.join(home, 'tmp');
  }

  get origin(): string {
    if (!this.#server) throw new Error('The server does not run.');
    return this.#server.origin;
  }

  /** Installs and starts; `startWorkbench` has done it already. After `stopServer` it starts the server again, on another port. */
  async start(): Promise<void> {
    await writeSettings(this.folders.userData, this.#settings);
    await mkdir(this.temporary, { recursive: true });
    // A browser spends seconds waiting while it starts.
    const started = await Promise.allSettled([this.#startServer(), this.#startBrowser()]);
    for (const part of started) if (part.status === 'rejected') throw part.reason;
  }

  async #startServer(): Promise<void> {
    await this.#install();
    this.#server = await startTestServer(this.#codeServer, this.folders, {
      // VS Code's chat writes into the home folder.
      env: { ...attended(), HOME: this.home, TMPDIR: this.temporary, ...this.#options.env },
      logFile: path.join(this.home, 'server.log'),
    });
  }

  async #startBrowser(): Promise<void> {
    this.#browser ??= await launchBrowser({ temporary: this.temporary });
  }

  /** Installs once. A folder that is there before the first installation counts as installed. */
  async #install(): Promise<void> {
    if (this.#isInstalled) return;
    this.#isInstalled = true;
    for (const extension of this.#options.extensions ?? []) {
      await cp(extension, path.join(this.folders.extensions, path.basename(extension)), { recursive: true });
    }
    for (const vsix of this.#options.vsix ?? [path.join(root, 'dist', 'chatgpt-sign-in.vsix')]) {
      await installExtension(this.#codeServer, this.folders, vsix);
    }
  }

  async stopServer(): Promise<void> {
    await this.#server?.process.end();
    this.#server = undefined;
  }

  /** Another browser, with a secret storage of its own. */
  async newBrowser(options: { lastingSecrets?: boolean } = {}): Promise<BrowserContext> {
    if (!this.#browser) throw new Error('The browser does not run.');
    return await newContext(this.#browser, options);
  }

  /** Opens a window of VS Code in that browser. */
  async openWindow(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${this.origin}/?folder=${encodeURIComponent(this.folders.workspace)}`);
    await waitForWorkbench(page);
    return page;
  }

  /** The process ids of the extension hosts: one for each window, and one for each that crashed. */
  async extensionHosts(): Promise<number[]> {
    const all = (await readdir('/proc')).map(Number).filter(pid => pid > 0);
    const isOurs = await Promise.all(all.map(pid => isExtensionHostOf(pid, this.#server?.process.pid)));
    return all.filter((_, index) => isOurs[index]);
  }

  /** Copies the extension's logs of all windows. */
  async keepLogs(folder: string): Promise<void> {
    const logs = (await readdir(this.home, { recursive: true })).filter(name => name.endsWith('/ChatGPT.log'));
    for (const log of logs) await cp(path.join(this.home, log), path.join(folder, log.replaceAll('/', '-')));
  }

  /** Writes user settings to disk, for windows that open or reload afterwards. */
  async changeSettings(settings: Settings): Promise<void> {
    this.#settings = { ...this.#settings, ...settings };
    await writeSettings(this.folders.userData, this.#settings);
  }

  /** Ends everything that was started for this VS Code and removes its folders. */
  async close(): Promise<void> {
    await this.#browser?.close();
    await this.stopServer();
    await rm(this.home, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Reads /proc: the simulator's address requires Linux anyway. */
async function isExtensionHostOf(pid: number, server: number | undefined): Promise<boolean> {
  try {
    const [command, status] = await Promise.all(['cmdline', 'status'].map(name => readFile(`/proc/${String(pid)}/${name}`, 'utf8')));
    return (command ?? '').includes('--type=extensionHost') && (status ?? '').includes(`\nPPid:\t${String(server)}\n`);
  } catch {
    // The process has ended meanwhile.
    return false;
  }
}

/** Changes the theme as a person does, for the other windows of its browser too. */
export async function setTheme(page: Page, theme: Theme): Promise<void> {
  const { label, kind } = themes[theme];
  await runCommand(page, 'Preferences: Color Theme');
  await choose(page, label);
  await page.locator(`.monaco-workbench.${kind}`).waitFor({ timeout: 10_000 });
}

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The rectangle of an element with a margin. */
export async function around(element: Locator): Promise<Rectangle> {
  const box = await element.boundingBox();
  if (!box) throw new Error('Nothing to be seen.');
  const margin = 24;
  const x = Math.max(0, box.x - margin);
  const y = Math.max(0, box.y - margin);
  return { x, y, width: box.width + 2 * margin, height: box.y + box.height + margin - y };
}

/**
 * Saves a picture to out/screenshots. With UPDATE_PICTURES=1, the pictures of the README and, as small WebP files, those of the
 * walkthrough are replaced too.
 */
export async function screenshot(page: Page, name: string, clip?: Rectangle): Promise<Buffer> {
  const picture = await page.screenshot({ animations: 'disabled', ...(clip ? { clip } : {}) });
  await keep(`out/screenshots/${name}.png`, picture);
  if (process.env['UPDATE_PICTURES'] !== '1') return picture;
  const inReadme = `media/pictures/${name}.png`;
  if (await mentions('README.md', `(${inReadme})`)) await keep(inReadme, picture);
  const inPackage = `media/firstSteps/${name}.webp`;
  if (await mentions('package.json', `"${inPackage}"`)) await keep(inPackage, await toWebp(page.context(), picture));
  return picture;
}

async function mentions(file: string, text: string): Promise<boolean> {
  return (await readFile(path.join(root, file), 'utf8')).includes(text);
}

async function keep(relative: string, content: Buffer): Promise<void> {
  const file = path.join(root, relative);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** Converts a picture to WebP with the browser. */
async function toWebp(context: BrowserContext, picture: Buffer): Promise<Buffer> {
  const page = await context.newPage();
  try {
    const encoded = await page.evaluate(async png => {
      const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
      const canvas = new OffscreenCanvas(image.width, image.height);
      canvas.getContext('2d')?.drawImage(image, 0, 0);
      const webp = await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 });
      return [...new Uint8Array(await webp.arrayBuffer())];
    }, picture.toString('base64'));
    return Buffer.from(encoded);
  } finally {
    await page.close();
  }
}
