// Windows that do not share an encryption key: at the very first start, in another browser, and with secrets kept in memory only.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { approvedAs, signedOutText, signInAs, signOutByCommand, soon, statusSays, useFreshStage } from '../stage.ts';
import { passSpacing } from '../usageStore.ts';
import { inVault } from '../vault.ts';
import { around, dialogButton, notification, runCommand, screenshot, setTheme, visibleText, type Theme } from '../workbench.ts';

const left = 'Plus · 5h 66% · wk 42% left';
const keyMissing = "This window doesn't have the encryption key for the sign-ins saved on this computer.";
const secretsLost = "VS Code's secret storage lost the encryption key for the sign-ins saved on this computer.";

useFreshStage(
  stage => {
    const vaultCounts = async () => {
      const [counts] = await inVault(
        stage.workbench,
        'SELECT (SELECT count(*) FROM account) AS accounts, (SELECT count(DISTINCT key_id) FROM account) AS usedKeys, (SELECT count(*) FROM seal_key) AS keys',
      );
      return counts;
    };

    /** Runs the command to sign in, and waits for the dialog that comes first. */
    const showsDialog = async (window: Page, sentence: string) => {
      await runCommand(window, 'ChatGPT: Sign In');
      await dialogButton(window, 'Sign In Here').waitFor();
      expect((await visibleText(window)).dialogs).toEqual([expect.stringContaining(sentence)]);
    };

    describe('two windows at the very first start', () => {
      it('two windows create one key; the window without it offers to reload, and then shows the account', async () => {
        const [window, other] = (await stage.windows(2)) as [Page, Page];
        expect(await vaultCounts()).toEqual({ accounts: 0, usedKeys: 0, keys: 1 });
        await signInAs(stage, 'ada');
        await statusSays(window, left);
        const signedIn = await vaultCounts();
        expect(signedIn).toMatchObject({ accounts: 1, usedKeys: 1 });
        await statusSays(other, signedOutText);

        await showsDialog(other, keyMissing);
        await dialogButton(other, 'Reload Window').click();
        await statusSays(other, left);
        expect(await vaultCounts()).toEqual(signedIn);
        expect(await stage.simulator.counts()).toMatchObject({ authorize: 1, code: 1, refresh: 0 });
        await signOutByCommand(stage, other);
        await statusSays(window, signedOutText);
      });
    });

    describe('another browser on the same machine', () => {
      it('a browser without the key asks before it signs in; two sessions of one person are refreshed apart, and a sign-out ends both [R43]', async () => {
        const { simulator, window, workbench } = stage;
        await signInAs(stage, 'ada');
        await statusSays(window, left);
        const browser = await workbench.newBrowser();
        browser.setDefaultTimeout(soon.timeout);
        try {
          const there = await stage.openWindow(browser);
          await statusSays(there, signedOutText);
          for (const theme of ['light', 'hc', 'dark'] satisfies Theme[]) {
            await setTheme(there, theme);
            await showsDialog(there, keyMissing);
            await screenshot(there, `key-missing-${theme}`, await around(there.locator('.monaco-dialog-box')));
            await dialogButton(there, 'Cancel').click();
            await statusSays(there, signedOutText);
          }
          expect(await simulator.counts()).toMatchObject({ authorize: 1, code: 1 });

          await showsDialog(there, keyMissing);
          await approvedAs(stage, 'ada', () => dialogButton(there, 'Sign In Here').click(), there);
          await statusSays(there, left);
          expect(await vaultCounts()).toMatchObject({ accounts: 2, usedKeys: 2 });
          expect(await simulator.sessions()).toMatchObject([{ account: 'ada' }, { account: 'ada' }]);

          await simulator.set({ clockOffsetSeconds: 11 * 86_400 });
          await simulator.account({ account: 'ada', used: { '5h': 10, weekly: 20 } });
          passSpacing(workbench);
          await Promise.all([window, there].map(each => runCommand(each, 'ChatGPT: Refresh Usage')));
          await statusSays(window, 'Plus · 5h 90% · wk 80% left');
          await statusSays(there, 'Plus · 5h 90% · wk 80% left');
          expect(await simulator.sessions()).toMatchObject([{ generation: 1 }, { generation: 1 }]);

          await signOutByCommand(stage, there);
          await statusSays(there, signedOutText);
          // The service ends every session of a person with one, as the question before a sign-out says.
          expect(await simulator.sessions()).toEqual([]);
          expect(await vaultCounts()).toMatchObject({ accounts: 1 });
        } finally {
          await browser.close();
        }
      });
    });

    describe('a browser that keeps secrets in memory only', () => {
      it('after a reload, signing in says that the key is lost and adds a second session; disconnecting all reports the one that cannot be revoked', async () => {
        const { simulator, workbench } = stage;
        const browser = await workbench.newBrowser({ lastingSecrets: false });
        browser.setDefaultTimeout(soon.timeout);
        try {
          const window = await stage.openWindow(browser);
          await statusSays(window, signedOutText);
          await signInAs(stage, 'ada', window);
          await statusSays(window, left);
          await window.reload();
          await statusSays(window, signedOutText);
          await showsDialog(window, secretsLost);
          await approvedAs(stage, 'ada', () => dialogButton(window, 'Sign In Here').click(), window);
          await statusSays(window, left);
          expect(await vaultCounts()).toMatchObject({ accounts: 2 });

          await runCommand(window, 'ChatGPT: Disconnect All Accounts');
          await dialogButton(window, 'Disconnect All').click();
          await notification(window, 'some sessions could not be revoked: 1.').waitFor();
          await statusSays(window, signedOutText);
          expect(await vaultCounts()).toEqual({ accounts: 0, usedKeys: 0, keys: 0 });
          // The service has ended the lost one with the other.
          expect(await simulator.endSession('ada')).toBe(0);
        } finally {
          await browser.close();
        }
      });
    });
  },
  { windows: 2 },
);
