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

    describe('while the browser is waited for, the panel', () => {
      it('hands out the link, which any browser on this machine can follow', async () => {
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

      it('takes the address that a browser on another machine ended at, and no other', async () => {
        const { panel, simulator } = stage;
        await waitForBrowser();
        const ended = await simulator.approve(await copyLink(), { account: 'ada' });
        const paste = async (address: string) => {
          await panel.address.fill(address);
          await panel.button('Paste URL').click();
        };
        for (const address of ['', 'nothing of the kind', `${simulator.issuer}/oauth/authorize`, 'http://127.0.0.1:1455/auth/callback']) {
          await paste(address);
          await panel.text('This is not the URL of the last sign-in page: it contains no sign-in code.').waitFor();
          expect(await panel.address.getAttribute('aria-invalid')).toBe('true');
        }
        await paste(ended.replace(/state=[^&]*/, 'state=of-another-sign-in'));
        await panel.text('This URL belongs to an earlier sign-in. Use the URL of the most recent page.').waitFor();
        await panel.says(waiting);
        expect(await simulator.counts()).toMatchObject({ code: 0 });
        expect(await panel.complaints()).toEqual([]);

        await paste(ended);
        await showsStatus(stage, left);
        await panel.isGone();
        expect(await isFree(1455)).toBe(true);
      });

      it('comes to the front again when signing in is asked for once more, and so does what failed', async () => {
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
        await panel.fails('The service is currently unavailable.', ['Try Again', 'Use the Browser', 'Show Log']);
        await runCommand(window, 'Help: Welcome');
        await panel.title.waitFor({ state: 'hidden' });
        await runCommand(window, byDevice);
        await panel.code.waitFor();
        await runCommand(window, 'View: Close All Editors');
        await panel.isGone();
        await showsStatus(stage, signedOutText);
      });
    });

    describe('cancelled', () => {
      const states = {
        'while it prepares': async () => {
          await stage.simulator.fail({ route: 'deviceStart', fault: 'hang' });
          await runCommand(stage.window, byDevice);
          await stage.panel.says('Preparing sign-in…');
        },
        'while the browser is waited for': async () => {
          await waitForBrowser();
          expect(await isFree(1455)).toBe(false);
        },
        'while the code is waited for': async () => {
          await stage.simulator.set({ deviceInterval: 1 });
          await runCommand(stage.window, byDevice);
          await stage.panel.code.waitFor();
          await expect.poll(async () => (await stage.simulator.counts()).devicePoll, soon).toBeGreaterThan(1);
        },
        'while what the browser brought is redeemed': async () => {
          await stage.simulator.fail({ route: 'token', fault: 'hang' });
          const page = await waitForBrowser();
          await choose(page, 'Ada Brightwell');
          await page.getByRole('button', { name: 'Approve' }).click({ noWaitAfter: true });
          await isRedeemed();
        },
        'while an approved code is redeemed': async () => {
          await stage.simulator.fail({ route: 'token', fault: 'hang' });
          await stage.simulator.set({ deviceInterval: 1 });
          await runCommand(stage.window, byDevice);
          await stage.simulator.approveDevice(await stage.panel.userCode(), { account: 'ada' });
          await isRedeemed();
        },
      };
      const isRedeemed = async () => {
        await expect.poll(async () => (await stage.simulator.counts()).code, soon).toBe(1);
        await stage.window.bringToFront();
      };
      const ways = {
        'by its button': () => stage.panel.button('Cancel').click(),
        'by closing its tab': () => stage.panel.close(),
      };
      const cases = Object.entries(states).flatMap(([when, begin]) =>
        Object.entries(ways).map(([how, cancel]) => ({ when, how, begin, cancel })),
      );

      it.each(cases)('$when, $how, it leaves nothing behind', async ({ begin, cancel }) => {
        const { window, simulator, panel } = stage;
        await begin();
        await cancel();
        await panel.isGone();
        await showsStatus(stage, signedOutText);
        await expect.poll(() => isFree(1455), soon).toBe(true);
        expect(await isFree(1457)).toBe(true);
        // That nothing comes any more shows only in time: twice what there would be between two requests.
        const { length } = await simulator.requests();
        const until = Date.now() + 2000;
        await expect.poll(() => Date.now(), soon).toBeGreaterThan(until);
        expect(await simulator.requests()).toHaveLength(length);
        expect(await notification(window, /./).count()).toBe(0);
        expect(await simulator.sessions()).toEqual([]);
        await offersSignIn(stage);
      });
    });

    describe('by the keyboard alone', () => {
      it('the code is copied, its page opened, the browser taken in its place, and all of it cancelled', async () => {
        const { window, panel, simulator } = stage;
        const { keyboard } = window;
        await keyboard.press('F1');
        await keyboard.type('ChatGPT: Sign In with Device Code');
        await window.locator('.quick-input-widget:visible').getByRole('option', { name: byDevice }).first().waitFor();
        await keyboard.press('Enter');
        const code = await panel.userCode();
        await expect.poll(() => panel.focused(), soon).toBe('Enter this code on the sign-in page');
        const order: string[] = [];
        for (let step = 0; step < 4; step++) {
          await keyboard.press('Tab');
          order.push(await panel.focused());
        }
        expect(order).toEqual(await panel.buttons());
        for (let step = 0; step < 3; step++) await keyboard.press('Shift+Tab');
        await keyboard.press('Enter');
        await expect.poll(clipboard, soon).toBe(code);

        await keyboard.press('Tab');
        const page = await opensPage(stage, () => keyboard.press('Enter'));
        expect(page.url()).toBe(`${simulator.issuer}/codex/device`);
        await window.bringToFront();
        await keyboard.press('Tab');
        expect(await panel.focused()).toBe('Use the Browser');
        await opensPage(stage, () => keyboard.press('Enter'));
        await window.bringToFront();
        await panel.says(waiting);
        await expect.poll(() => panel.focused(), soon).toBe(waiting);

        const further: string[] = [];
        for (let step = 0; step < 5; step++) {
          await keyboard.press('Tab');
          further.push(await panel.focused());
        }
        expect(further).toEqual(['Copy Link', 'Use a Device Code', 'Cancel', 'Is your browser on another computer?', 'Paste URL']);
        await keyboard.press('Shift+Tab');
        await keyboard.type('not an address');
        await keyboard.press('Enter');
        await panel.text('This is not the URL of the last sign-in page').waitFor();
        expect(await panel.focused()).toBe('Is your browser on another computer?');
        expect(await panel.address.inputValue()).toBe('not an address');

        await keyboard.press('Shift+Tab');
        expect(await panel.focused()).toBe('Cancel');
        await keyboard.press('Space');
        await panel.isGone();
        await showsStatus(stage, signedOutText);
      });

      it('does not take the keyboard from somebody who types elsewhere', async () => {
        const { window, panel, simulator } = stage;
        await simulator.set({ deviceInterval: 1, deviceCodeSeconds: 3 });
        await runCommand(window, byDevice);
        await panel.code.waitFor();
        await window.keyboard.press('F1');
        const input = window.locator('.quick-input-widget:visible .quick-input-box input');
        await input.fill('>ChatGPT: ');
        await panel.fails('The code expired before it was used.');
        await window.keyboard.type('Show');
        expect(await input.inputValue()).toBe('>ChatGPT: Show');
        await window.keyboard.press('Escape');
      });
    });
  },
  { secrets: ['device_auth_id', 'user_code'] },
);
