import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  choose,
  decide,
  offersSignIn,
  opensPage,
  quickPick,
  showsStatus,
  signInAs,
  signOutByCommand,
  soon,
  tooltip,
  useStage,
} from './stage.ts';
import {
  around,
  dialogButton,
  openAccountsMenu,
  runCommand,
  screenshot,
  setTheme,
  visibleText,
  type Rectangle,
  type Theme,
} from './workbench.ts';

const left = 'Plus · 5h 66% · wk 42% left';
const largest = 60_000;
const hour = 3600;

useStage(stage => {
  // Each picture waits for its content; the other tests check what it says, and a person how it looks.
  describe.each<Theme>(['dark', 'light', 'hc'])('pictures in the %s theme', theme => {
    const take = async (page: Page, name: string, clip?: Rectangle) => {
      expect((await screenshot(page, `${name}-${theme}`, clip)).length).toBeLessThan(largest);
    };
    const clear = async () => {
      await runCommand(stage.window, 'Notifications: Clear All Notifications');
      await expect.poll(() => visibleText(stage.window), soon).toEqual({ dialogs: [], notifications: [] });
    };

    it('pictures of signing in: Accounts menu, waiting, callback page', async () => {
      const { window } = stage;
      await setTheme(window, theme);
      await offersSignIn(stage);
      await openAccountsMenu(window);
      await take(window, 'accounts-menu', { x: 0, y: 560, width: 640, height: 240 });
      await window.keyboard.press('Escape');

      const page = await opensPage(stage, () => runCommand(window, 'ChatGPT: Sign In'));
      await window.bringToFront();
      await stage.panel.says('Waiting for your browser');
      await take(window, 'waiting', bottomRight);
      await page.bringToFront();
      await page.emulateMedia(
        theme === 'hc' ? { colorScheme: 'dark', forcedColors: 'active' } : { colorScheme: theme, forcedColors: 'none' },
      );
      await choose(page, 'Ada Brightwell');
      await decide(page, 'Approve');
      await take(page, 'landing', { x: 320, y: 80, width: 640, height: 240 });
      await window.bringToFront();
      await showsStatus(stage, left);
    });

    it('pictures of a signed-in window: status bar, account menu, Accounts menu, dialog before signing out', async () => {
      const { window } = stage;
      await setTheme(window, theme);
      await stage.simulator.account({
        account: 'ada',
        used: { '5h': { percent: 34, resetsInSeconds: 2.3 * hour }, weekly: { percent: 58, resetsInSeconds: 75 * hour } },
      });
      await signInAs(stage, 'ada');
      await showsStatus(stage, left);
      await clear();
      await tooltip(stage);
      await take(window, 'signed-in', { x: 860, y: 480, width: 420, height: 320 });

      await runCommand(window, 'ChatGPT: Manage Accounts');
      const menu = quickPick(window, 'Select an account or an action');
      await menu.getByRole('option').first().waitFor();
      await window.mouse.move(640, 500);
      await take(window, 'account-menu', await around(menu));
      await window.keyboard.press('Escape');

      await (await openAccountsMenu(window)).filter({ hasText: 'ada@' }).hover();
      await window.locator('.monaco-menu .action-label').getByText('Sign Out', { exact: true }).waitFor();
      await take(window, 'accounts-menu-signed-in', { x: 0, y: 560, width: 760, height: 240 });
      await window.keyboard.press('Escape');
      await window.keyboard.press('Escape');
      await window.locator('.monaco-menu').first().waitFor({ state: 'detached' });

      await runCommand(window, 'ChatGPT: Sign Out');
      await dialogButton(window, 'Sign Out').waitFor();
      await take(window, 'sign-out', await around(window.locator('.monaco-dialog-box')));
      await dialogButton(window, 'Cancel').click();
      await signOutByCommand(stage);
    });
  });
});

const bottomRight: Rectangle = { x: 640, y: 620, width: 640, height: 180 };
