// VS Code where nobody sits, or many do: a personal account is asked about before it is signed in to, and an API key is offered.
import { describe, expect, it } from 'vitest';
import { approvedAs, quickPick, showsStatus, signedOutText, soon, useFreshStage } from '../stage.ts';
import { accountsMenuLabels, dialogButton, enterText, notification, runCommand, screenshot, visibleText } from '../workbench.ts';

const question = 'Sign in with a personal account here?';

useFreshStage(
  stage => {
    const isAsked = async () => {
      await runCommand(stage.window, 'ChatGPT: Sign In');
      await dialogButton(stage.window, 'Sign In Anyway').waitFor();
      expect((await visibleText(stage.window)).dialogs).toEqual([expect.stringContaining(question)]);
    };

    describe('in continuous integration', () => {
      it('asks before anything is sent or opened, and takes no for an answer [R68]', async () => {
        const { window, simulator, panel } = stage;
        await isAsked();
        expect((await visibleText(window)).dialogs[0]).toContain('(CI is set)');
        await screenshot(window, 'unattended');
        await dialogButton(window, 'Cancel').click();
        await showsStatus(stage, signedOutText);
        expect(await panel.tab.isVisible()).toBe(false);
        expect(await simulator.requests()).toEqual([]);
      });

      it('leads to an API key in its place', async () => {
        const { window, simulator } = stage;
        await isAsked();
        await dialogButton(window, 'Add API Key').click();
        await enterText(window, 'Paste the key.', await simulator.issueApiKey());
        await enterText(window, 'Name of the key', 'Build');
        await notification(window, 'Added “Build”.').waitFor();
        await showsStatus(stage, signedOutText);
        expect(await accountsMenuLabels(window)).toContain('Build (OpenAI API key)');
        // The only key: it is removed without a question which.
        await runCommand(window, 'ChatGPT: Remove API Key');
        await dialogButton(window, 'Remove').click();
        await expect.poll(() => accountsMenuLabels(window), soon).not.toContain('Build (OpenAI API key)');
        await runCommand(window, 'ChatGPT: Remove API Key');
        await notification(window, 'There are no API keys to remove.').waitFor();
        expect(await quickPick(window, 'Select an API key to remove').count()).toBe(0);
      });

      it('signs in where the person insists, and asks once in a window', async () => {
        const { window } = stage;
        await isAsked();
        await approvedAs(stage, 'ada', () => dialogButton(window, 'Sign In Anyway').click());
        await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
        await approvedAs(stage, 'ben', () => runCommand(window, 'ChatGPT: Sign In'));
        await expect.poll(() => accountsMenuLabels(window), soon).toContain(`${stage.label('ben@example.com')} (ChatGPT)`);
      });
    });
  },
  { env: { CI: 'true' }, secrets: ['api_key'] },
);
