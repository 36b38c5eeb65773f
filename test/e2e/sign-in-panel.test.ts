import { describe, expect, it } from 'vitest';
import { choose, decide, isFree, offersSignIn, opensPage, showsStatus, signedOutText, soon, useStage } from './stage.ts';
import { notification, runCommand } from './workbench.ts';

const left = 'Plus · 5h 66% · wk 42% left';
const waiting = 'Waiting for your browser';
const byBrowser = 'ChatGPT: Sign In with Browser';
const byDevice = 'ChatGPT: Sign In with Device Code';

useStage(
  stage => {
    const waitForBrowser = async () => {
      const page = await opensPage(stage, () => runCommand(stage.window, byBrowser));
      await stage.window.bringToFront();
      await stage.panel.says(waiting);
      return page;
    };
    const clipboard = () => stage.window.evaluate(() => navigator.clipboard.readText());
    const copyLink = async () => {
      await stage.window.evaluate(() => navigator.clipboard.writeText(''));
      await stage.panel.button('Copy Link').click();
      await expect.poll(clipboard, soon).toContain('/oauth/authorize?');
      return await clipboard();
    };

    describe('the panel during a browser sign-in', () => {
      it('the link can be copied, and works in any browser on this machine', async () => {
        const { panel } = stage;
        const opened = await waitForBrowser();
        expect(await panel.buttons()).toEqual(['Copy Link', 'Use a Device Code', 'Cancel', 'Paste URL']);
        const link = await copyLink();
        await opened.close();
        const page = await stage.browser.newPage();
        await page.goto(link);
        await choose(page, 'Ada Brightwell');
        expect((await decide(page, 'Approve')).text).toContain("You're signed in");
        await showsStatus(stage, left);
        await panel.isGone();
      });

      it('the redirect URL of a browser on another machine can be pasted, and any other text is refused', async () => {
        const { panel, simulator } = stage;
        await waitForBrowser();
        const ended = await simulator.approve(await copyLink(), { account: 'ada' });
        const paste = async (address: string) => {
          await panel.address.fill(address);
          await panel.button('Paste URL').click();
        };
        for (const address of ['', 'nothing of the kind', `${simulator.issuer}/oauth/authorize`, 'http://127.0.0.1:1455/auth/callback']) {
          await paste(address);
          await panel.text('This URL contains no sign-in code: it is not that of the last sign-in page.').waitFor();
          expect(await panel.address.getAttribute('aria-invalid')).toBe('true');
        }
        await paste(ended.replace(/state=[^&]*/, 'state=of-another-sign-in'));
        await panel.text('This URL belongs to an earlier sign-in. Use the URL of the most recent page.').waitFor();
        await panel.says(waiting);
        expect(await simulator.counts()).toMatchObject({ code: 0 });
        expect(await panel.violations()).toEqual([]);

        await paste(ended);
        await showsStatus(stage, left);
        await panel.isGone();
        expect(await isFree(1455)).toBe(true);
      });

      it('the panel comes to the front when signing in starts again, also after a failure', async () => {
        const { window, panel, simulator } = stage;
        await waitForBrowser();
        await runCommand(window, 'Help: Welcome');
        await panel.title.waitFor({ state: 'hidden' });
        await runCommand(window, byBrowser);
        await panel.title.waitFor();
        await panel.button('Cancel').click();
        await panel.isGone();

        await simulator.fail({ route: 'deviceStart', fault: { status: 503 } });
        await runCommand(window, byDevice);
        await panel.fails('The service is currently unavailable or too busy.', ['Try Again', 'Use the Browser', 'Show Log']);
        await runCommand(window, 'Help: Welcome');
        await panel.title.waitFor({ state: 'hidden' });
        await runCommand(window, byDevice);
        await panel.code.waitFor();
        await runCommand(window, 'View: Close All Editors');
        await panel.isGone();
        await showsStatus(stage, signedOutText);
      });
    });

    describe('cancelling a sign-in', () => {
      const states = {
        'while preparing': async () => {
          await stage.simulator.fail({ route: 'deviceStart', fault: 'hang' });
          await runCommand(stage.window, byDevice);
          await stage.panel.says('Preparing sign-in…');
        },
        'while waiting for the browser': async () => {
          await waitForBrowser();
          expect(await isFree(1455)).toBe(false);
        },
        'while waiting for the code': async () => {
          await stage.simulator.set({ deviceInterval: 1 });
          await runCommand(stage.window, byDevice);
          await stage.panel.code.waitFor();
          await expect.poll(async () => (await stage.simulator.counts()).devicePoll, soon).toBeGreaterThan(1);
        },
        "while exchanging the browser's code": async () => {
          await stage.simulator.fail({ route: 'token', fault: 'hang' });
          const page = await waitForBrowser();
          await choose(page, 'Ada Brightwell');
          await page.getByRole('button', { name: 'Approve' }).click({ noWaitAfter: true });
          await isExchanging();
        },
        'while exchanging an approved device code': async () => {
          await stage.simulator.fail({ route: 'token', fault: 'hang' });
          await stage.simulator.set({ deviceInterval: 1 });
          await runCommand(stage.window, byDevice);
          await stage.simulator.approveDevice(await stage.panel.userCode(), { account: 'ada' });
          await isExchanging();
        },
      };
      const isExchanging = async () => {
        await expect.poll(async () => (await stage.simulator.counts()).code, soon).toBe(1);
        await stage.window.bringToFront();
      };
      const ways = {
        'with its button': () => stage.panel.button('Cancel').click(),
        'by closing its tab': () => stage.panel.close(),
      };
      const cases = Object.entries(states).flatMap(([when, begin]) =>
        Object.entries(ways).map(([how, cancel]) => ({ when, how, begin, cancel })),
      );

      it.each(cases)('cancelling $when $how leaves nothing behind', async ({ begin, cancel }) => {
        const { window, simulator, panel } = stage;
        await begin();
        await cancel();
        await panel.isGone();
        await showsStatus(stage, signedOutText);
        await expect.poll(() => isFree(1455), soon).toBe(true);
        expect(await isFree(1457)).toBe(true);
        // Only time shows that nothing follows: twice the interval between two requests.
        const { length } = await simulator.requests();
        const until = Date.now() + 2000;
        await expect.poll(() => Date.now(), soon).toBeGreaterThan(until);
        expect(await simulator.requests()).toHaveLength(length);
        expect(await notification(window, /./).count()).toBe(0);
        expect(await simulator.sessions()).toEqual([]);
        await offersSignIn(stage);
      });
    });

    it('cancelling after the tokens came gives them back, and the page in the browser says so [R71]', async () => {
      const { window, simulator, panel } = stage;
      await simulator.fail({ route: 'accountsCheck', fault: 'hang' });
      const page = await waitForBrowser();
      await choose(page, 'Ada Brightwell');
      const landed = decide(page, 'Approve');
      await expect.poll(async () => (await simulator.requests()).some(({ path }) => path.endsWith('/accounts/check')), soon).toBe(true);
      await window.bringToFront();
      await panel.button('Cancel').click();
      expect((await landed).text).toContain("You're not signed in");
      await window.bringToFront();
      await panel.isGone();
      await showsStatus(stage, signedOutText);
      await expect.poll(() => simulator.sessions(), soon).toEqual([]);
    });

    describe('the panel with the keyboard', () => {
      it('the keyboard alone copies the code, opens its page, switches to the browser and cancels', async () => {
        const { window, panel, simulator } = stage;
        const { keyboard } = window;
        await keyboard.press('F1');
        await keyboard.type('ChatGPT: Sign In with Device Code');
        await window.locator('.quick-input-widget:visible').getByRole('option', { name: byDevice }).first().waitFor();
        await keyboard.press('Enter');
        const code = await panel.userCode();
        await expect.poll(() => panel.focused(), soon).toBe('Enter this code on the sign-in page');
        const order: string[] = [];
        for (let step = 0; step < 5; step++) {
          await keyboard.press('Tab');
          order.push(await panel.focused());
        }
        expect(order).toEqual(await panel.buttons());
        for (let step = 0; step < 4; step++) await keyboard.press('Shift+Tab');
        const opened = async () => {
          const page = await opensPage(stage, () => keyboard.press('Enter'));
          expect(page.url()).toBe(`${simulator.issuer}/codex/device`);
          await window.bringToFront();
        };
        await opened();
        await expect.poll(clipboard, soon).toBe(code);
        await window.evaluate(() => navigator.clipboard.writeText(''));
        await keyboard.press('Tab');
        expect(await panel.focused()).toBe('Copy Code');
        await keyboard.press('Enter');
        await expect.poll(clipboard, soon).toBe(code);
        await keyboard.press('Tab');
        expect(await panel.focused()).toBe('Open Page');
        await opened();
        await keyboard.press('Tab');
        expect(await panel.focused()).toBe('Use the Browser');
        await opensPage(stage, () => keyboard.press('Enter'));
        await window.bringToFront();
        await panel.says(waiting);
        await expect.poll(() => panel.focused(), soon).toBe(waiting);

        const browserOrder: string[] = [];
        for (let step = 0; step < 5; step++) {
          await keyboard.press('Tab');
          browserOrder.push(await panel.focused());
        }
        expect(browserOrder).toEqual(['Copy Link', 'Use a Device Code', 'Cancel', 'Is your browser on another computer?', 'Paste URL']);
        await keyboard.press('Shift+Tab');
        await keyboard.type('not an address');
        await keyboard.press('Enter');
        await panel.text('This URL contains no sign-in code').waitFor();
        expect(await panel.focused()).toBe('Is your browser on another computer?');
        expect(await panel.address.inputValue()).toBe('not an address');

        await keyboard.press('Shift+Tab');
        expect(await panel.focused()).toBe('Cancel');
        await keyboard.press('Space');
        await panel.isGone();
        await showsStatus(stage, signedOutText);
      });

      it('the panel does not take the focus while the person types elsewhere', async () => {
        const { window, panel, simulator } = stage;
        await simulator.set({ deviceInterval: 1, deviceCodeSeconds: 3 });
        await runCommand(window, byDevice);
        await panel.code.waitFor();
        await window.keyboard.press('F1');
        const input = window.locator('.quick-input-widget:visible .quick-input-box input');
        await input.fill('>ChatGPT: ');
        await panel.fails('The code expired before the sign-in was completed.');
        await window.keyboard.type('Show');
        expect(await input.inputValue()).toBe('>ChatGPT: Show');
        await window.keyboard.press('Escape');
      });
    });
  },
  { secrets: ['device_auth_id', 'user_code'] },
);
