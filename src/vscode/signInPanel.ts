import { randomBytes } from 'node:crypto';
import type { ExtensionContext, Webview, WebviewPanel } from 'vscode';
import { env, Uri, ViewColumn, window } from 'vscode';
import type { PanelAction, PanelView } from './signInView.ts';
import { panelActions } from './signInView.ts';
import { texts } from './texts.ts';

/** What the person did in the panel; closing it is `closed`. */
export interface PanelEvents {
  readonly onAction: (action: PanelAction, value: string) => void;
  readonly onClosed: () => void;
}

/** The panel that goes with one sign-in. It draws what it is given and tells what was clicked, and nothing else. */
export class SignInPanel {
  readonly #panel: WebviewPanel;
  #view: PanelView | undefined;

  constructor(extension: Pick<ExtensionContext, 'extensionUri'>, events: PanelEvents) {
    this.#panel = window.createWebviewPanel('chatgptSignIn.panel', texts.panelTitle(), ViewColumn.Active, {
      enableScripts: true,
      enableForms: true,
      retainContextWhenHidden: true,
      localResourceRoots: [Uri.joinPath(extension.extensionUri, 'media'), Uri.joinPath(extension.extensionUri, 'dist')],
    });
    this.#panel.iconPath = Uri.joinPath(extension.extensionUri, 'media', 'icon.png');
    this.#panel.onDidDispose(events.onClosed);
    this.#panel.webview.onDidReceiveMessage((message: unknown) => {
      const { action, value } = readMessage(message);
      if (action === 'ready') this.#send();
      else if (action !== undefined) events.onAction(action, value);
    });
    this.#panel.webview.html = page(this.#panel.webview, extension.extensionUri);
  }

  show(view: PanelView): void {
    this.#view = view;
    this.#send();
  }

  reveal(): void {
    this.#panel.reveal();
  }

  close(): void {
    this.#panel.dispose();
  }

  #send(): void {
    if (this.#view) void this.#panel.webview.postMessage(this.#view);
  }
}

const longestValue = 8_192;

/** A message of the page is believed as far as it is one of ours. */
function readMessage(message: unknown): { action?: PanelAction | 'ready'; value: string } {
  const { action, value } = (typeof message === 'object' && message !== null ? message : {}) as { action?: unknown; value?: unknown };
  const known = action === 'ready' ? action : panelActions.find(name => name === action);
  return { value: typeof value === 'string' ? value.slice(0, longestValue) : '', ...(known === undefined ? {} : { action: known }) };
}

function page(webview: Webview, extensionUri: Uri): string {
  const nonce = randomBytes(16).toString('base64url');
  const style = webview.asWebviewUri(Uri.joinPath(extensionUri, 'media', 'signInPanel.css')).toString();
  const script = webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist', 'signInPanel.js')).toString();
  return `<!doctype html>
<html lang="${env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'; form-action 'none'; base-uri 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${texts.panelTitle()}</title>
<link rel="stylesheet" href="${style}">
</head>
<body>
<main></main>
<div role="status"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
