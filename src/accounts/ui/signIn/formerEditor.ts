import type { Disposable, Tab } from 'vscode';
import { TabInputNotebook, TabInputText, TabInputWebview, window, workspace } from 'vscode';

/**
 * The editor that a person works in besides a panel. VS Code shows another one when a panel closes, but by its settings perhaps the neighbor,
 * and later than who waited for the panel looks.
 */
export class FormerEditor implements Disposable {
  readonly #viewType: string;
  readonly #watching: Disposable;
  #tab: Tab | undefined;

  constructor(viewType: string) {
    this.#viewType = viewType;
    this.#note();
    this.#watching = window.tabGroups.onDidChangeTabs(() => {
      this.#note();
    });
  }

  dispose(): void {
    this.#watching.dispose();
  }

  /** Called when the panel has gone. It keeps the focus where VS Code has put it, such as in the terminal. */
  async show(): Promise<void> {
    const tab = this.#tab;
    // An editor that was closed meanwhile stays closed.
    if (!tab || !window.tabGroups.all.some(({ tabs }) => tabs.includes(tab))) return;
    const options = { viewColumn: tab.group.viewColumn, preserveFocus: true };
    if (tab.input instanceof TabInputText) await window.showTextDocument(tab.input.uri, options);
    else if (tab.input instanceof TabInputNotebook)
      await window.showNotebookDocument(await workspace.openNotebookDocument(tab.input.uri), options);
  }

  #note(): void {
    const tab = window.tabGroups.activeTabGroup.activeTab;
    const isPanel = tab?.input instanceof TabInputWebview && tab.input.viewType.endsWith(this.#viewType);
    if (tab && !isPanel) this.#tab = tab;
  }
}
