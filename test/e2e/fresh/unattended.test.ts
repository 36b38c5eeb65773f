// VS Code in an environment without a person, or with many: signing in asks first, and offers an API key.
import { describe, expect, it } from 'vitest';
import { approvedAs, quickPick, showsStatus, signedOutText, soon, useFreshStage } from '../stage.ts';
import { accountsMenuLabels, dialogButton, enterText, notification, runCommand, screenshot, visibleText } from '../workbench.ts';

const question = 'Sign in with a personal account here?';

useFreshStage(
  stage => {
    const showsDialog = async () => {
      await runCommand(stage.window, 'ChatGPT: Sign In');
      await dialogButton(stage.window, 'Sign In Anyway').waitFor();
      expect((await visibleText(stage.window)).dialogs).toEqual([expect.stringContaining(question)]);
    };

    describe('in continuous integration', () => {
      it('signing in asks before it sends or opens anything, and cancelling ends it [R68]', async () => {
        const { window, simulator, panel } = stage;
        await showsDialog();
        expect((await visibleText(window)).dialogs[0]).toContain('(CI is set)');
        await screenshot(window, 'unattended');
        await dialogButton(window, 'Cancel').click();
        await showsStatus(stage, signedOutText);
        expect(await panel.tab.isVisible()).toBe(false);
        expect(await simulator.requests()).toEqual([]);
      });

      it('the dialog offers to add an API key instead', async () => {
        const { window, simulator } = stage;
        await showsDialog();
        await dialogButton(window, 'Add API Key').click();
        await enterText(window, 'Paste the key.', await simulator.issueApiKey());
        await enterText(window, 'Name of the key', 'Build');
        await notification(window, 'Added “Build”.').waitFor();
        await showsStatus(stage, signedOutText);
        const label = expect.stringMatching(/^Build \([0-9a-f]{8}\) \(OpenAI API key\)$/) as string;
        expect(await accountsMenuLabels(window)).toContainEqual(label);
        // The only key is removed without a selection.
        await runCommand(window, 'ChatGPT: Remove API Key');
        await dialogButton(window, 'Remove').click();
        await expect.poll(() => accountsMenuLabels(window), soon).not.toContainEqual(label);
        await runCommand(window, 'ChatGPT: Remove API Key');
        await notification(window, 'There are no API keys to remove.').waitFor();
        expect(await quickPick(window, 'Select an API key to remove').count()).toBe(0);
      });

      it('a person can sign in anyway, and is asked once per window', async () => {
        const { window } = stage;
        await showsDialog();
        await approvedAs(stage, 'ada', () => dialogButton(window, 'Sign In Anyway').click());
        await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
        await approvedAs(stage, 'ben', () => runCommand(window, 'ChatGPT: Sign In'));
        await expect.poll(() => accountsMenuLabels(window), soon).toContain(`${stage.label('ben@example.com')} (ChatGPT)`);
      });
    });
  },
  { env: { CI: 'true' }, secrets: ['api_key'] },
);
