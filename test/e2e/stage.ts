// The setting of every end-to-end test: a simulator, a VS Code, and a signed-out window of it.
import { rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { BrowserContext, Locator, Page, Response } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { freePort } from '../../scripts/ports.ts';
import { root } from '../../scripts/root.mjs';
import { startSimulator, type AutoApprove, type Simulator } from '../simulator/client.ts';
import { labelOf } from '../simulator/labels.ts';
import { Panel } from './panel.ts';
import { memoryOf, searchFolder, secretsIn } from './secrets.ts';
import {
  accountsMenuLabels,
  dialogButton,
  notification,
  readStatusItem,
  runCommand,
  settingsOf,
  startWorkbench,
  statusItem,
  visibleText,
  type Settings,
  type Workbench,
} from './workbench.ts';

/** The entry of the Accounts menu while no account is signed in. */
export const signInEntry = 'Sign in with ChatGPT to use ChatGPT Account & Usage (unofficial) (1)';

export const signedOutText = 'ChatGPT: Sign in';

export const signingInText = 'ChatGPT: Signing in';

/** By default, the extension would use device codes in this host. */
const byBrowser: Settings = { 'chatgptSignIn.signInMethod': 'browser' };

/** The timeout for what happens by itself. */
export const soon = { timeout: 20_000, interval: 50 };

export class Stage {
  #parts: { simulator: Simulator; workbench: Workbench } | undefined;
  #open: { browser: BrowserContext; window: Page; others: Page[] } | undefined;
  #knownSecrets = 0;
  readonly #atOnce: number;

  /** @param windows how many windows a new browser opens at once */
  constructor({ windows = 1 }: { windows?: number } = {}) {
    this.#atOnce = windows;
  }

  get isSet(): boolean {
    return this.#parts !== undefined;
  }

  get simulator(): Simulator {
    if (!this.#parts) throw new Error('The stage is not set yet.');
    return this.#parts.simulator;
  }

  get workbench(): Workbench {
    if (!this.#parts) throw new Error('The stage is not set yet.');
    return this.#parts.workbench;
  }

  /** The person's browser: windows of VS Code and the pages of the sign-in service are its tabs. */
  get browser(): BrowserContext {
    if (!this.#open) throw new Error('No browser is open.');
    return this.#open.browser;
  }

  /** The window of VS Code. */
  get window(): Page {
    if (!this.#open) throw new Error('No window is open.');
    return this.#open.window;
  }

  /** The first window, and others of the same browser, which stay open for later tests. */
  async windows(count: number): Promise<Page[]> {
    const { browser, window } = this;
    const others = this.#openOthers();
    const missing = Array.from({ length: Math.max(0, count - 1 - others.length) }, () => this.openWindow(browser));
    others.push(...(await Promise.all(missing)));
    this.#open = { browser, window, others };
    for (const other of others) await statusItem(other).waitFor();
    return [window, ...others.slice(0, count - 1)];
  }

  /** The label of a simulated account, in its first workspace or the named one. */
  label(email: string, workspace?: string): string {
    return labelOf(this.simulator.issuer, email, workspace);
  }

  /** The sign-in panel of the window. */
  get panel(): Panel {
    return new Panel(this.window);
  }

  async set({ settings, env }: Pick<FreshStageOptions, 'settings' | 'env'> = {}): Promise<void> {
    // A fixed address if it is free: it shows in panels and account labels, and so in the pictures.
    const simulator = await startSimulator({ port: await freePort('127.0.0.2', 4455) });
    try {
      this.#parts = {
        simulator,
        workbench: await startWorkbench({ settings: { ...settingsOf(simulator), ...byBrowser, ...settings }, ...(env ? { env } : {}) }),
      };
    } catch (error) {
      await simulator.stop();
      throw error;
    }
  }

  /** Uses the window of the previous test, if that left a clean one, and a new browser otherwise. */
  async begin(): Promise<void> {
    await this.simulator.reset();
    await this.simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
    if (!this.#open) {
      const browser = await this.workbench.newBrowser();
      browser.setDefaultTimeout(soon.timeout);
      const [window, ...others] = await Promise.all(Array.from({ length: this.#atOnce }, () => this.openWindow(browser)));
      if (!window) throw new Error('No window was opened.');
      this.#open = { browser, window, others };
    }
    for (const window of [this.window, ...this.#openOthers()]) await statusSays(window, signedOutText);
  }

  /** Searches the window and the storage for secrets before signing everybody out, and restores the window for the next test. */
  async finish(): Promise<void> {
    if (!this.#open) return;
    await this.#showNoSecret();
    await this.simulator.reset();
    for (const page of this.#visitedPages()) await page.close();
    await this.window.bringToFront();
    if (await this.panel.tab.isVisible()) {
      await this.panel.close();
      await this.panel.isGone();
      await expect.poll(() => statusText(this), soon).not.toBe(signingInText);
    }
    while ((await readStatusItem(this.window))?.text !== signedOutText) await signOutByCommand(this);
    for (const window of [this.window, ...this.#openOthers()]) {
      await runCommand(window, 'Notifications: Clear All Notifications');
      await expect.poll(() => visibleText(window), soon).toEqual({ dialogs: [], notifications: [] });
    }
    expect(await this.simulator.sessions()).toEqual([]);
  }

  /** After a failure, the window, its browser and its files are not used again. */
  async abandon(name: string): Promise<void> {
    if (!this.#open) return;
    const { browser, window } = this.#open;
    this.#open = undefined;
    const folder = path.join(root, 'out', 'failures');
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, `${name.replace(/[^\w]+/g, '-').slice(0, 80)}.png`);
    await window.screenshot({ path: file }).catch(() => undefined);
    await browser.close();
    await this.workbench.keepLogs(file.replace(/\.png$/, ''));
    await rm(this.workbench.globalStorage, { recursive: true, force: true });
    for (const { account } of await this.simulator.sessions()) await this.simulator.endSession(account);
  }

  /** The files stored now, by size, none of which contains a secret. */
  async searchStorage(): Promise<Map<string, number>> {
    const { found, files } = await searchFolder(this.workbench.globalStorage, await this.simulator.secrets());
    expect(found, 'in the storage of the extension').toEqual([]);
    return files;
  }

  /** The tests of a file have to produce secrets of their own. */
  async beginFile(): Promise<void> {
    this.#knownSecrets = (await this.simulator.secrets()).length;
  }

  /** Shows that no secret that the simulator issued is on disk, and that secrets of these kinds exist. */
  async searchDisk({ secrets: further = [], files: expected = [] }: Pick<FreshStageOptions, 'secrets' | 'files'> = {}): Promise<void> {
    const secrets = await this.simulator.secrets();
    const kinds = secrets.slice(this.#knownSecrets).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['access_token', 'authorization_code', 'state', ...further]));
    const { found, files } = await searchFolder(this.workbench.home, secrets);
    expect(found).toEqual([]);
    // Without these files the search would prove nothing.
    expect(sizeOf(files, /\/vault-1\.db$/)).toBeGreaterThan(0);
    expect(sizeOf(files, /\/unofficial\.chatgpt-sign-in\/ChatGPT\.log$/)).toBeGreaterThan(0);
    expect(sizeOf(files, /\/User\/settings\.json$/)).toBeGreaterThan(0);
    for (const name of expected) expect(sizeOf(files, name), String(name)).toBeGreaterThan(0);
  }

  /** Closes every window and the server, which write their last files then. */
  async leave(): Promise<void> {
    await this.#close();
    await this.workbench.stopServer();
  }

  async strike(): Promise<void> {
    await this.#close();
    await this.#parts?.workbench.close();
    await this.#parts?.simulator.stop();
    this.#parts = undefined;
  }

  /** Replaces the first window, which was closed, by another one of the same browser. */
  async replaceWindow(): Promise<void> {
    const { browser } = this;
    this.#open = { browser, window: await this.openWindow(browser), others: this.#openOthers() };
  }

  /** Opens a window without animations, which would move what is about to be clicked. */
  async openWindow(browser: BrowserContext): Promise<Page> {
    const window = await this.workbench.openWindow(browser);
    await window.emulateMedia({ reducedMotion: 'reduce' });
    return window;
  }

  async #close(): Promise<void> {
    await this.#open?.browser.close();
    this.#open = undefined;
  }

  #visitedPages(): Page[] {
    const windows = [this.window, ...this.#openOthers()];
    return this.browser.pages().filter(page => !windows.includes(page));
  }

  #openOthers(): Page[] {
    return this.#open?.others.filter(window => !window.isClosed()) ?? [];
  }

  async #showNoSecret(): Promise<void> {
    const strays = (await this.simulator.requests()).filter(({ strays }) => strays.length > 0);
    expect(strays, 'requests with a credential of another kind').toEqual([]);
    const secrets = await this.simulator.secrets();
    const windows = this.browser.pages().filter(page => page.url().startsWith(this.workbench.origin));
    for (const window of windows) {
      // The code is the one secret that a person has to see, while its panel is open.
      const allowed = (await new Panel(window).code.isVisible()) ? ['user_code'] : [];
      expect(
        secretsIn(
          await memoryOf(window),
          secrets.filter(({ kind }) => !allowed.includes(kind)),
        ),
        'in the window',
      ).toEqual([]);
    }
    await this.searchStorage();
  }
}

function sizeOf(files: ReadonlyMap<string, number>, name: RegExp): number {
  return [...files].filter(([file]) => name.test(file)).reduce((sum, [, size]) => sum + size, 0);
}

export interface StageOptions {
  /** Kinds of secret that these tests have to produce, besides those of every sign-in. */
  secrets?: readonly string[];
  /** No test uses the stage afterwards. */
  isLast?: boolean;
}

export interface FreshStageOptions extends Omit<StageOptions, 'isLast'> {
  /** User settings besides the simulator's addresses. */
  settings?: Settings;
  /** Environment variables of VS Code besides those of a person's own machine. */
  env?: NodeJS.ProcessEnv;
  /** Names of files that these tests have to produce, which crashes leave. */
  files?: readonly RegExp[];
  /** How many windows a new browser opens at once; the first time, at the very first start of the extension. */
  windows?: number;
}

const shared = new Stage();

/**
 * Provides the stage that all files of this folder share, in which every test finds the window of the previous one. Their last
 * test shows that they left no secret, and the last file that closing leaves none.
 */
export function useStage(tests: (stage: Stage) => void, options: StageOptions = {}): void {
  beforeAll(async () => {
    if (!shared.isSet) await setShared();
    await shared.beginFile();
  });
  afterAll(async () => {
    if (options.isLast) await shared.strike();
  });
  beginAndFinish(shared);
  tests(shared);
  it('no token, code or state of these tests is in a file of VS Code or the extension, including logs [R22]', async () => {
    if (options.isLast) await shared.leave();
    await shared.searchDisk(options);
  });
}

async function setShared(): Promise<void> {
  await shared.set();
  const { home } = shared.workbench;
  // A run of some files ends without the last one, by a signal that leaves this process half a second.
  process.once('SIGTERM', () => process.exit());
  process.once('exit', () => {
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  });
}

/** Provides a stage for one file, with a VS Code that was never started. Its last test shows that closing it leaves no secret. */
export function useFreshStage(tests: (stage: Stage) => void, options: FreshStageOptions = {}): void {
  const stage = new Stage(options);
  beforeAll(async () => {
    await stage.set(options);
  });
  afterAll(async () => {
    await stage.strike();
  });
  beginAndFinish(stage);
  tests(stage);
  it('no token, code or state of these tests is in a file of VS Code or the extension, including logs [R22]', async () => {
    await stage.leave();
    await stage.searchDisk(options);
  });
}

function beginAndFinish(stage: Stage): void {
  beforeEach(async () => {
    await stage.begin();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') {
      try {
        await stage.finish();
        return;
      } catch (error) {
        await stage.abandon(task.name);
        throw error;
      }
    }
    await stage.abandon(task.name);
  });
}

/** Runs an action that opens a page in the window's browser, and returns the page. */
export async function opensPage(stage: Stage, act: () => Promise<unknown>, browser = stage.browser): Promise<Page> {
  const opened = browser.waitForEvent('page', { timeout: 20_000 });
  await act();
  const page = await opened;
  await page.waitForLoadState();
  return page;
}

/** Selects a person on the sign-in page, and a workspace if there are several. */
export async function choose(page: Page, person: string, workspace?: string): Promise<void> {
  await page.getByRole('button', { name: person }).click();
  if (workspace !== undefined) await page.getByRole('button', { name: workspace }).click();
}

/** Approves or denies, and returns the callback page. */
export async function decide(page: Page, decision: 'Approve' | 'Deny'): Promise<Landing> {
  return await land(page, () => page.getByRole('button', { name: decision }).click());
}

export interface Landing {
  response: Response;
  text: string;
}

/** Runs an action that ends at the callback page, and returns that. */
export async function land(page: Page, act: () => Promise<unknown>): Promise<Landing> {
  const answered = page.waitForResponse(/^http:\/\/127\.0\.0\.1:145[57]\/auth\/callback/);
  await act();
  const response = await answered;
  await page.waitForLoadState();
  return { response, text: await page.innerText('main') };
}

/** Runs an action on a phone: another browser without shared state. */
export async function onPhone(stage: Stage, act: (page: Page) => Promise<void>): Promise<void> {
  const phone = await stage.workbench.newBrowser();
  phone.setDefaultTimeout(soon.timeout);
  try {
    const page = await phone.newPage();
    await page.setViewportSize({ width: 390, height: 844 });
    await act(page);
  } finally {
    await phone.close();
  }
}

/** Signs in by command with automatic approval, and closes the page that it opened. */
export async function signInAs(stage: Stage, account: string | AutoApprove, window = stage.window): Promise<void> {
  await approvedAs(stage, account, () => runCommand(window, 'ChatGPT: Sign In'), window);
}

/** Runs an action that starts a sign-in, which is approved as this account, and closes the page that it opened. */
export async function approvedAs(
  stage: Stage,
  account: string | AutoApprove,
  act: () => Promise<unknown>,
  window = stage.window,
): Promise<void> {
  await stage.simulator.set({ autoApprove: account });
  const page = await opensPage(stage, act, window.context());
  await page.getByText("You're signed in").waitFor();
  await page.close();
  await stage.simulator.set({ autoApprove: null });
  await window.bringToFront();
  await expect.poll(async () => (await readStatusItem(window))?.text, soon).not.toBe(signingInText);
}

/** Signs out by command: the first account if there are several. */
export async function signOutByCommand(stage: Stage, window = stage.window): Promise<void> {
  const before = await stage.simulator.sessions();
  // One that is shown already is not of this sign-out.
  await runCommand(window, 'Notifications: Clear All Notifications');
  await runCommand(window, 'ChatGPT: Sign Out');
  const several = quickPick(window, 'Select an account to sign out of');
  const button = dialogButton(window, 'Sign Out');
  await several.or(button).first().waitFor();
  if (await several.isVisible()) await several.locator('.monaco-list-row').first().click();
  await button.click();
  await expect.poll(async () => (await stage.simulator.sessions()).length, soon).toBeLessThan(Math.max(1, before.length));
  await notification(window, 'igned out of').first().waitFor();
  await expect.poll(async () => (await readStatusItem(window))?.text, soon).not.toBe('ChatGPT: Signing out');
}

/**
 * Selects an item of an open menu. The keyboard selects it in the end: a menu ignores clicks in its first moments, and does not
 * show when they are over.
 */
export async function chooseMenuItem(item: Locator): Promise<void> {
  await item.hover();
  await item.and(item.page().locator('.action-item.focused .action-label')).waitFor();
  await item.page().keyboard.press('Enter');
}

/** The Quick Pick with this placeholder. */
export function quickPick(window: Page, placeholder: string): Locator {
  return window.locator('.quick-input-widget:visible').filter({ has: window.getByPlaceholder(placeholder) });
}

export async function statusText(stage: Stage): Promise<string | undefined> {
  return (await readStatusItem(stage.window))?.text;
}

/** Waits until the status bar item has this text and this label for screen readers. */
export async function showsStatus(stage: Stage, text: string | RegExp, label: string | RegExp = /./): Promise<void> {
  await statusSays(stage.window, text, label);
}

/** The same for any window. */
export async function statusSays(window: Page, text: string | RegExp, label: string | RegExp = /./, within = soon): Promise<void> {
  const like = (wanted: string | RegExp) => (typeof wanted === 'string' ? wanted : (expect.stringMatching(wanted) as string));
  await expect.poll(() => readStatusItem(window), within).toEqual({ text: like(text), ariaLabel: like(label) });
}

/** Waits until the Accounts menu offers to sign in, or does not. */
export async function offersSignIn(stage: Stage, expected = true): Promise<void> {
  await expect.poll(async () => (await accountsMenuLabels(stage.window)).includes(signInEntry), soon).toBe(expected);
}

/** The lines of the status bar item's tooltip. */
export async function tooltip(stage: Stage): Promise<string[]> {
  const hover = stage.window.locator('.workbench-hover');
  await stage.window.mouse.move(640, 300);
  await hover.waitFor({ state: 'detached' });
  await statusItem(stage.window).hover();
  await hover.first().waitFor();
  const lines = (await hover.first().innerText()).split('\n').map(line => line.trim());
  return lines.filter(line => line !== '');
}

/** A server that occupies a port of this machine. */
export async function occupy(port: number): Promise<() => Promise<void>> {
  const server = createServer(socket => socket.end());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
  });
  return () =>
    new Promise<void>(resolve => {
      server.close(() => {
        resolve();
      });
    });
}

export async function isFree(port: number): Promise<boolean> {
  try {
    const leave = await occupy(port);
    await leave();
    return true;
  } catch {
    return false;
  }
}
