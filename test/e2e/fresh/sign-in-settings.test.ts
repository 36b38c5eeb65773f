import { describe, expect, it } from 'vitest';
import { choose, decide, onPhone, opensPage, showsStatus, signedOutText, soon, useFreshStage } from '../stage.ts';
import { accountsMenuLabels, runCommand } from '../workbench.ts';

/** Sam Rivers' team workspace at the simulator. */
const team = '51500009-0000-4000-8000-000000000009';

useFreshStage(
  stage => {
    const begin = async (command = 'ChatGPT: Sign In') => {
      await stage.simulator.set({ deviceInterval: 1 });
      await runCommand(stage.window, command);
      return await stage.panel.userCode();
    };

    const accounts = async () => (await accountsMenuLabels(stage.window)).filter(label => label.endsWith('(ChatGPT)'));

    it('with the sign-in method "auto", a window whose redirects may not arrive uses a device code and opens no page', async () => {
      const { window, browser, simulator } = stage;
      await begin();
      expect(browser.pages()).toEqual([window]);
      expect(await simulator.counts()).toMatchObject({ authorize: 0, deviceStart: 1 });
    });

    describe('with one allowed workspace', () => {
      it('signing in to another workspace fails and revokes its session, and signing in to the allowed one works', async () => {
        const { simulator, panel } = stage;
        const code = await begin();
        await onPhone(stage, async phone => {
          await phone.goto(`${simulator.issuer}/codex/device`);
          await phone.getByLabel('Code').fill(code);
          await phone.getByRole('button', { name: 'Continue' }).click();
          await choose(phone, 'Sam Rivers', 'Personal');
          await phone.getByRole('button', { name: 'Approve' }).click();
          await phone.getByText('Go back to your device').waitFor();
        });
        await panel.fails('This workspace is not allowed by the setting chatgptSignIn.allowedWorkspace, so this sign-in was not saved.', [
          'Try Again',
          'Use the Browser',
          'Show Log',
        ]);
        await showsStatus(stage, signedOutText);
        await expect
          .poll(() => simulator.sessions({ all: true }))
          .toMatchObject([{ account: 'sam', workspace: 'personal', revoked: 'revoked' }]);
        expect(await accounts()).toEqual([]);

        await panel.button('Try Again').click();
        await simulator.approveDevice(await panel.userCode(), { account: 'sam', workspace: 'team' });
        await showsStatus(stage, /^Business · 5h/);
        await expect.poll(accounts, soon).toEqual([`${stage.label('sam@example.com', 'team')} (ChatGPT)`]);
      });

      it('a browser sign-in requests the allowed workspace', async () => {
        const { window, simulator } = stage;
        const page = await opensPage(stage, () => runCommand(window, 'ChatGPT: Sign In with Browser'));
        await choose(page, 'Sam Rivers');
        await decide(page, 'Approve');
        await window.bringToFront();
        await showsStatus(stage, /^Business/);
        const authorize = (await simulator.requests()).find(({ kind }) => kind === 'authorize');
        expect(authorize?.params).toMatchObject({ allowed_workspace_id: team });
      });
    });
  },
  {
    secrets: ['device_auth_id', 'user_code'],
    settings: { 'chatgptSignIn.signInMethod': 'auto', 'chatgptSignIn.allowedWorkspace': [team] },
  },
);
