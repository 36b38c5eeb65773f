import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { isFree, opensPage, showsStatus, signedOutText, soon, useStage } from './stage.ts';
import { around, runCommand, screenshot, setTheme, visibleText, type Theme } from './workbench.ts';

const largest = 60_000;

useStage(
  stage => {
    // A person checks how each state looks, axe-core whether it is accessible.
    describe.each<Theme>(['dark', 'light', 'hc'])('the sign-in panel in the %s theme', theme => {
      const check = async (name: string) => {
        const { window, panel } = stage;
        await window.mouse.move(200, 400);
        expect(await panel.violations(), name).toEqual([]);
        await take(window, `${name}-${theme}`);
      };
      const take = async (window: Page, name: string) => {
        expect((await screenshot(window, name, await around(stage.panel.main))).length).toBeLessThan(largest);
      };

      it('every state of the panel is accessible', async () => {
        const { window, simulator, panel } = stage;
        await setTheme(window, theme);
        await simulator.set({ deviceInterval: 60 });
        await simulator.fail({ route: 'deviceStart', fault: 'hang' });
        await runCommand(window, 'ChatGPT: Sign In with Device Code');
        await panel.says('Preparing sign-in…');
        await check('sign-in-preparing');
        await panel.button('Cancel').click();
        await panel.isGone();

        await runCommand(window, 'ChatGPT: Sign In with Device Code');
        await panel.code.waitFor();
        await check('sign-in-device');

        await opensPage(stage, () => panel.button('Use the Browser').click());
        await window.bringToFront();
        await panel.says('Waiting for your browser');
        await check('sign-in-browser');
        await panel.address.fill('http://127.0.0.1:1455/auth/callback');
        await panel.button('Paste URL').click();
        await panel.text('This URL contains no sign-in code').waitFor();
        await check('sign-in-paste');

        await simulator.fail({ route: 'deviceStart', fault: 'disabled' });
        await panel.button('Use a Device Code').click();
        await panel.says("You're not signed in");
        await check('sign-in-failed');
        await expect.poll(() => isFree(1455), soon).toBe(true);
        await showsStatus(stage, signedOutText);
        await runCommand(window, 'Notifications: Clear All Notifications');
        await expect.poll(() => visibleText(window), soon).toEqual({ dialogs: [], notifications: [] });
      });

      it('a narrow panel shows everything, one below the other', async () => {
        const { window, simulator, panel } = stage;
        await simulator.set({ deviceInterval: 60 });
        await window.setViewportSize({ width: 640, height: 800 });
        try {
          await runCommand(window, 'ChatGPT: Sign In with Device Code');
          await panel.code.waitFor();
          expect(
            await panel.main.evaluate(
              main => main.ownerDocument.documentElement.scrollWidth - main.ownerDocument.documentElement.clientWidth,
            ),
          ).toBe(0);
          const lines = await panel.code.evaluate(code => {
            const range = code.ownerDocument.createRange();
            range.selectNodeContents(code);
            return range.getClientRects().length;
          });
          expect(lines).toBe(1);
          await check('sign-in-narrow');
        } finally {
          await window.setViewportSize({ width: 1280, height: 800 });
        }
      });
    });

    it('a panel closed by a finished sign-in shows no code', async () => {
      const { window, panel, simulator } = stage;
      await simulator.set({ autoApprove: 'ada' });
      const page = await opensPage(stage, () => runCommand(window, 'ChatGPT: Sign In with Browser'));
      await page.getByText("You're signed in").waitFor();
      await window.bringToFront();
      await panel.isGone();
    });
  },
  { secrets: ['device_auth_id', 'user_code'] },
);
