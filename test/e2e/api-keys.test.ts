// API keys as a person keeps them: pasted, checked, shown beside the accounts with who pays, replaced, renamed and removed.
import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { quickPick, signInAs, soon, useStage } from './stage.ts';
import { inVault } from './vault.ts';
import { accountsMenuLabels, choose, dialogButton, enterText, notification, runCommand, screenshot } from './workbench.ts';

const asksForKey = 'Paste the key.';
const asksForName = 'A name for this key';
const menuText = 'Accounts and what can be done with them';

useStage(
  stage => {
    const inAccountsMenu = async () =>
      (await accountsMenuLabels(stage.window)).flatMap(label => /^(.+) \(OpenAI API key\)$/.exec(label)?.[1] ?? []);
    const box = (asked: string): Locator => stage.window.locator('.quick-input-widget:visible').filter({ hasText: asked });

    const begin = async (secret: string) => {
      await runCommand(stage.window, 'ChatGPT: Add API Key');
      await enterText(stage.window, asksForKey, secret);
    };
    const add = async (secret: string, name: string) => {
      await begin(secret);
      await enterText(stage.window, asksForName, name);
      await notification(stage.window, `“${name}” was added.`).waitFor();
    };
    const rows = async () => {
      await runCommand(stage.window, 'ChatGPT: Manage Accounts');
      const options = quickPick(stage.window, menuText).getByRole('option');
      await options.first().waitFor();
      return await options.evaluateAll(all => all.map(row => row.getAttribute('aria-label') ?? ''));
    };
    const openKey = async (name: string, action: string) => {
      await runCommand(stage.window, 'ChatGPT: Manage Accounts');
      await quickPick(stage.window, menuText).waitFor();
      await choose(stage.window, name);
      await choose(stage.window, action);
    };
    const removeAll = async () => {
      for (const name of await inAccountsMenu()) {
        await openKey(name, 'Remove…');
        await dialogButton(stage.window, 'Remove').click();
        await expect.poll(inAccountsMenu, soon).not.toContain(name);
      }
    };

    describe('a key', () => {
      it('is pasted into a box that shows it to nobody, is checked, and says whose it is and who pays', async () => {
        const { window, simulator } = stage;
        const secret = await simulator.issueApiKey({ organization: 'Brightwell Labs', project: 'proj_notebook' });
        await runCommand(window, 'ChatGPT: Add API Key');
        const input = box(asksForKey).locator('input.input');
        await input.waitFor();
        expect(await input.getAttribute('type')).toBe('password');
        await screenshot(window, 'api-key-box');
        // Copied with what stood around it.
        await enterText(window, asksForKey, ` ${secret} `);
        const name = box(asksForName).locator('input.input');
        await name.waitFor();
        expect(await name.inputValue()).toBe('proj_notebook');
        await enterText(window, asksForName, 'Notebook');
        await notification(
          window,
          '“Notebook” was added. Organization Brightwell Labs, project proj_notebook. API key, metered by token.',
        ).waitFor();
        await expect.poll(inAccountsMenu, soon).toEqual(['Notebook']);
        expect((await simulator.counts()).api).toBe(1);
        await removeAll();
      });

      it('that the API refuses stays in the box, with what to do, and is not kept', async () => {
        const { window, simulator } = stage;
        const [revoked, good] = [await simulator.issueApiKey(), await simulator.issueApiKey()];
        await simulator.setApiKey(revoked, 'revoked');
        await begin('sk-no');
        await box('This does not look like a key').waitFor();
        expect((await simulator.counts()).api).toBe(0);
        for (const secret of ['sk-mistyped-and-never-given-out', revoked]) {
          await enterText(window, 'Add API Key', '');
          await box('Paste a key, or press Escape to leave.').waitFor();
          await enterText(window, 'Add API Key', secret);
          await box('The API refuses this key: it is mistyped, was revoked, or belongs to another API.').waitFor();
        }
        await screenshot(window, 'api-key-refused');
        await simulator.fail({ route: 'api', fault: 'drop' });
        await enterText(window, 'Add API Key', good);
        await box('The service cannot be reached.').locator('input.input').press('Enter');
        await enterText(window, asksForName, 'Good');
        await expect.poll(inAccountsMenu, soon).toEqual(['Good']);
        await removeAll();
      });

      it('that the API limits is kept, and that is said; one that is not allowed is not, and leads to where it can be mended', async () => {
        const { window, simulator } = stage;
        const [limited, spent, forbidden] = [await simulator.issueApiKey(), await simulator.issueApiKey(), await simulator.issueApiKey()];
        await simulator.setApiKey(limited, 'rateLimited');
        await simulator.setApiKey(spent, 'outOfBudget');
        await simulator.setApiKey(forbidden, 'forbidden');
        await add(limited, 'Limited');
        await notification(window, 'The API says that too much is asked of it just now').waitFor();
        await add(spent, 'Spent');
        await notification(window, 'its credit or its budget is used up').waitFor();
        await begin(forbidden);
        const notice = notification(window, 'The API does not let this key be used from here');
        await notice.getByRole('button', { name: 'Open API Keys Page' }).waitFor();
        expect(await inAccountsMenu()).toEqual(['Limited', 'Spent']);
        await runCommand(window, 'Notifications: Clear All Notifications');

        await simulator.setApiKey(limited, 'good');
        await openKey('Limited', 'Check Again');
        await notification(window, 'The API takes “Limited”. API key, metered by token.').waitFor();
        await openKey('Spent', 'Check Again');
        await notification(window, '“Spent” was checked. The API knows the key, but its credit or its budget is used up.').waitFor();
        await removeAll();
      });
    });

    describe('the account menu', () => {
      it('shows keys beside accounts, each with who pays, and a key that was revoked says so until it is replaced [R60]', async () => {
        const { window, simulator } = stage;
        await signInAs(stage, 'ada');
        const old = await simulator.issueApiKey({ project: 'proj_notebook' });
        await add(old, 'Notebook');
        await add(await simulator.issueApiKey(), 'Another');
        const host = new URL(simulator.apiUrl).host;
        expect(await rows()).toEqual([
          expect.stringContaining(`${stage.label('ada@example.com')}, Plus, ChatGPT plan, usage windows · ${host}`),
          expect.stringContaining(`Another, API key, metered by token · ${host}`),
          expect.stringContaining(`Notebook, Project proj_notebook, API key, metered by token · ${host}`),
          expect.stringContaining('Sign In with Another Account…, ChatGPT plan, usage windows'),
          expect.stringContaining('Add API Key…, API key, metered by token'),
          expect.stringContaining('Plan or API key?'),
          expect.stringContaining('Sign Out…'),
          expect.stringContaining('Disconnect All Accounts…'),
          expect.stringContaining('Refresh Usage'),
          expect.stringContaining('Diagnose Sign-In'),
          expect.stringContaining('Show Log'),
        ]);
        await screenshot(window, 'account-menu-with-keys');
        await window.keyboard.press('Escape');

        await simulator.setApiKey(old, 'revoked');
        await openKey('Notebook', 'Check Again');
        const notice = notification(window, 'The API refuses “Notebook”: it was revoked, or is no key of this API.');
        await notice.waitFor();
        expect(await rows()).toContainEqual(expect.stringContaining('Refused by the API: replace it · API key, metered by token'));
        await window.keyboard.press('Escape');
        await notice.getByRole('button', { name: 'Replace…' }).click();
        await enterText(window, asksForKey, await simulator.issueApiKey({ project: 'proj_next' }));
        await notification(window, '“Notebook” was replaced. Project proj_next. API key, metered by token.').waitFor();

        await openKey('Notebook', 'Rename…');
        await enterText(window, asksForName, 'Sketchbook');
        await expect.poll(inAccountsMenu, soon).toEqual(['Another', 'Sketchbook']);
        expect(await rows()).toContainEqual(expect.stringContaining('Sketchbook, Project proj_next, API key, metered by token'));
        await window.keyboard.press('Escape');
        await runCommand(window, 'Notifications: Clear All Notifications');

        await runCommand(window, 'ChatGPT: Remove API Key');
        await quickPick(window, 'Which API key should be removed?').waitFor();
        await choose(window, 'Sketchbook');
        await dialogButton(window, 'Remove').click();
        await notification(window, '“Sketchbook” was removed from this machine.').waitFor();
        await expect.poll(inAccountsMenu, soon).toEqual(['Another']);
        expect(await inVault(stage.workbench, 'SELECT count(*) AS keys FROM api_key')).toEqual([{ keys: 1 }]);
        await removeAll();
      });
    });
  },
  { secrets: ['api_key'] },
);
