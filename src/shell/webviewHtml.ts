import { randomBytes } from 'node:crypto';
// eslint-disable-next-line no-restricted-imports -- Reads files of the extension itself, which are no databases.
import { readFile } from 'node:fs/promises';
import { Uri } from 'vscode';

/** What a page of a webview consists of: our own text only. */
export interface WebviewParts {
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  readonly style: string;
  readonly script: string;
  readonly body: string;
}

/** Style and script of a webview's page, as the build writes them to `dist`. */
export async function webviewParts(extensionUri: Uri, name: string): Promise<{ style: string; script: string }> {
  const read = (ending: string) => readFile(Uri.joinPath(extensionUri, 'dist', `${name}.${ending}`).fsPath, 'utf8');
  const [style, script] = await Promise.all([read('css'), read('js')]);
  return { style, script };
}

/**
 * A page with its style and script inline, allowed by a nonce: VS Code may never deliver a fetched file to a window in the background.
 * Nothing else runs, loads or is sent.
 */
export function webviewPage({ language, title, style, script, body }: WebviewParts): string {
  const nonce = randomBytes(16).toString('base64url');
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; form-action 'none'; base-uri 'none'`;
  return `<!doctype html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style nonce="${nonce}">${inline(style, 'style')}</style>
</head>
<body>
${body}
<script nonce="${nonce}">${inline(script, 'script')}</script>
</body>
</html>`;
}

/** Refuses text that would end the element. The bundler writes none today. */
function inline(text: string, element: 'style' | 'script'): string {
  if (new RegExp(`</${element}|<!--`, 'i').test(text)) throw new Error(`This ${element} cannot stand in a page.`);
  return text;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
