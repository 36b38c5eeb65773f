// The Codex CLI's sign-in as a person uses it in VS Code. Needs the executable of @openai/codex for this platform.
import { mkdtempSync } from 'node:fs';
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codexLabelOf } from '../../simulator/labels.ts';
import { refusingProxy, type RefusingProxy } from '../../unit/codexCli/support/refusingProxy.ts';
import { environment, findCodexCli, readKept, run, signInByDevice, type Sandbox } from '../../unit/codexCli/support/codexCliProcess.ts';
import {
  choose as choosePerson,
  isFree,
  opensPage,
  quickPick,
  showsStatus,
  signedOutText,
  signInAs,
  soon,
  tooltip,
  useFreshStage,
} from '../stage.ts';
import {
  accountsMenuLabels,
  around,
  choose,
  dialogButton,
  enterText,
  notification,
  runCommand,
  screenshot,
  setTheme,
} from '../workbench.ts';

const program = findCodexCli();
const skipReason = program === undefined ? ` (skipped: @openai/codex has no program here for ${process.platform} ${process.arch})` : '';

const root = mkdtempSync(path.join(tmpdir(), 'codex-cli-'));
const home = path.join(root, 'home');
/** A script that runs the real CLI with the simulator's addresses in its environment. */
const codexPath = path.join(root, 'codex');
const command = "ChatGPT: Use the Codex CLI's Sign-In";
const menuText = 'Select an account or an action';

