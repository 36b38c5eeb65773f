import type { Locator, Page } from 'playwright-core';

const statusId = 'unofficial.chatgpt-sign-in.chatgptSignIn.status';

/** Waits until the workbench can be used. */
export async function waitForWorkbench(page: Page): Promise<void> {
  await page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: 60_000 });
}

/** The extension's status bar item. */
export function statusItem(page: Page): Locator {
  return page.locator(`[id="${statusId}"]`);
}

export async function readStatusItem(page: Page): Promise<{ text: string; ariaLabel: string } | null> {
  // At once, because it may be taken away meanwhile.
  const [label] = await statusItem(page)
    .locator('a')
    .evaluateAll(labels =>
      (labels as HTMLElement[]).map(each => ({ text: each.innerText.trim(), ariaLabel: each.getAttribute('aria-label') ?? '' })),
    );
  return label ?? null;
}

/** Opens the Accounts menu and answers its items; the last opened menu is the last in the document. */
export async function openAccountsMenu(page: Page): Promise<Locator> {
  await page.locator('.activitybar [aria-label^="Accounts"]').first().click();
  const menu = page.locator('.monaco-menu').last();
  await menu.waitFor();
  return menu.locator('.action-item:not(.disabled) .action-label:not(.separator)');
}

/** The labels of the Accounts menu, which is closed again. */
export async function accountsMenuLabels(page: Page): Promise<string[]> {
  const items = await openAccountsMenu(page);
  const labels = await items.allInnerTexts();
  await page.keyboard.press('Escape');
  await page.locator('.monaco-menu').first().waitFor({ state: 'detached' });
  return labels.map(label => label.trim()).filter(label => label !== '');
}

/** Runs a command by the palette, as a person does; the title is the whole one, with its category. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await page.keyboard.press('F1');
  await choose(page, title, `>${title}`);
}

/** Picks the row with this label in the Quick Pick that is open. */
export async function choose(page: Page, label: string, filter = label): Promise<void> {
  const quickPick = page.locator('.quick-input-widget:visible');
  await quickPick.locator('.quick-input-box input').fill(filter);
  const named = page.locator('.label-name').getByText(label, { exact: true });
  await quickPick.locator('.monaco-list-row').filter({ has: named }).first().click();
}

/** The labels of the rows in the Quick Pick that is open; none while there is none. */
export async function quickPickRows(page: Page): Promise<string[]> {
  return await page.locator('.quick-input-widget:visible .monaco-list-row .label-name').allInnerTexts();
}

/** Waits for the box that asks for this, writes into it in place of what is proposed, and accepts it. */
export async function enterText(page: Page, asked: string, text: string): Promise<void> {
  const box = page.locator('.quick-input-widget:visible').filter({ hasText: asked }).locator('.quick-input-box input');
  await box.fill(text);
  await box.press('Enter');
}

const notices = ':is(.notifications-toasts, .notifications-center.visible) .notification-list-item';

/** A notification with this text in it. */
export function notification(page: Page, text: string | RegExp): Locator {
  return page.locator(notices).filter({ hasText: text });
}

/** A button of the dialog in front. */
export function dialogButton(page: Page, name: string | RegExp): Locator {
  return page.locator('.monaco-dialog-box').getByRole('button', { name });
}

/** Presses a button, or follows a link, wherever one of this name waits: in a dialog, a notification or a Quick Pick. */
export async function clickButton(page: Page, name: string): Promise<void> {
  const places = page.locator('.monaco-dialog-box, .notifications-toasts, .notifications-center.visible, .quick-input-widget');
  await places.getByRole('button', { name }).or(places.getByRole('link', { name })).first().click({ timeout: 15_000 });
}

/** What dialogs and notifications say at this moment. */
export async function visibleText(page: Page): Promise<{ dialogs: string[]; notifications: string[] }> {
  return {
    dialogs: await page.locator('.monaco-dialog-box').allInnerTexts(),
    notifications: await page.locator(notices).allInnerTexts(),
  };
}
