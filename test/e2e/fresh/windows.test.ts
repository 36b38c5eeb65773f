import { describe, expect, it } from 'vitest';
import { choose, decide, isFree, offersSignIn, opensPage, showsStatus, signedOutText, signInAs, soon, useFreshStage } from '../stage.ts';
import { accountsMenuLabels, runCommand } from '../workbench.ts';

const left = 'Plus · 5h 66% · wk 42% left';

useFreshStage(stage => {
  describe('a window', () => {
    it('a window closed during a browser sign-in frees the port, and the next window can sign in [R3]', async () => {
      const page = await opensPage(stage, () => runCommand(stage.window, 'ChatGPT: Sign In'));
      expect(await isFree(1455)).toBe(false);
      await stage.window.close();
      await expect.poll(() => isFree(1455), soon).toBe(true);
      await page.close();

      await stage.replaceWindow();
      await offersSignIn(stage);
      const second = await opensPage(stage, () => runCommand(stage.window, 'ChatGPT: Sign In'));
      await choose(second, 'Ada Brightwell');
      expect((await decide(second, 'Approve')).text).toContain("You're signed in");
      await showsStatus(stage, left);
    });

    it('a reloaded window shows the session and the last reading, and sends no request until the person refreshes', async () => {
      const { window, simulator } = stage;
      await signInAs(stage, 'ada');
      await showsStatus(stage, left);
      await simulator.reset();
      await simulator.account({ account: 'ada', used: { '5h': 50, weekly: 60 } });
      await window.reload();
      await showsStatus(stage, left);
      const labels = await accountsMenuLabels(window);
      expect(labels).toContain(`${stage.label('ada@example.com')} (ChatGPT)`);
      await offersSignIn(stage, false);
      expect(await simulator.requests()).toEqual([]);
      await runCommand(window, 'ChatGPT: Refresh Usage');
      await showsStatus(stage, 'Plus · 5h 50% · wk 40% left');
      // A refresh by the person also requests the expiry of saved resets.
      const paths = (await simulator.requests()).map(({ path }) => path.replace('/backend-api/wham/', ''));
      expect(paths).toEqual(['usage', 'rate-limit-reset-credits']);
    });

    it('a window whose issuer is not an https URL says so at the sign-in, and sends nothing to it [R15]', async () => {
      const { window, workbench, simulator, panel } = stage;
      await workbench.changeSettings({ 'chatgptSignIn.issuer': 'http://sign-in.example' });
      await window.reload();
      await offersSignIn(stage);
      await workbench.changeSettings({ 'chatgptSignIn.issuer': simulator.issuer });
      expect(await simulator.requests()).toEqual([]);
      await runCommand(window, 'ChatGPT: Sign In');
      await panel.fails("A URL in the settings doesn't use https. Nothing was sent to it.", ['Open Settings', 'Show Log']);
      await showsStatus(stage, signedOutText);
      expect(stage.browser.pages()).toEqual([window]);
    });
  });
});