useFreshStage(
  stage => {
    describe.skipIf(program === undefined)(`the sign-in of the Codex CLI${skipReason}`, () => {
      let refusing: RefusingProxy;
      let sandbox: Sandbox;

      const file = () => path.join(home, 'auth.json');
      const label = (email: string) => codexLabelOf(stage.simulator.issuer, email);
      const isOffered = async () => {
        await stage.window.keyboard.press('F1');
        await stage.window.locator('.quick-input-widget:visible .quick-input-box input').fill(`>${command}`);
        const rows = stage.window.locator('.quick-input-widget:visible .monaco-list-row');
        await rows.first().waitFor();
        const names = await rows.allInnerTexts();
        await stage.window.keyboard.press('Escape');
        return names.some(name => name.includes(command));
      };
      const connect = async () => {
        await runCommand(stage.window, command);
        await dialogButton(stage.window, 'Use This Sign-In').click();
      };
      const open = async (account: string, action: string) => {
        await runCommand(stage.window, 'ChatGPT: Manage Accounts');
        await quickPick(stage.window, menuText).waitFor();
        await choose(stage.window, account);
        await choose(stage.window, action);
      };
      const fileState = async () => {
        const { ino, mtimeMs, ctimeMs, mode } = await stat(file());
        return { ino, mtimeMs, ctimeMs, mode };
      };

      beforeEach(async () => {
        await stage.simulator.set({ deviceInterval: '1' });
        refusing = await refusingProxy();
        sandbox = { program: program ?? '', home, simulator: stage.simulator, proxy: refusing.url };
        await mkdir(home, { recursive: true });
        const { backendUrl } = stage.simulator;
        await writeFile(
          path.join(home, 'config.toml'),
          `chatgpt_base_url = "${backendUrl}"\nopenai_base_url = "${backendUrl}/codex"\ncheck_for_update_on_startup = false\n[analytics]\nenabled = false\n`,
        );
        const variables = Object.entries(environment(sandbox)).map(([name, value]) => `export ${name}='${value ?? ''}'\n`);
        await writeFile(codexPath, `#!/bin/sh\n${variables.join('')}exec '${program ?? ''}' "$@"\n`, { mode: 0o755 });
        await expect.poll(isOffered, soon).toBe(true);
      });
      afterEach(async () => {
        await rm(path.join(stage.workbench.globalStorage, 'uses-codex-cli'), { force: true });
        await run(sandbox, ['logout']);
        await rm(file(), { force: true });
        expect(refusing.requested).toEqual([]);
        await refusing.close();
      });
      afterAll(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));

      it("the account appears after one consent, is marked as the CLI's in menus and tooltip, and is gone when the CLI signs out [R61]", async () => {
        const { window, simulator } = stage;
        await signInByDevice(sandbox, 'ada');
        const before = await fileState();
        await runCommand(window, command);
        const dialog = window.locator('.monaco-dialog-box');
        await dialog.getByText('What this extension never touches').waitFor();
        await screenshot(window, 'codex-cli-consent');
        await dialogButton(window, 'Cancel').click();
        expect(await stat(path.join(stage.workbench.globalStorage, 'uses-codex-cli')).catch(() => undefined)).toBeUndefined();
        expect(await accountsMenuLabels(window)).not.toContainEqual(expect.stringContaining('Codex CLI'));

        await connect();
        await notification(window, `${label('ada@example.com')} is now available through the Codex CLI's sign-in.`).waitFor();
        await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
        expect(await accountsMenuLabels(window)).toContainEqual(expect.stringContaining(label('ada@example.com')));
        expect((await tooltip(stage))[0]).toBe(`Plus · ${label('ada@example.com')}`);
        await runCommand(window, 'ChatGPT: Manage Accounts');
        const row = quickPick(window, menuText).getByRole('option').first();
        await expect
          .poll(() => row.getAttribute('aria-label'), soon)
          .toContain(`${label('ada@example.com')}, via Codex CLI · Plus, Included in your ChatGPT plan`);
        await screenshot(window, 'account-menu-codex-cli');
        await window.keyboard.press('Escape');
        expect([(await simulator.counts()).refresh, await fileState()]).toEqual([0, before]);

        await run(sandbox, ['logout']);
        await showsStatus(stage, signedOutText);
        expect(await accountsMenuLabels(window)).not.toContainEqual(expect.stringContaining('Codex CLI'));
      });

      it("the account menu shows an account, the CLI's account and an API key, each with its billing [R60]", async () => {
        const { window, simulator } = stage;
        await signInAs(stage, 'ben');
        await signInByDevice(sandbox, 'ada');
        await connect();
        await expect.poll(() => accountsMenuLabels(window), soon).toContainEqual(expect.stringContaining(label('ada@example.com')));
        const secret = await simulator.issueApiKey({ organization: 'Brightwell Labs', project: 'proj_notebook' });
        await runCommand(window, 'ChatGPT: Add API Key');
        await enterText(window, 'Paste the key.', secret);
        await enterText(window, 'Name of the key', 'Notebook');
        await notification(window, 'Added “Notebook”.').waitFor();
        for (const theme of ['dark', 'light', 'hc'] as const) {
          await setTheme(window, theme);
          await runCommand(window, 'Notifications: Clear All Notifications');
          await runCommand(window, 'ChatGPT: Manage Accounts');
          const menu = quickPick(window, menuText);
          const rows = menu.getByRole('option');
          await rows.filter({ hasText: 'Notebook' }).waitFor();
          const said = (await rows.evaluateAll(all => all.map(row => row.getAttribute('aria-label') ?? ''))).join('\n');
          expect(said).toMatch(/ben@example\.com.*Included in your ChatGPT plan/);
          expect(said).toMatch(/ada@example\.com.*via Codex CLI.*Included in your ChatGPT plan/);
          expect(said).toMatch(/Notebook.*Billed per token \(API key\)/);
          await screenshot(window, `account-menu-all-kinds-${theme}`, await around(menu));
          await window.keyboard.press('Escape');
        }
        await runCommand(window, 'ChatGPT: Remove API Key');
        await dialogButton(window, 'Remove').or(window.locator('.quick-input-widget:visible')).first().waitFor();
        if (!(await dialogButton(window, 'Remove').isVisible())) await choose(window, 'Notebook');
        await dialogButton(window, 'Remove').click();
        await expect.poll(() => accountsMenuLabels(window), soon).not.toContainEqual(expect.stringContaining('Notebook'));
      });

      it('disconnecting leaves the CLI signed in, and only the second step signs the CLI out [R66]', async () => {
        const { window, simulator } = stage;
        await signInAs(stage, 'ben');
        await signInByDevice(sandbox, 'ada');
        await connect();
        await expect.poll(() => accountsMenuLabels(window), soon).toContainEqual(expect.stringContaining(label('ada@example.com')));
        const before = await fileState();
        await open(label('ada@example.com'), 'Sign Out…');
        await window.locator('.monaco-dialog-box').getByText('The Codex CLI stays signed in and works as before.').waitFor();
        await dialogButton(window, 'Disconnect').click();
        const notice = notification(window, `${label('ada@example.com')} is disconnected. The Codex CLI stays signed in.`);
        await notice.waitFor();
        expect(await accountsMenuLabels(window)).not.toContainEqual(expect.stringContaining('Codex CLI'));
        expect(await fileState()).toEqual(before);
        expect((await simulator.sessions()).map(({ account }) => account).sort()).toEqual(['ada', 'ben']);
        await notice.getByRole('button', { name: 'Sign Out of the Codex CLI…' }).click();
        await dialogButton(window, 'Sign Out of the Codex CLI').click();
        await notification(window, 'The Codex CLI is signed out.').waitFor();
        expect((await simulator.sessions()).map(({ account }) => account)).toEqual(['ben']);
        expect(await readKept(sandbox)).toBeUndefined();
      });

      it('a session file that others can read is reported, and one click changes its mode and nothing else [R63]', async () => {
        const { window } = stage;
        await signInByDevice(sandbox, 'ada');
        await chmod(file(), 0o644);
        const before = await fileState();
        await connect();
        const notice = notification(window, "Other users of this computer can read the Codex CLI's session file");
        await notice.getByRole('button', { name: 'Restrict Permissions' }).click();
        await notification(window, "Only you can read the Codex CLI's session file now.").waitFor();
        const { mode, ino, mtimeMs } = await fileState();
        expect({ mode: mode & 0o777, ino, mtimeMs }).toEqual({ mode: 0o600, ino: before.ino, mtimeMs: before.mtimeMs });
      });

      describe('a signed-out CLI that is signed in from VS Code', () => {
        /** Consents, and waits for the button that signs the CLI in. */
        const begin = async () => {
          await connect();
          const notice = notification(stage.window, 'The Codex CLI is signed out. You can sign in to it from here');
          return notice.getByRole('button', { name: 'Sign In to the Codex CLI' });
        };
        const isAvailable = async () => {
          await notification(stage.window, `${label('ada@example.com')} is now available through the Codex CLI's sign-in.`).waitFor();
          await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
          await stage.panel.isGone();
          expect((await stage.simulator.sessions()).map(({ account }) => account)).toEqual(['ada']);
          expect(await readKept(sandbox)).toBeDefined();
        };

        it('the browser signs the CLI in, and the CLI keeps the session', async () => {
          const { window, panel } = stage;
          const button = await begin();
          const page = await opensPage(stage, () => button.click());
          await window.bringToFront();
          await panel.says('Waiting for your browser');
          await panel.text('The Codex CLI signs in and stores the session itself.').waitFor();
          expect(await panel.buttons()).toEqual(['Copy Link', 'Use a Device Code', 'Cancel']);
          await page.bringToFront();
          await choosePerson(page, 'Ada Brightwell');
          await page.getByRole('button', { name: 'Approve' }).click();
          await window.bringToFront();
          await isAvailable();
        });

        it('a device code signs the CLI in, and the CLI keeps the session', async () => {
          const { simulator, panel } = stage;
          const button = await begin();
          await opensPage(stage, () => button.click());
          await stage.window.bringToFront();
          await panel.says('Waiting for your browser');
          await panel.button('Use a Device Code').click();
          const code = await panel.userCode();
          await panel.main.getByRole('img', { name: /^QR code for / }).waitFor();
          await screenshot(stage.window, 'codex-cli-device-code');
          await simulator.approveDevice(code, { account: 'ada' });
          await isAvailable();
        });

        it('cancelling signs nobody in and frees the redirect port', async () => {
          const { panel } = stage;
          const button = await begin();
          await opensPage(stage, () => button.click());
          await stage.window.bringToFront();
          await panel.says('Waiting for your browser');
          await panel.button('Cancel').click();
          await panel.isGone();
          await showsStatus(stage, signedOutText);
          await expect.poll(() => isFree(1455), soon).toBe(true);
          expect(await readKept(sandbox)).toBeUndefined();
        });
      });

      it('a CLI that uses an API key has no account, and adding the key to VS Code is offered [R67]', async () => {
        const { window } = stage;
        await writeFile(file(), JSON.stringify({ auth_mode: 'apikey', OPENAI_API_KEY: 'sk-not-a-real-key' }), { mode: 0o600 });
        await connect();
        const notice = notification(window, 'The Codex CLI uses an API key, which is billed per token and has no plan.');
        await notice.getByRole('button', { name: 'Add API Key' }).click();
        const box = window.locator('.quick-input-widget:visible').filter({ hasText: 'Paste the key.' });
        await box.waitFor();
        await window.keyboard.press('Escape');
        await showsStatus(stage, signedOutText);
      });
    });
  },
  { settings: { 'chatgptSignIn.codexPath': codexPath }, env: { CODEX_HOME: home } },
);
