import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';

/**
 * Waits until Chromium takes its own start for finished. It does so once a page in front was idle for a second, else after three minutes,
 * and until then puts off the update check of service workers. VS Code awaits one before it shows a webview, so a panel would stay
 * empty in a browser that is driven faster than any person is.
 */
export async function untilStarted(browser: Browser): Promise<void> {
  const server = createServer(({ url }, response) => {
    response.setHeader('content-type', url === '/worker.js' ? 'text/javascript' : 'text/html').end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.evaluate(async () => {
      const { serviceWorker } = navigator;
      const worker = await serviceWorker.register('/worker.js');
      await serviceWorker.ready;
      await worker.update();
    });
  } finally {
    await context.close();
    server.close();
    server.closeAllConnections();
  }
}
