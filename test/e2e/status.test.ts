import { describe, expect, it } from 'vitest';
import { opensPage, showsStatus, signedOutText, signingInText, signInAs, signOutByCommand, tooltip, useStage } from './stage.ts';
import { notification, runCommand, statusItem } from './workbench.ts';

useStage(stage => {
  describe('the status item', () => {
    it.each([
      ['fay', 'Free · mo 88% left', /^ChatGPT Free\. Monthly limit: 88% left, resets .+$/],
      ['gus', 'Go · mo 88% left', /^ChatGPT Go\. Monthly limit: 88% left, resets .+$/],
      ['ada', 'Plus · 5h 66% · wk 42% left', /^ChatGPT Plus\. 5-hour limit: 66% left, resets .+\. Weekly limit: 42% left, resets .+$/],
      ['pia', 'Pro · wk 93% left', /^ChatGPT Pro\. Weekly limit: 93% left, resets .+$/],
      ['ben', 'Business · 5h 97% · wk 93% left', /^ChatGPT Business\. 5-hour limit: 97% left, resets .+\. Weekly limit: 93% left, .+$/],
      ['eda', 'Edu · 5h 97% · wk 93% left', /^ChatGPT Edu\. 5-hour limit: 97% left, resets .+\. Weekly limit: 93% left, resets .+$/],
      ['eli', 'Enterprise', /^ChatGPT Enterprise\. OpenAI reported no usage limits for this plan\.?$/],
    ])('tells the plan of %s as "%s"', async (account, text, label) => {
      if (account !== 'ada') await stage.simulator.account({ account, used: { '5h': 3, weekly: 7, monthly: 12 } });
      await signInAs(stage, account);
      await showsStatus(stage, text, label);
      expect((await tooltip(stage))[0]).toBe(`${text.split(' · ')[0] ?? ''} · ${stage.label(`${account}@example.com`)}`);
    });

    it('starts a sign-in when clicked while nobody is signed in, and says so', async () => {
      const { window, panel } = stage;
      await showsStatus(stage, signedOutText, 'ChatGPT, not signed in. Sign in.');
      const page = await opensPage(stage, () => statusItem(window).click());
      await showsStatus(stage, signingInText, 'ChatGPT, signing in.');
      await window.bringToFront();
      await page.close();
      await panel.button('Cancel').click();
      await showsStatus(stage, signedOutText, 'ChatGPT, not signed in. Sign in.');
    });

    it('says that usage is being read, then shows it; read again by command it keeps what it has', async () => {
      const { window, simulator } = stage;
      await simulator.set({ usageDelayMs: 2000 });
      await Promise.all([signInAs(stage, 'ada'), showsStatus(stage, 'Plus', 'ChatGPT usage, loading.')]);
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      await simulator.account({ account: 'ada', used: { '5h': 100, weekly: 99.5 } });
      await simulator.set({ usageDelayMs: 0 });
      await runCommand(window, 'ChatGPT: Refresh Usage');
      await showsStatus(stage, 'Plus · 5h 0% · wk <1% left', /5-hour limit: 0% left, .*Weekly limit: <1% left, /);
    });

    it('shows the plan alone when usage cannot be read, the tooltip why, and the reading once it can', async () => {
      const { window, simulator } = stage;
      await simulator.fail({ route: 'usage', fault: { status: 500 }, times: 10 });
      await signInAs(stage, 'ada');
      const sentence = 'Usage was not read. The service is not available right now.';
      await showsStatus(stage, 'Plus', `ChatGPT Plus. ${sentence}`);
      expect(await tooltip(stage)).toEqual([`Plus · ${stage.label('ada@example.com')}`, sentence]);
      // Nobody asked for the reading, so nobody is told; who asks for it is told.
      expect(await notification(window, 'not available').count()).toBe(0);
      await runCommand(window, 'ChatGPT: Refresh Usage');
      const notice = notification(window, 'The service is not available right now.');
      await notice.waitFor();
      await simulator.reset();
      await notice.getByRole('button', { name: 'Try Again' }).click();
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      expect(await tooltip(stage)).toHaveLength(4);
    });

    it('says that a session ended, and signs in again on a click', async () => {
      const { window, simulator } = stage;
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      expect(await simulator.endSession('ada')).toBe(1);
      await runCommand(window, 'ChatGPT: Refresh Usage');
      await showsStatus(stage, 'ChatGPT: Sign in again', 'ChatGPT session ended. Sign in again.');
      await notification(window, `The session of ${stage.label('ada@example.com')} is over. Sign in again to go on.`).waitFor();
      expect(await tooltip(stage)).toEqual(['Your ChatGPT session ended.', stage.label('ada@example.com')]);
      await runCommand(window, 'Notifications: Clear All Notifications');

      await simulator.set({ autoApprove: 'ada' });
      const page = await opensPage(stage, () => statusItem(window).click());
      await page.getByText('You are signed in').waitFor();
      await window.bringToFront();
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
      await simulator.set({ autoApprove: null });
      await signOutByCommand(stage);
    });
  });
});
