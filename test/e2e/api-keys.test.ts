// API keys as a person uses them: pasted, checked, shown beside accounts with their billing, replaced, renamed and removed.
import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { quickPick, signInAs, soon, useStage } from './stage.ts';
import { inVault } from './vault.ts';
import { accountsMenuLabels, choose, dialogButton, enterText, notification, runCommand, screenshot } from './workbench.ts';

const asksForKey = 'Paste the key.';
const asksForName = 'Name of the key';
const menuText = 'Select an account or an action';

useStage(
  stage => {
    const inAccountsMenu = async () =>
      (await accountsMenuLabels(stage.window)).flatMap(label => /^(.+) \(\w{8}\) \(OpenAI API key\)$/.exec(label)?.[1] ?? []);
    const box = (prompt: string): Locator => stage.window.locator('.quick-input-widget:visible').filter({ hasText: prompt });

    const begin = async (secret: string) => {
      await runCommand(stage.window, 'ChatGPT: Add API Key');
      await enterText(stage.window, asksForKey, secret);
    };
    const add = async (secret: string, name: string) => {
      await begin(secret);
      await enterText(stage.window, asksForName, name);
      await notification(stage.window, `Added “${name}”.`).waitFor();
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

    describe('an API key', () => {
      it('a pasted key is hidden while typed, checked, and added with its owner and billing', async () => {
        const { window, simulator } = stage;
        const secret = await simulator.issueApiKey({ organization: 'Brightwell Labs', project: 'proj_notebook' });
        await runCommand(window, 'ChatGPT: Add API Key');
        const input = box(asksForKey).locator('input.input');
        await input.waitFor();
        expect(await input.getAttribute('type')).toBe('password');
        await screenshot(window, 'api-key-box');
        // Copied with the spaces around it.
        await enterText(window, asksForKey, ` ${secret} `);
        const name = box(asksForName).locator('input.input');
        await name.waitFor();
        expect(await name.inputValue()).toBe('proj_notebook');
        await enterText(window, asksForName, 'Notebook');
        await notification(
          window,
          'Added “Notebook”. Organization Brightwell Labs, project proj_notebook. Billed per token (API key).',
        ).waitFor();
        await expect.poll(inAccountsMenu, soon).toEqual(['Notebook']);
        expect((await simulator.counts()).api).toBe(1);
        await removeAll();
      });

      it('a key that the API refuses stays in the input box with an explanation, and is not stored', async () => {
        const { window, simulator } = stage;
        const [revoked, good] = [await simulator.issueApiKey(), await simulator.issueApiKey()];
        await simulator.setApiKey(revoked, 'revoked');
        await begin('sk-no');
        await box("This doesn't look like an API key").waitFor();
        expect((await simulator.counts()).api).toBe(0);
        for (const secret of ['sk-mistyped-and-never-given-out', revoked]) {
          await enterText(window, 'Add API Key', '');
          await box('Paste a key, or press Escape to cancel.').waitFor();
          await enterText(window, 'Add API Key', secret);
          await box('The API rejected this key. It may be mistyped, revoked, or for another API.').waitFor();
        }
        await screenshot(window, 'api-key-refused');
        await simulator.fail({ route: 'api', fault: 'drop' });
        await enterText(window, 'Add API Key', good);
        await box("Couldn't reach the service.").locator('input.input').press('Enter');
        await enterText(window, asksForName, 'Good');
        await expect.poll(inAccountsMenu, soon).toEqual(['Good']);
        await removeAll();
      });

      it('a key over its rate limit or budget is stored with a notification, and one that is refused for its country is not, with a way to the proxy', async () => {
        const { window, simulator } = stage;
        const [limited, spent, forbidden] = [await simulator.issueApiKey(), await simulator.issueApiKey(), await simulator.issueApiKey()];
        await simulator.setApiKey(limited, 'rateLimited');
        await simulator.setApiKey(spent, 'outOfBudget');
        await simulator.setApiKey(forbidden, 'forbidden');
        await add(limited, 'Limited');
        await notification(window, 'Rate limit reached, so the key could not be checked.').waitFor();
        await add(spent, 'Spent');
        await notification(window, 'its credit or budget is used up').waitFor();
        await begin(forbidden);
        const notice = notification(window, "OpenAI doesn't offer this in the country or region");
        await notice.getByRole('button', { name: 'Open Settings' }).waitFor();
        expect(await inAccountsMenu()).toEqual(['Limited', 'Spent']);
        await runCommand(window, 'Notifications: Clear All Notifications');

        await simulator.setApiKey(limited, 'good');
        await openKey('Limited', 'Check Again');
        await notification(window, '“Limited” is valid. Billed per token (API key).').waitFor();
        await openKey('Spent', 'Check Again');
        await notification(window, 'Checked “Spent”. The API knows the key, but its credit or budget is used up.').waitFor();
        await removeAll();
      });
    });

    describe('the account menu', () => {
      it('the account menu shows keys beside accounts, each with its billing, and marks a revoked key until it is replaced [R60]', async () => {
        const { window, simulator } = stage;
        await signInAs(stage, 'ada');
        const old = await simulator.issueApiKey({ project: 'proj_notebook' });
        await add(old, 'Notebook');
        await add(await simulator.issueApiKey(), 'Another');
        const host = new URL(simulator.apiUrl).host;
        // A list has only the rows that its height shows.
        await window.setViewportSize({ width: 1280, height: 1000 });
        expect(await rows()).toEqual([
          expect.stringContaining(`${stage.label('ada@example.com')}, Plus, Included in your ChatGPT plan · ${host}`),
          expect.stringContaining(`Another, Billed per token (API key) · ${host}`),
          expect.stringContaining(`Notebook, Project proj_notebook, Billed per token (API key) · ${host}`),
          expect.stringContaining('Sign In with Another Account…, Included in your ChatGPT plan'),
          expect.stringContaining('Add API Key…, Billed per token (API key)'),
          expect.stringContaining('Models in chat: off, Use the models of your plan'),
          expect.stringContaining('Plan or API key?'),
          expect.stringContaining('Sign Out…'),
          expect.stringContaining('Disconnect All Accounts…'),
          expect.stringContaining('Refresh Usage'),
          expect.stringContaining('Diagnose Sign-In'),
          expect.stringContaining('Show Log'),
        ]);
        await screenshot(window, 'account-menu-with-keys');
        await window.keyboard.press('Escape');
        await window.setViewportSize({ width: 1280, height: 800 });

        await simulator.setApiKey(old, 'revoked');
        await openKey('Notebook', 'Check Again');
        const notice = notification(window, 'The API rejected “Notebook”. The key was revoked or belongs to another API.');
        await notice.waitFor();
        expect(await rows()).toContainEqual(expect.stringContaining('Rejected by the API: replace it · Billed per token (API key)'));
        await window.keyboard.press('Escape');
        await notice.getByRole('button', { name: 'Replace…' }).click();
        await enterText(window, asksForKey, await simulator.issueApiKey({ project: 'proj_next' }));
        await notification(window, 'Replaced “Notebook”. Project proj_next. Billed per token (API key).').waitFor();

        await openKey('Notebook', 'Rename…');
        await enterText(window, asksForName, 'Sketchbook');
        await expect.poll(inAccountsMenu, soon).toEqual(['Another', 'Sketchbook']);
        expect(await rows()).toContainEqual(expect.stringContaining('Sketchbook, Project proj_next, Billed per token (API key)'));
        await window.keyboard.press('Escape');
        await runCommand(window, 'Notifications: Clear All Notifications');

        await runCommand(window, 'ChatGPT: Remove API Key');
        await quickPick(window, 'Select an API key to remove').waitFor();
        await choose(window, 'Sketchbook');
        await dialogButton(window, 'Remove').click();
        await notification(window, 'Removed “Sketchbook” from this computer.').waitFor();
        await expect.poll(inAccountsMenu, soon).toEqual(['Another']);
        expect(await inVault(stage.workbench, 'SELECT count(*) AS keys FROM api_key')).toEqual([{ keys: 1 }]);
        await removeAll();
      });
    });
  },
  { secrets: ['api_key'] },
);
