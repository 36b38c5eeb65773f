// One sign-in in many windows of one browser: which window refreshes it, which one shows what, and what happens when a window goes.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { Panel } from '../panel.ts';
import {
  approvedAs,
  offersSignIn,
  quickPick,
  signedOutText,
  signInAs,
  signOutByCommand,
  soon,
  statusSays,
  useFreshStage,
} from '../stage.ts';
import { inUsage, passSpacing } from '../usageStore.ts';
import { beginWrite, inVault, secretStoreOf } from '../vault.ts';
import {
  accountsMenuLabels,
  around,
  dialogButton,
  notification,
  readStatusItem,
  runCommand,
  screenshot,
  setTheme,
  visibleText,
  type Theme,
} from '../workbench.ts';

const menuText = 'Select an account or an action';
const themes: readonly Theme[] = ['light', 'hc', 'dark'];
const day = 86_400;
/** A refresh by command waits for the window that is reading. */
const longer = { timeout: 90_000, interval: 100 };

useFreshStage(
  stage => {
    let daysLater: number;
    beforeEach(() => {
      daysLater = 0;
    });

    /** Moves the service's clock. Access tokens live ten days there, and are refreshed at the first use after eight. */
    const pass = async (days: number) => {
      daysLater += days;
      await stage.simulator.set({ clockOffsetSeconds: daysLater * day });
    };

    /** Runs the command to refresh usage, as if a while after the last reading. */
    const refreshUsageIn = async (window: Page) => {
      passSpacing(stage.workbench);
      await runCommand(window, 'ChatGPT: Refresh Usage');
    };

    /**
     * Refreshes usage by command in these windows, and waits until each shows it. A refresh fails after twenty seconds while another
     * window, even a ghost, is reading, so the command is repeated.
     */
    const readIn = async (windows: readonly Page[], used: number, account = 'ada') => {
      await stage.simulator.account({ account, used: { '5h': used, weekly: used } });
      const hasRead = new RegExp(`wk ${String(100 - used)}% left$`);
      for (const window of windows) {
        let startedAt = 0;
        const read = async () => {
          const text = (await readStatusItem(window))?.text ?? '';
          if (hasRead.test(text) || Date.now() - startedAt < 12_000) return text;
          startedAt = Date.now();
          await refreshUsageIn(window);
          return text;
        };
        await expect.poll(read, longer).toMatch(hasRead);
      }
    };

    const refreshes = async () => (await stage.simulator.counts()).refresh;

    /** Starts a refresh of the token in a window, to which the service responds late. */
    const beginRefreshIn = async (window: Page, before: number) => {
      await stage.simulator.set({ tokenDelayMs: 4_000 });
      // A window learns the service's new clock by a first reading, which still uses the token there is.
      const refreshed = async () => {
        if ((await refreshes()) === before) await refreshUsageIn(window);
        return await refreshes();
      };
      await expect.poll(refreshed, { ...longer, interval: 1_000 }).toBe(before + 1);
      await stage.simulator.set({ tokenDelayMs: 0 });
    };

    const hasNoResponse = async () => (await stage.simulator.requests()).findLast(({ kind }) => kind === 'refresh')?.status === 0;

    /** The labels of the accounts in the account menu. */
    const accountItems = async (window: Page) => {
      await runCommand(window, 'ChatGPT: Manage Accounts');
      const rows = quickPick(window, menuText).getByRole('option');
      await rows.first().waitFor();
      const labels = await rows.evaluateAll(all => all.map(row => row.getAttribute('aria-label') ?? ''));
      await window.keyboard.press('Escape');
      return labels.filter(label => label.includes('@'));
    };

    const openAccount = async (window: Page, label: string) => {
      await runCommand(window, 'ChatGPT: Manage Accounts');
      const account = quickPick(window, menuText).getByRole('option', { name: label });
      await account.click();
      await account.waitFor({ state: 'detached' });
    };

    const inEachTheme = async (window: Page, take: (theme: Theme) => Promise<void>) => {
      for (const theme of themes) {
        await setTheme(window, theme);
        await take(theme);
      }
    };

    describe('four windows', () => {
      it('four windows show the account, refresh its token once even while one closes and one crashes, and sign out together [R18]', async () => {
        const { simulator, workbench } = stage;
        const windows = await stage.windows(4);
        const [first, toClose, toCrash, last] = windows as [Page, Page, Page, Page];
        await signInAs(stage, 'ada');
        for (const window of windows) await statusSays(window, 'Plus · 5h 66% · wk 42% left');
        expect(await refreshes()).toBe(0);

        await pass(11);
        await readIn(windows, 10);
        expect(await refreshes()).toBe(1);

        await toClose.close();
        await expect.poll(async () => (await workbench.extensionHosts()).length, soon).toBe(3);
        const hosts = await workbench.extensionHosts();
        await pass(11);
        await beginRefreshIn(toCrash, 1);
        await Promise.all([toCrash.waitForEvent('crash'), toCrash.goto('chrome://crash').catch(() => undefined)]);
        expect(await hasNoResponse()).toBe(true);
        // The extension host outlives its window, and stores the new token for all.
        await readIn([first, last], 20);
        expect(await refreshes()).toBe(2);

        await pass(11);
        await readIn([first, last], 30);
        expect(await refreshes()).toBe(3);
        expect(await simulator.sessions({ all: true })).toEqual([expect.objectContaining({ account: 'ada', generation: 3 })]);

        await signOutByCommand(stage, last);
        await statusSays(first, signedOutText);
        await statusSays(last, signedOutText);
        expect(await simulator.sessions()).toEqual([]);
        await Promise.all([first.reload(), last.reload()]);
        await offersSignIn(stage);
        await statusSays(first, signedOutText);
        await statusSays(last, signedOutText);
        expect(await simulator.counts()).toMatchObject({ refresh: 3, revoke: 1 });
        const ghosts = (await workbench.extensionHosts()).filter(pid => hosts.includes(pid));
        expect(ghosts).toHaveLength(1);
        for (const pid of ghosts) process.kill(pid, 'SIGKILL');
        await toCrash.close();
      }, 300_000);
    });

    describe('two windows during a refresh', () => {
      it('a window uses the valid token while the refreshing one is stopped, and after that was killed', async () => {
        const { simulator, workbench, window } = stage;
        const before = await workbench.extensionHosts();
        const holder = await stage.openWindow(stage.browser);
        await statusSays(holder, signedOutText);
        const [host, ...more] = (await workbench.extensionHosts()).filter(pid => !before.includes(pid));
        if (host === undefined || more.length > 0) throw new Error('Which process is the window?');
        await signInAs(stage, 'ada');

        await readIn([window, holder], 10);
        expect(await refreshes()).toBe(0);
        await pass(9);
        await beginRefreshIn(holder, 0);
        process.kill(host, 'SIGSTOP');
        expect(await hasNoResponse()).toBe(true);
        expect(namesOf(await stage.searchStorage()), 'the space reserved for the response').toContainEqual(
          expect.stringMatching(/^reserve-/),
        );
        // The stopped window holds the lock for usage, so the other shows its last reading, and its session is available.
        await statusSays(window, /wk 90% left$/);
        expect(await accountsMenuLabels(window)).toContain(`${stage.label('ada@example.com')} (ChatGPT)`);
        process.kill(host, 'SIGCONT');
        await readIn([window, holder], 30);
        expect(await refreshes()).toBe(1);

        await readIn([window, holder], 40);
        await pass(9);
        await beginRefreshIn(holder, 1);
        process.kill(host, 'SIGKILL');
        expect(await hasNoResponse()).toBe(true);
        const [stored] = await inVault(workbench, 'SELECT generation, state FROM account');
        expect(stored).toMatchObject({ state: 'asking' });
        await holder.close();
        await readIn([window], 50);
        const kill = await beginWrite(workbench, 'UPDATE account SET generation = 1000');
        expect(namesOf(await stage.searchStorage()), 'the journal').toContain('vault-1.db-journal');
        await kill();
        // The service rotated the token, and no window got the response.
        await expect.poll(() => simulator.sessions(), soon).toEqual([expect.objectContaining({ account: 'ada', generation: 2 })]);
        await readIn([window], 60);
        expect(await refreshes()).toBe(2);
        expect(await inVault(workbench, 'SELECT generation, state FROM account')).toEqual([stored]);
        expect(await accountsMenuLabels(window)).toContain(`${stage.label('ada@example.com')} (ChatGPT)`);
      }, 300_000);
    });

    describe('a vault saved by a newer version', () => {
      it('a newer vault stays unchanged: windows that read it before ask for a reload, others for an update, and all work once it is readable', async () => {
        const { simulator, workbench } = stage;
        const [window, other] = (await stage.windows(2)) as [Page, Page];
        await signInAs(stage, 'ada');
        await statusSays(window, 'Plus · 5h 66% · wk 42% left');
        await statusSays(other, 'Plus · 5h 66% · wk 42% left');
        const { refresh } = await simulator.counts();
        const [version] = await inVault(workbench, 'PRAGMA user_version');
        const hash = async () =>
          createHash('sha256')
            .update(await readFile(path.join(workbench.globalStorage, 'vault-1.db')))
            .digest('hex');
        await inVault(workbench, 'PRAGMA user_version = 99');
        const before = await hash();

        const fresh = await stage.openWindow(stage.browser);
        await statusSays(fresh, 'ChatGPT: Problem', /this window runs an older version\. Update the extension\.$/);
        await runCommand(fresh, 'ChatGPT: Sign In');
        await new Panel(fresh).fails(
          'A newer version of this extension saved the sign-ins, but this window runs an older version. Update the extension.',
          ['Show Extension', 'Show Log'],
        );
        await runCommand(window, 'ChatGPT: Sign In');
        await stage.panel.fails('A newer version of this extension saved the sign-ins. Reload this window to use that version.', [
          'Reload Window',
          'Show Log',
        ]);
        await runCommand(window, 'ChatGPT: Sign Out');
        await dialogButton(window, 'Sign Out').click();
        await notification(window, 'Reload this window to use that version.').waitFor();
        await statusSays(window, 'Plus · 5h 66% · wk 42% left');
        expect(await hash()).toBe(before);

        await inVault(workbench, `PRAGMA user_version = ${String(version?.['user_version'])}`);
        await statusSays(fresh, 'Plus · 5h 66% · wk 42% left');
        await readIn([window, fresh], 10);
        expect(await simulator.counts()).toMatchObject({ code: 1, refresh, revoke: 0 });
      });
    });

    describe('an expired session', () => {
      it('an expired session is announced in one window, and signing in again restores the account in place [R19]', async () => {
        const { simulator } = stage;
        const [window, other] = (await stage.windows(2)) as [Page, Page];
        const sentence = `The session of ${stage.label('pia@example.com')} has expired. Sign in again to continue.`;
        await signInAs(stage, 'pia');
        await statusSays(other, 'Pro · wk 100% left');
        await runCommand(window, 'Notifications: Clear All Notifications');
        await simulator.expireSession('pia');
        await refreshUsageIn(window);
        await statusSays(window, 'ChatGPT: Sign in again', 'ChatGPT session expired. Sign in again.');
        await statusSays(other, 'ChatGPT: Sign in again', 'ChatGPT session expired. Sign in again.');
        await notification(window, sentence).waitFor();
        expect((await visibleText(window)).notifications).toHaveLength(1);
        expect((await visibleText(other)).notifications).toEqual([]);
        expect(await accountItems(other)).toEqual([expect.stringContaining('Session expired: sign in again')]);
        await inEachTheme(window, async theme => {
          await screenshot(window, `session-ended-${theme}`, { x: 640, y: 560, width: 640, height: 240 });
        });

        // The command in another window announces it there.
        await runCommand(other, 'ChatGPT: Refresh Usage');
        await notification(other, sentence).waitFor();
        expect((await visibleText(other)).notifications).toHaveLength(1);

        await simulator.account({ account: 'pia', email: 'pia.navarro@example.com' });
        const again = notification(window, sentence).getByRole('link', { name: 'Sign In Again' });
        await approvedAs(stage, 'pia', () => again.click());
        await statusSays(window, 'Pro · wk 100% left');
        await statusSays(other, 'Pro · wk 100% left');
        // Both windows: what they say is settled.
        for (const each of [window, other]) await notification(each, sentence).waitFor({ state: 'detached' });
        const names = await accountsMenuLabels(other);
        expect(names.filter(name => name.includes('@'))).toEqual([`${stage.label('pia@example.com')} (ChatGPT)`]);
        expect(await simulator.sessions()).toHaveLength(1);
      });
    });

    describe('plan and workspace name of an account', () => {
      it('a changed plan and workspace name show in every window after a refresh, without a new sign-in', async () => {
        const { simulator } = stage;
        const [window, other] = (await stage.windows(2)) as [Page, Page];
        await signInAs(stage, { account: 'sam', workspace: 'team' });
        const label = stage.label('sam@example.com', 'team');
        await statusSays(other, /^Business/);
        expect(await accountItems(other)).toEqual([expect.stringContaining(`${label}, Business · workspace Rivers Design Team`)]);

        await simulator.account({ account: 'sam', workspace: 'team', plan: 'business', email: 'sam.rivers@example.com' });
        const [{ workspaceId } = { workspaceId: '' }] = await simulator
          .requests()
          .then(all =>
            all.flatMap(({ headers }) => (headers['chatgpt-account-id'] ? [{ workspaceId: headers['chatgpt-account-id'] }] : [])),
          );
        await simulator.fail({
          route: 'accountsCheck',
          fault: { status: 200, body: { accounts: [{ id: workspaceId, name: 'Rivers & Daughters' }] } },
        });
        await pass(11);
        await refreshUsageIn(window);
        await statusSays(window, /^Enterprise/);
        await expect
          .poll(() => accountItems(other), soon)
          .toEqual([expect.stringContaining(`${label}, Enterprise · workspace Rivers & Daughters`)]);
        expect(await simulator.counts()).toMatchObject({ code: 1, refresh: 1 });
      });
    });

    describe('two accounts', () => {
      it('the account menu shows plan, workspace, state and service; the status bar follows the selected account, in other windows after a reload', async () => {
        const { simulator } = stage;
        const [window, other] = (await stage.windows(2)) as [Page, Page];
        const ada = stage.label('ada@example.com');
        const ben = stage.label('ben@example.com');
        await simulator.account({ account: 'ben', used: { '5h': 1, weekly: 2 } });
        await signInAs(stage, 'ada');
        await signInAs(stage, 'ben');
        const host = new URL(simulator.issuer).host;
        const payer = 'Included in your ChatGPT plan';
        expect(await accountItems(window)).toEqual([
          expect.stringMatching(new RegExp(`^.*${escaped(ada)}, Plus, In the status bar · ${payer} · ${host}$`)),
          expect.stringMatching(new RegExp(`^.*${escaped(ben)}, Enterprise · workspace Okafor Studio, ${payer} · ${host}$`)),
        ]);
        await statusSays(window, 'Plus · 5h 66% · wk 42% left');
        await openAccount(window, ben);
        await quickPick(window, menuText).getByRole('option', { name: 'Show in Status Bar' }).click();
        await statusSays(window, 'Enterprise · 5h 99% · wk 98% left');
        await inEachTheme(window, async theme => {
          await runCommand(window, 'ChatGPT: Manage Accounts');
          const menu = quickPick(window, menuText);
          await menu.getByRole('option').first().waitFor();
          await window.mouse.move(640, 600);
          await screenshot(window, `account-menu-two-${theme}`, await around(menu));
          await menu.getByRole('option', { name: 'Disconnect All Accounts…' }).click();
          await dialogButton(window, 'Disconnect All').waitFor();
          await screenshot(window, `disconnect-all-${theme}`, await around(window.locator('.monaco-dialog-box')));
          await dialogButton(window, 'Cancel').click();
          await expect.poll(() => visibleText(window), soon).toMatchObject({ dialogs: [] });
        });
        expect(await readStatusItem(other)).toMatchObject({ text: 'Plus · 5h 66% · wk 42% left' });
        await other.reload();
        await statusSays(other, 'Enterprise · 5h 99% · wk 98% left');
        // Selected while only the other account has a reading since the reload.
        await openAccount(other, ada);
        await quickPick(other, menuText).getByRole('option', { name: 'Show in Status Bar' }).click();
        await statusSays(other, 'Plus · 5h 66% · wk 42% left');
      });
    });

    describe('disconnecting all accounts', () => {
      it('disconnecting asks once, and leaves no account, session, record, reading or key [R42]', async () => {
        const { simulator, workbench } = stage;
        const [window, other] = (await stage.windows(2)) as [Page, Page];
        const left = () => inVault(workbench, 'SELECT (SELECT count(*) FROM account) AS accounts, (SELECT count(*) FROM seal_key) AS keys');
        await signInAs(stage, 'ada');
        await signInAs(stage, 'pia');
        expect(await left()).toEqual([{ accounts: 2, keys: 1 }]);
        expect(await secretStoreOf(window)).toHaveLength(1);
        const usage = () => inUsage(workbench, 'SELECT hash FROM usage UNION SELECT hash FROM sample');
        await expect.poll(usage, { ...soon, message: 'accounts are read ten seconds apart' }).toHaveLength(2);

        await runCommand(window, 'ChatGPT: Disconnect All Accounts');
        await dialogButton(window, 'Cancel').click();
        await expect.poll(() => visibleText(window), soon).toMatchObject({ dialogs: [] });
        expect(await left()).toEqual([{ accounts: 2, keys: 1 }]);
        expect(await simulator.counts()).toMatchObject({ revoke: 0 });
        await runCommand(window, 'ChatGPT: Disconnect All Accounts');
        await dialogButton(window, 'Disconnect All').click();
        await statusSays(other, signedOutText);
        await statusSays(window, signedOutText);
        await notification(
          window,
          'Signed out of all accounts. The sessions are revoked, and everything that this extension saved on this computer is deleted. VS Code keeps its own list of account names and of the extensions that you allowed to use them.',
        ).waitFor();
        expect(await simulator.sessions()).toEqual([]);
        expect(await left()).toEqual([{ accounts: 0, keys: 0 }]);
        expect(usage()).toEqual([]);
        await expect.poll(() => secretStoreOf(window), soon).toEqual([]);

        await signInAs(stage, 'ada');
        await statusSays(window, 'Plus · 5h 66% · wk 42% left');
        expect(await left()).toEqual([{ accounts: 1, keys: 1 }]);
        // A browser window does not see what another one stored in the secret storage until it reloads.
        await other.reload();
        await statusSays(other, 'Plus · 5h 66% · wk 42% left');
      });
    });
  },
  { files: [/\.dmp$/] },
);

function namesOf(files: ReadonlyMap<string, number>): string[] {
  return [...files.keys()].map(file => path.basename(file));
}

function escaped(text: string): string {
  return text.replace(/[.()]/g, '\\$&');
}
