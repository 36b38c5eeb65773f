import type { ExtensionContext, WebviewPanel } from 'vscode';
import { env, Uri, ViewColumn, window } from 'vscode';
import type { PanelAction, PanelView } from './signInView.ts';
import { panelActions } from './signInView.ts';
import { panelTexts } from './panelTexts.ts';
import { FormerEditor } from './formerEditor.ts';
import { webviewPage, webviewParts } from '../../../shell/webviewHtml.ts';

/** What the person did in the panel; closing it is `closed`. */
export interface PanelEvents {
  readonly onAction: (action: PanelAction, value: string) => void;
  readonly onClosed: () => void;
}

const viewType = 'chatgptSignIn.panel';

/** The webview panel of a sign-in. It shows a view and reports what the person clicked, and nothing else. */
export class SignInPanel {
  readonly #panel: WebviewPanel;
  readonly #formerEditor = new FormerEditor(viewType);
  #view: PanelView | undefined;
  #isClosed = false;

  constructor(extension: Pick<ExtensionContext, 'extensionUri'>, events: PanelEvents) {
    this.#panel = window.createWebviewPanel(viewType, panelTexts.title(), ViewColumn.Active, {
      enableScripts: true,
      enableForms: true,
      retainContextWhenHidden: true,
      localResourceRoots: [],
    });
    this.#panel.iconPath = Uri.joinPath(extension.extensionUri, 'media', 'icon.png');
    this.#panel.onDidDispose(() => {
      this.#isClosed = true;
      this.#formerEditor.dispose();
      events.onClosed();
    });
    this.#panel.webview.onDidReceiveMessage((message: unknown) => {
      const { action, value } = readMessage(message);
      if (action === 'ready') this.#send();
      else if (action !== undefined) events.onAction(action, value);
    });
    void this.#load(extension.extensionUri);
  }

  show(view: PanelView): void {
    this.#view = view;
    this.#send();
  }

  reveal(): void {
    this.#panel.reveal();
  }

  /** Resolves when the person has the editor back that the panel covered, as far as VS Code can show it. */
  async close(): Promise<void> {
    const { active } = this.#panel;
    this.#panel.dispose();
    if (active) await this.#formerEditor.show().catch(() => undefined);
  }

  async #load(extensionUri: Uri): Promise<void> {
    const parts = await webviewParts(extensionUri, 'signInPanel');
    const body = '<main></main>\n<div role="status"></div>';
    if (!this.#isClosed) this.#panel.webview.html = webviewPage({ ...parts, language: env.language, title: panelTexts.title(), body });
  }

  #send(): void {
    if (this.#view) void this.#panel.webview.postMessage(this.#view);
  }
}

const longestValue = 8_192;

/** Takes only known actions from a message of the page. */
function readMessage(message: unknown): { action?: PanelAction | 'ready'; value: string } {
  const { action, value } = (typeof message === 'object' && message !== null ? message : {}) as { action?: unknown; value?: unknown };
  const known = action === 'ready' ? action : panelActions.find(name => name === action);
  return { value: typeof value === 'string' ? value.slice(0, longestValue) : '', ...(known === undefined ? {} : { action: known }) };
}
