import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  choose,
  chooseMenuItem,
  decide,
  signInEntry,
  offersSignIn,
  opensPage,
  showsStatus,
  signedOutText,
  signingInText,
  tooltip,
  useFreshStage,
} from '../stage.ts';
import { accountsMenuLabels, notification, openAccountsMenu, runCommand } from '../workbench.ts';

const left = 'Plus · 5h 66% · wk 42% left';
const waiting = 'Waiting for your browser';
const notice =
  'This extension is unofficial: OpenAI neither made nor endorses it. ' +
  "It signs in with the public client ID of OpenAI's Codex CLI (app_EMoamEEZ73f0CkXaXp7hrann).";

useFreshStage(stage => {
  describe('signing in', () => {
    it('a sign-in starts in the Accounts menu of a new installation and ends with plan and limits in the status bar [R1]', async () => {
      const { window, simulator, panel } = stage;
      await offersSignIn(stage);
      const page = await opensPage(stage, async () => {
        await chooseMenuItem((await openAccountsMenu(window)).filter({ hasText: signInEntry }));
      });
      await showsStatus(stage, signingInText, 'ChatGPT, signing in.');
      await panel.says(waiting);
      await window.bringToFront();
      await panel.text(notice).waitFor();
      expect(await panel.violations()).toEqual([]);

      await choose(page, 'Ada Brightwell');
      const landing = await decide(page, 'Approve');
      expect(landing.text).toBe("You're signed in\n\nYou can close this page and go back to VS Code.");

      await showsStatus(
        stage,
        left,
        /^ChatGPT Plus\. 5-hour limit 66 percent left, resets .+\. Weekly limit 42 percent left, resets .+\.$/,
      );
      expect(await tooltip(stage)).toEqual([
        `Plus · ${stage.label('ada@example.com')}`,
        'Included in your ChatGPT plan',
        '5-hour limit',
        '█████████████░░░░░░░ 34% used · 66% left',
        expect.stringMatching(/^resets in .+ \(.+\)$/),
        'Weekly limit',
        '████████░░░░░░░░░░░░ 58% used · 42% left',
        expect.stringMatching(/^resets in .+ \(.+\)$/),
        '1 saved reset, not usable now',
        expect.stringMatching(/^As of .+ \(just now\)$/),
        expect.stringMatching(/^Show Usage\s+Refresh\s+Accounts$/),
      ]);
      await panel.isGone();
      const labels = await accountsMenuLabels(window);
      expect(labels).toContain(`${stage.label('ada@example.com')} (ChatGPT)`);
      expect(labels).not.toContain(signInEntry);
      expect(await simulator.counts()).toMatchObject({ code: 1, refresh: 0, revoke: 0, usage: 1 });
      const authorize = (await simulator.requests()).find(({ kind }) => kind === 'authorize');
      expect(authorize?.params).toMatchObject({
        scope: 'openid profile email offline_access',
        redirect_uri: 'http://127.0.0.1:1455/auth/callback',
        code_challenge_method: 'S256',
        originator: expect.stringMatching(/^chatgpt-sign-in\/\d/) as string,
      });
    });

    it.each(['ChatGPT: Sign In', 'ChatGPT: Sign In with Browser'])('a sign-in starts with the command "%s"', async command => {
      const { window, panel } = stage;
      const page = await opensPage(stage, () => runCommand(window, command));
      await panel.says(waiting);
      expect(await panel.text('unofficial').count(), 'said once, before the first sign-in').toBe(0);
      await choose(page, 'Ada Brightwell');
      await decide(page, 'Approve');
      await window.bringToFront();
      await showsStatus(stage, left);
      await notification(window, `Signed in as ${stage.label('ada@example.com')}.`).waitFor();
      await offersSignIn(stage, false);
    });

    it('a second sign-in command during a browser sign-in joins it', async () => {
      const { window, browser, simulator, panel } = stage;
      const page = await opensPage(stage, () => runCommand(window, 'ChatGPT: Sign In'));
      await window.bringToFront();
      await panel.says('Waiting for your browser');
      await runCommand(window, 'ChatGPT: Sign In with Browser');
      await choose(page, 'Ada Brightwell');
      await decide(page, 'Approve');
      await showsStatus(stage, left);
      await notification(window, 'Signed in as').waitFor();
      expect(browser.pages()).toHaveLength(2);
      expect(await simulator.counts()).toMatchObject({ code: 1 });
    });
  });

  describe('the callback page', () => {
    it('the callback page loads and runs nothing, is not cached, and is readable in light and dark [R9]', async () => {
      const { window } = stage;
      const page = await opensPage(stage, () => runCommand(window, 'ChatGPT: Sign In'));
      await choose(page, 'Ada Brightwell');
      const requests: string[] = [];
      const complaints: string[] = [];
      page.on('request', request => {
        const { origin, pathname } = new URL(request.url());
        if (origin !== stage.simulator.issuer) requests.push(`${request.method()} ${pathname}`);
      });
      page.on('console', message => complaints.push(message.text()));
      const { response } = await decide(page, 'Approve');
      expect(response.status()).toBe(200);
      expect(await response.allHeaders()).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
        ) as string,
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      await page.waitForLoadState('networkidle');
      expect(requests).toEqual(['GET /auth/callback']);
      expect(complaints).toEqual([]);
      expect(await page.locator('script, link, img, iframe, [style], [onload]').count()).toBe(0);
      expect(await page.locator('html').getAttribute('lang')).toBe('en');

      const light = await contrasts(page, 'light');
      const dark = await contrasts(page, 'dark');
      expect(light.background).not.toEqual(dark.background);
      for (const { text, mark } of [light, dark]) {
        expect(text).toBeGreaterThan(7);
        expect(mark).toBeGreaterThan(3);
      }
      await showsStatus(stage, left);
    });
  });

  it('a signed-out window says so and sends no request', async () => {
    await showsStatus(stage, signedOutText, 'ChatGPT, not signed in. Sign in.');
    expect(await tooltip(stage)).toEqual(["Sign in with ChatGPT to see your plan's limits."]);
    expect(await stage.simulator.requests()).toEqual([]);
  });
});

/** The contrast of the page's text and of its mark to its background. */
async function contrasts(page: Page, colorScheme: 'light' | 'dark'): Promise<{ background: string; text: number; mark: number }> {
  await page.emulateMedia({ colorScheme });
  return await page.evaluate(() => {
    const colorOf = (selector: string) => getComputedStyle(document.querySelector(selector) ?? document.body).color;
    // The page's background is the system color Canvas, which only a computed style reveals.
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = 'Canvas';
    const background = getComputedStyle(probe).color;
    probe.remove();
    const luminance = (color: string): number => {
      const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(part => {
        const share = Number(part) / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (color: string): number => {
      const [lighter = 0, darker = 0] = [luminance(color), luminance(background)].sort((one, other) => other - one);
      return (lighter + 0.05) / (darker + 0.05);
    };
    return { background, text: Math.min(contrast(colorOf('h1')), contrast(colorOf('p'))), mark: contrast(colorOf('svg')) };
  });
}
