import type { StatusBarItem } from 'vscode';
import { MarkdownString, ThemeColor } from 'vscode';
import type { StatusView } from './statusTypes.ts';

/**
 * Draws a view on an item of the status bar, and sets only what has changed: when an item is set and its tooltip is not, VS Code
 * closes the tooltip that the person is reading.
 */
export class StatusItem {
  readonly #item: StatusBarItem;
  #drawn: StatusView | undefined;
  #isShown = false;

  constructor(item: StatusBarItem) {
    this.#item = item;
  }

  show(view: StatusView, tooltipCommands: readonly string[]): void {
    const item = this.#item;
    const before = this.#drawn;
    this.#drawn = view;
    if (view.text !== before?.text) item.text = view.text;
    if (view.label !== before?.label) item.accessibilityInformation = { label: view.label, role: 'button' };
    if (view.background !== before?.background)
      item.backgroundColor = view.background ? new ThemeColor(`statusBarItem.${view.background}Background`) : undefined;
    if (view.isDim !== before?.isDim) item.color = view.isDim ? new ThemeColor('disabledForeground') : undefined;
    if (view.command !== before?.command) item.command = view.command;
    if (view.tooltip !== before?.tooltip) item.tooltip = trusted(view.tooltip, tooltipCommands);
    if (!this.#isShown) item.show();
    this.#isShown = true;
  }

  hide(): void {
    if (this.#isShown) this.#item.hide();
    this.#isShown = false;
  }

  dispose(): void {
    this.#item.dispose();
  }
}

function trusted(markdown: string, enabledCommands: readonly string[]): MarkdownString {
  const tooltip = new MarkdownString(markdown, true);
  tooltip.isTrusted = { enabledCommands };
  return tooltip;
}
