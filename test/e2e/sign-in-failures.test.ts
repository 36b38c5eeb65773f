import { describe, expect, it } from 'vitest';
import {
  choose,
  decide,
  isFree,
  land,
  occupy,
  offersSignIn,
  opensPage,
  showsStatus,
  signedOutText,
  signingInText,
  soon,
  statusText,
  useStage,
} from './stage.ts';
import { accountsMenuLabels, notification, runCommand } from './workbench.ts';

const left = 'Plus · 5h 66% · wk 42% left';
const again = 'Close this page, go back to VS Code, and try again.';

useStage(stage => {
  const begin = () => opensPage(stage, () => runCommand(stage.window, 'ChatGPT: Sign In'));

  describe('a browser sign-in', () => {
    it('denied access is shown in the browser and in VS Code, and trying again works', async () => {
      const { window, panel } = stage;
      const page = await begin();
      await choose(page, 'Ada Brightwell');
      const { text } = await decide(page, 'Deny');
      const sentence = 'Access was denied on the sign-in page. This sign-in was not saved.';
      expect(text).toBe(`You're not signed in\n\n${sentence}\n\n${again}`);
      await window.bringToFront();
      await showsStatus(stage, signedOutText);
      await panel.fails(sentence, ['Try Again', 'Use a Device Code', 'Show Log']);
      // The panel shows the error, so no notification does.
      expect(await notification(window, /./).count()).toBe(0);

      const second = await opensPage(stage, () => panel.button('Try Again').click());
      await choose(second, 'Ada Brightwell');
      expect((await decide(second, 'Approve')).text).toContain("You're signed in");
      await showsStatus(stage, left);
      await offersSignIn(stage, false);
    });

    it('a workspace without Codex is explained, and the attempt is in the log', async () => {
      const { window, panel } = stage;
      const page = await begin();
      const { text } = await land(page, () => choose(page, 'Noa Keller'));
      const sentence = 'Codex is not enabled for this workspace. Ask its administrator, or choose another workspace or account.';
      expect(text).toBe(`You're not signed in\n\n${sentence}\n\n${again}`);
      await window.bringToFront();
      await showsStatus(stage, signedOutText);
      await panel.fails(sentence);
      await panel.button('Show Log').click();
      await window.locator('.part.panel .output-view, .part.panel [id*="output"]').first().waitFor();
      await expect.poll(() => window.locator('.part.panel .view-lines').innerText(), soon).toContain('noEntitlement');
      await runCommand(window, 'View: Hide Panel');
    });

    it('cancelling restores the signed-out state and frees the port', async () => {
      const { window, panel } = stage;
      await begin();
      await window.bringToFront();
      expect(await isFree(1455)).toBe(false);
      await panel.button('Cancel').click();
      await showsStatus(stage, signedOutText, 'ChatGPT, not signed in. Sign in.');
      await expect.poll(() => isFree(1455), soon).toBe(true);
      await panel.isGone();
      // A cancellation is no error.
      expect(await notification(window, /./).count()).toBe(0);
      await offersSignIn(stage);
    });

    it('a redirect of an earlier, cancelled sign-in is refused, and the newer sign-in goes on', async () => {
      const { window, simulator, panel } = stage;
      const first = await begin();
      await choose(first, 'Pia Navarro');
      await window.bringToFront();
      await panel.button('Cancel').click();
      await showsStatus(stage, signedOutText);

      const second = await begin();
      await choose(second, 'Ada Brightwell');
      await first.bringToFront();
      const old = await decide(first, 'Approve');
      expect(old.response.status()).toBe(400);
      expect(old.text).toBe(
        'This page belongs to another sign-in\n\n' +
          'VS Code is waiting for a newer sign-in. Close this page and use the page that opened last, or start again in VS Code.',
      );
      expect(await statusText(stage)).toBe(signingInText);
      expect(await simulator.counts()).toMatchObject({ code: 0 });

      await second.bringToFront();
      expect((await decide(second, 'Approve')).text).toContain("You're signed in");
      await window.bringToFront();
      await showsStatus(stage, left);
      expect((await simulator.sessions()).map(({ account }) => account)).toEqual(['ada']);
    });
  });

  describe('the redirect ports', () => {
    it('two busy ports are reported, and trying again works once they are free', async () => {
      const { window, browser, panel } = stage;
      const leave = await Promise.all([occupy(1455), occupy(1457)]);
      try {
        await runCommand(window, 'ChatGPT: Sign In');
        await panel.fails('Other programs are using both redirect ports (1455 and 1457). Close one of them, then try again.', [
          'Try Again',
          'Use a Device Code',
          'Show Log',
        ]);
        await showsStatus(stage, signedOutText);
        expect(browser.pages()).toEqual([window]);
      } finally {
        await Promise.all(leave.map(each => each()));
      }
      const page = await opensPage(stage, () => panel.button('Try Again').click());
      await choose(page, 'Ada Brightwell');
      await decide(page, 'Approve');
      await showsStatus(stage, left);
    });

    it('the second port is used when the first is busy', async () => {
      const leave = await occupy(1455);
      try {
        const page = await begin();
        await choose(page, 'Ada Brightwell');
        const { response, text } = await decide(page, 'Approve');
        expect(new URL(response.url()).port).toBe('1457');
        expect(text).toContain("You're signed in");
        await showsStatus(stage, left);
      } finally {
        await leave();
      }
    });

    it("a Codex CLI's /cancel request, a browser's icon request and forged redirects do not end the sign-in", async () => {
      const page = await begin();
      const statuses = await Promise.all(
        ['/cancel', '/favicon.ico', '/auth/callback?code=forged&state=forged', '/auth/callback?error=access_denied'].map(
          async path => (await fetch(`http://127.0.0.1:1455${path}`)).status,
        ),
      );
      expect(statuses).toEqual([404, 404, 400, 400]);
      expect(await statusText(stage)).toBe(signingInText);
      await choose(page, 'Ada Brightwell');
      expect((await decide(page, 'Approve')).text).toContain("You're signed in");
      await showsStatus(stage, left);
    });
  });

  it('a service that does not respond to the code signs nobody in, and trying again works', async () => {
    const { window, simulator, panel } = stage;
    await simulator.fail({ route: 'token', fault: { status: 503 }, times: 5 });
    const page = await begin();
    await choose(page, 'Ada Brightwell');
    const { text } = await decide(page, 'Approve');
    const sentence = 'The service is currently unavailable or too busy.';
    expect(text).toBe(`You're not signed in\n\n${sentence}\n\n${again}`);
    await window.bringToFront();
    await showsStatus(stage, signedOutText);
    expect(await accountsMenuLabels(window)).not.toContain(`${stage.label('ada@example.com')} (ChatGPT)`);
    await panel.fails(sentence);
    await simulator.reset();
    const second = await opensPage(stage, () => panel.button('Try Again').click());
    await choose(second, 'Ada Brightwell');
    await decide(second, 'Approve');
    await expect.poll(() => statusText(stage), soon).toMatch(/^Plus · /);
  });
});
