import { describe, expect, it } from 'vitest';
import { memoryOf } from './secrets.ts';
import { isFree, occupy, onPhone, opensPage, showsStatus, signedOutText, soon, useStage } from './stage.ts';
import { accountsMenuLabels, dialogButton, notification, runCommand, visibleText } from './workbench.ts';

const left = 'Plus · 5h 66% · wk 42% left';
const enterCode = 'Enter this code on the sign-in page';
const byDevice = 'ChatGPT: Sign In with Device Code';

useStage(
  stage => {
    const begin = async () => {
      await stage.simulator.set({ deviceInterval: 1 });
      await runCommand(stage.window, byDevice);
      return await stage.panel.userCode();
    };

    describe('a device code [R26] [R29]', () => {
      it('a code entered on a phone signs this window in', async () => {
        const { window, simulator, panel, browser } = stage;
        const code = await begin();
        expect(code).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{5}$/);
        const spoken = Array.from(code, letter => (letter === '-' ? 'hyphen' : letter)).join(' ');
        expect(await panel.code.getAttribute('aria-label')).toBe(`Your code: ${spoken}`);
        expect(await panel.announcement.textContent()).toBe(`${enterCode}. ${spoken}`);
        const address = `${simulator.issuer}/codex/device`;
        await panel.text(address).waitFor();
        await panel.main.getByRole('img', { name: `QR code for ${address}` }).waitFor();
        await panel.text('The code expires in 15 minutes.').waitFor();
        await panel.text("Don't share it").waitFor();
        await panel.text("must be turned on in ChatGPT's security settings").waitFor();
        await showsStatus(stage, 'ChatGPT: Signing in', 'ChatGPT, signing in.');
        // The panel shows the code, and nothing else in the window does.
        expect(await window.content()).not.toContain(code);

        await onPhone(stage, async phone => {
          await phone.goto(address);
          await phone.getByLabel('Code').pressSequentially(code.toLowerCase());
          await phone.getByRole('button', { name: 'Continue' }).click();
          await phone.getByRole('button', { name: 'Ada Brightwell' }).click();
          await phone.getByRole('button', { name: 'Approve' }).click();
          await phone.getByText('Go back to your device').waitFor();
        });
        await showsStatus(stage, left);
        await panel.isGone();
        await notification(window, `Signed in as ${stage.label('ada@example.com')}.`).waitFor();
        expect(await accountsMenuLabels(window)).toContain(`${stage.label('ada@example.com')} (ChatGPT)`);
        expect(await memoryOf(window)).not.toContain(code);
        expect(browser.pages()).toEqual([window]);
        const { deviceStart, code: redeemed, authorize } = await simulator.counts();
        expect({ deviceStart, redeemed, authorize }).toEqual({ deviceStart: 1, redeemed: 1, authorize: 0 });
      });

      it('the first button of the panel copies the code and opens its page, and others do one of both', async () => {
        const { window, simulator, panel } = stage;
        const code = await begin();
        expect(await panel.buttons()).toEqual(['Copy Code and Open Page', 'Copy Code', 'Open Page', 'Use the Browser', 'Cancel']);
        const clipboard = () => window.evaluate(() => navigator.clipboard.readText());
        const opened = await opensPage(stage, () => panel.button('Copy Code and Open Page').click());
        expect(opened.url()).toBe(`${simulator.issuer}/codex/device`);
        await opened.close();
        await expect.poll(clipboard, soon).toBe(code);
        await window.evaluate(() => navigator.clipboard.writeText('something else'));
        const page = await opensPage(stage, () => panel.button('Open Page').click());
        expect(page.url()).toBe(`${simulator.issuer}/codex/device`);
        expect(await clipboard()).toBe('something else');
        await panel.button('Copy Code').click();
        await expect.poll(clipboard, soon).toBe(code);
        await simulator.approveDevice(code, { account: 'ada' });
        await showsStatus(stage, left);
      });

      it('an expired code can be replaced by a new one, which works', async () => {
        const { window, simulator, panel } = stage;
        await simulator.set({ deviceCodeSeconds: 2 });
        const old = await begin();
        await panel.fails('The code expired before the sign-in was completed.', ['Get a New Code', 'Use the Browser', 'Show Log']);
        expect(await memoryOf(window)).not.toContain(old);
        await showsStatus(stage, signedOutText);
        await simulator.set({ deviceCodeSeconds: 900 });
        await panel.button('Get a New Code').click();
        const code = await panel.userCode();
        expect(code).not.toBe(old);
        await simulator.approveDevice(code, { account: 'ada' });
        await showsStatus(stage, left);
        await panel.isGone();
      });

      it('a code that is denied on the phone is reported, and trying again works', async () => {
        const { window, simulator, panel } = stage;
        const code = await begin();
        await onPhone(stage, async phone => {
          await phone.goto(`${simulator.issuer}/codex/device`);
          await phone.getByLabel('Code').fill(code);
          await phone.getByRole('button', { name: 'Continue' }).click();
          await phone.getByRole('button', { name: 'Ada Brightwell' }).click();
          await phone.getByRole('button', { name: 'Deny' }).click();
          await phone.getByText('You refused').waitFor();
        });
        await panel.fails('The code was rejected on the sign-in page. This sign-in was not saved.', [
          'Try Again',
          'Use the Browser',
          'Show Log',
        ]);
        expect(await memoryOf(window)).not.toContain(code);
        await panel.button('Try Again').click();
        await panel.says(enterCode);
        await simulator.approveDevice(await panel.userCode(), { account: 'ada' });
        await showsStatus(stage, left);
      });

      const disabled =
        'Device codes are not available. They may be turned off for your account or workspace: turn them on in ' +
        "ChatGPT's security settings, ask the workspace administrator, or sign in with the browser.";

      it.each(['deviceStart', 'devicePoll'] as const)(
        'disabled device codes (%s) lead to the security settings and the browser, which works',
        async route => {
          const { window, simulator, panel } = stage;
          await simulator.set({ deviceInterval: 1 });
          await simulator.fail({ route, fault: 'disabled' });
          await runCommand(window, byDevice);
          await panel.fails(disabled, ['Open Security Settings', 'Use the Browser', 'Show Log']);
          await panel.button('Open Security Settings').click();
          await dialogButton(window, 'Cancel').waitFor();
          expect((await visibleText(window)).dialogs).toEqual([expect.stringContaining('https://chatgpt.com/#settings/Security')]);
          await dialogButton(window, 'Cancel').click();

          await simulator.set({ autoApprove: 'ada' });
          const page = await opensPage(stage, () => panel.button('Use the Browser').click());
          await page.getByText("You're signed in").waitFor();
          await window.bringToFront();
          await showsStatus(stage, left);
          await panel.isGone();
        },
      );

      it('temporary failures of the service do not end the sign-in', async () => {
        const { simulator, panel } = stage;
        await simulator.fail({ route: 'devicePoll', fault: 'slowDown' });
        const code = await begin();
        await expect.poll(async () => (await simulator.counts()).devicePoll, soon).toBeGreaterThan(0);
        await panel.says(enterCode);
        await simulator.approveDevice(code, { account: 'ada' });
        await showsStatus(stage, left);
      });
    });

    describe('switching between device code and browser', () => {
      it('switching from the code to the browser and back waits for only one of them at a time', async () => {
        const { window, simulator, panel } = stage;
        const first = await begin();
        expect(await isFree(1455)).toBe(true);
        await opensPage(stage, () => panel.button('Use the Browser').click());
        await window.bringToFront();
        await panel.says('Waiting for your browser');
        expect(await memoryOf(window)).not.toContain(first);
        expect(await isFree(1455)).toBe(false);
        const { devicePoll } = await simulator.counts();

        await panel.button('Use a Device Code').click();
        const second = await panel.userCode();
        expect(second).not.toBe(first);
        await expect.poll(() => isFree(1455), soon).toBe(true);
        expect((await simulator.counts()).devicePoll).toBeGreaterThanOrEqual(devicePoll);
        await simulator.approveDevice(second, { account: 'ada' });
        await showsStatus(stage, left);
        expect(await simulator.counts()).toMatchObject({ deviceStart: 2, code: 1 });
      });

      it('the command for device codes joins a browser sign-in, and the button in its panel switches over', async () => {
        const { window, simulator, panel } = stage;
        await opensPage(stage, () => runCommand(window, 'ChatGPT: Sign In with Browser'));
        await window.bringToFront();
        await panel.says('Waiting for your browser');
        await runCommand(window, 'Help: Welcome');
        await panel.title.waitFor({ state: 'hidden' });
        await runCommand(window, byDevice);
        await panel.says('Waiting for your browser');
        expect(await isFree(1455)).toBe(false);
        await panel.button('Use a Device Code').click();
        const code = await panel.userCode();
        await expect.poll(() => isFree(1455), soon).toBe(true);
        await simulator.approveDevice(code, { account: 'ada' });
        await showsStatus(stage, left);
      });

      it('the device code is offered when both ports are busy, and works [R46]', async () => {
        const { window, simulator, panel } = stage;
        const leave = await Promise.all([occupy(1455), occupy(1457)]);
        try {
          await simulator.set({ deviceInterval: 1 });
          await runCommand(window, 'ChatGPT: Sign In with Browser');
          await panel.fails('Other programs are using both redirect ports (1455 and 1457). Close one of them, then try again.', [
            'Try Again',
            'Use a Device Code',
            'Show Log',
          ]);
          await panel.button('Use a Device Code').click();
          await simulator.approveDevice(await panel.userCode(), { account: 'ada' });
          await showsStatus(stage, left);
          await panel.isGone();
        } finally {
          await Promise.all(leave.map(each => each()));
        }
      });
    });
  },
  { secrets: ['device_auth_id', 'user_code'] },
);
