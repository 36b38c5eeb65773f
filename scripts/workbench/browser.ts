import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import { findSystemTool } from '../system-tools.ts';
import { untilStarted } from './startup.ts';

/**
 * Chromium without a window, and without any host but this machine.
 * @param options.temporary the folder for what it needs for a while, the dumps of its crashes too, which it keeps then
 */
export async function launchBrowser({ temporary }: { temporary?: string } = {}): Promise<Browser> {
  const executablePath = findSystemTool('chromium');
  if (!executablePath) throw new Error('No Chromium on this machine.');
  const browser = await chromium.launch({
    executablePath,
    ...(temporary === undefined
      ? {}
      : { env: { ...process.env, TMPDIR: temporary, BREAKPAD_DUMP_LOCATION: temporary }, ignoreDefaultArgs: ['--disable-breakpad'] }),
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...[
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.*, EXCLUDE localhost',
    ],
  });
  await untilStarted(browser);
  return browser;
}

/** One person's browser. It answers the server's key request itself, so that its secret store outlasts a reload as a person's does. */
export async function newContext(browser: Browser, options: { lastingSecrets?: boolean } = {}): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  if (options.lastingSecrets ?? true) {
    await context.route('**/mint-key', async route => {
      await route.fulfill({ body: Buffer.alloc(32, 7) });
    });
  }
  return context;
}
