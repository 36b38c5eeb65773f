import { describe, expect, it } from 'vitest';
import { choose, decide, isFree, offersSignIn, opensPage, showsStatus, signedOutText, signInAs, soon, useFreshStage } from '../stage.ts';
import { accountsMenuLabels, runCommand } from '../workbench.ts';

const left = 'Plus · 5h 66% · wk 42% left';

useFreshStage(stage => {
  describe('a window', () => {
    it('that is closed while the browser is waited for lets go of the port, and the next one signs in [R3]', async () => {
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

    it('that is loaded again finds the session and its last reading again, and asks for nothing until somebody does', async () => {
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
      // A person who asks is also told when saved resets lapse.
      const paths = (await simulator.requests()).map(({ path }) => path.replace('/backend-api/wham/', ''));
      expect(paths).toEqual(['usage', 'rate-limit-reset-credits']);
    });

    it('whose settings name an address that is not https says so, and sends nothing to it [R15]', async () => {
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
