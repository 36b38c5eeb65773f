import type { QuickPickItem } from 'vscode';
import { QuickPickItemKind, window } from 'vscode';
import { texts } from './texts.ts';

export interface MenuItem extends QuickPickItem {
  readonly run?: () => unknown;
}

/** What a room adds to the account menu. */
export interface MenuSection {
  /** Stands above its items; those without a title come first, together. */
  readonly title?: string;
  /** A row for each account or key. */
  items(): Promise<readonly MenuItem[]>;
  /** Actions, below all rows: those that add an account or key, and those of the room. */
  additions(): Promise<readonly MenuItem[]>;
}

/** Below a line with its title; nothing where it is empty. */
export function titled(title: string, items: readonly MenuItem[]): MenuItem[] {
  return items.length > 0 ? [{ label: title, kind: QuickPickItemKind.Separator }, ...items] : [];
}

/** Shows the items and runs the one that the person picks. */
export async function pick(items: readonly MenuItem[], title: string): Promise<void> {
  const choice = await window.showQuickPick(items, { title, placeHolder: texts.placeholder(), matchOnDescription: true });
  await choice?.run?.();
}

export function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter(part => part !== undefined).join(' · ');
}
