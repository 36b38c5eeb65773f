import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { choose, decide, opensPage, quickPick, showsStatus, signedOutText, soon, useFreshStage } from '../stage.ts';
import { dialogButton, runCommand, screenshot, setTheme, type Theme } from '../workbench.ts';

const steps = [
  'What you get when you sign in',
  'Plan or API key?',
  'Two ways to sign in',
  'Read the status bar',
  'Use your plan in chat',
  'Switch accounts or sign out',
];

useFreshStage(stage => {
  const editor = (): Locator => stage.window.locator('.gettingStartedContainer');
  const selected = (): Locator => editor().locator('.getting-started-step.expanded');
  /** What VS Code shows beside a step: a webview for text, an image for a picture. */
  const text = () => stage.window.locator('iframe.webview.ready').last().contentFrame().frameLocator('#active-frame').locator('body');
  const picture = (): Locator => editor().locator('.getting-started-media img');

  /** Opens the walkthrough, which VS Code shows at the first step that is not done. */
  async function open(): Promise<void> {
    await runCommand(stage.window, 'ChatGPT: First Steps');
    await hasFocus();
  }

  async function isAt(step: number): Promise<void> {
    await expect.poll(() => selected().locator('.step-title').innerText(), soon).toBe(steps[step]);
    await hasFocus();
  }

  /** Waits for the focus, which the walkthrough takes late: it would close the Command Palette. */
  async function hasFocus(): Promise<void> {
    await selected().waitFor();
    await expect.poll(() => editor().evaluate(element => element.contains(element.ownerDocument.activeElement)), soon).toBe(true);
  }

  async function goTo(step: number): Promise<void> {
    // Opened again while it is open, the walkthrough jumps back to its first step a moment later.
    if (await editor().isVisible()) await close(stage.window);
    await open();
    const at = steps.indexOf(await selected().locator('.step-title').innerText());
    for (let left = Math.abs(step - at); left > 0; left -= 1) await stage.window.keyboard.press(step > at ? 'ArrowDown' : 'ArrowUp');
    await isAt(step);
  }

  /** Presses the button of this name, reached with the keyboard from the selected step. */
  async function pressByKeyboard(name: string): Promise<void> {
    const { window } = stage;
    const focused = () => window.evaluate(() => document.activeElement?.textContent ?? '');
    for (let tries = 0; tries < 8 && (await focused()) !== name; tries += 1) await window.keyboard.press('Tab');
    expect(await focused()).toBe(name);
    await window.keyboard.press('Enter');
  }

  async function close(window: Page): Promise<void> {
    await runCommand(window, 'View: Close All Editors');
    await editor().waitFor({ state: 'detached' });
  }

  /** Makes the window wide enough for what is beside a step, as on a usual screen. */
  async function withRoom(act: () => Promise<void>): Promise<void> {
    const { window } = stage;
    await window.setViewportSize({ width: 1600, height: 800 });
    try {
      await act();
    } finally {
      await window.setViewportSize({ width: 1280, height: 800 });
      await close(window);
    }
  }

  it('the walkthrough opens by its command, and neither by itself nor from the list of walkthroughs before that', async () => {
    const { window } = stage;
    expect(await editor().count()).toBe(0);
    await runCommand(window, 'Welcome: Open Walkthrough...');
    const list = window.locator('.quick-input-widget:visible');
    await list.locator('.monaco-list-row').first().waitFor();
    expect(await list.innerText()).not.toContain('First Steps with ChatGPT');
    await window.keyboard.press('Escape');
    await open();
    await close(window);
  });

  describe.each<Theme>(['dark', 'light', 'hc'])('the walkthrough in the %s theme', theme => {
    it('every step is reached with the keyboard, and what is beside it is readable', async () => {
      const { window } = stage;
      await setTheme(window, theme);
      await withRoom(async () => {
        // VS Code sometimes leaves out what is beside the step that it opens with, until the person returns to it.
        await goTo(1);
        for (const [at, title] of steps.entries()) {
          await window.keyboard.press(at > 0 ? 'ArrowDown' : 'ArrowUp');
          await isAt(at);
          if (['Plan or API key?', 'Switch accounts or sign out'].includes(title)) {
            await text().locator('table').waitFor();
            const cut = await text().evaluate(body => body.scrollWidth - body.clientWidth);
            expect(cut, title).toBeLessThanOrEqual(0);
          } else if (at === 0) {
            await text().getByText('For extensions:').waitFor();
          } else {
            await expect.poll(() => picture().evaluate(image => (image as HTMLImageElement).naturalWidth), soon).toBeGreaterThan(200);
            expect(await picture().getAttribute('alt')).toMatch(/panel|status bar|picker/);
          }
          await screenshot(window, `first-steps-${String(at + 1)}-${theme}`);
        }
      });
    });
  });

  it('the table names who pays for the plan and for the key', async () => {
    await withRoom(async () => {
      await goTo(1);
      const rows = text().locator('tr');
      await rows.first().waitFor();
      expect(await rows.count()).toBe(7);
      const cells = await rows.nth(1).locator('td').allInnerTexts();
      expect(cells).toEqual(['Who pays', 'Your ChatGPT plan, at a fixed price', 'Your API account, billed per token']);
    });
  });

  it('the account menu opens the walkthrough at the table', async () => {
    const { window } = stage;
    await runCommand(window, 'ChatGPT: Manage Accounts');
    await quickPick(window, 'Select an account or an action').getByRole('option', { name: 'Plan or API key?' }).click();
    await isAt(1);
    await close(window);
  });

  it('the buttons run their commands with the keyboard', async () => {
    const { window, panel } = stage;
    await goTo(1);
    await pressByKeyboard('Add API Key');
    const box = window.locator('.quick-input-widget:visible').filter({ hasText: 'Paste the key.' });
    await box.waitFor();
    await window.keyboard.press('Escape');
    await box.waitFor({ state: 'hidden' });

    await goTo(2);
    await pressByKeyboard('Sign In with Device Code');
    await panel.code.waitFor();
    await panel.button('Cancel').click();
    await panel.isGone();
    await showsStatus(stage, signedOutText);

    await goTo(2);
    const page = await opensPage(stage, () => pressByKeyboard('Sign In with Browser'));
    await choose(page, 'Ada Brightwell');
    await decide(page, 'Approve');
    await page.close();
    await window.bringToFront();
    await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
    // The panel takes the focus back when it closes.
    await panel.isGone();
    await open();
    await expect.poll(() => isDone(2), soon).toBe(true);
    expect(await isDone(3)).toBe(false);

    await goTo(5);
    await pressByKeyboard('Disconnect All Accounts');
    await dialogButton(window, 'Disconnect All').click();
    await showsStatus(stage, signedOutText);
    await close(window);
  });

  async function isDone(step: number): Promise<boolean> {
    const box = editor().locator('.getting-started-step').nth(step).locator('.codicon').first();
    return ((await box.getAttribute('class')) ?? '').includes('step-checked');
  }
});
