import { randomBytes } from 'node:crypto';

/** What a page of a webview is made of: text of ours, and nothing else. */
export interface WebviewParts {
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  readonly style: string;
  readonly script: string;
  readonly body: string;
}

/**
 * The page with its style and script in it, by a nonce: what a page has to fetch first may never come to a window in the background.
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

/** Text that would end the element does not: the bundler has left none, and a change of it is noticed. */
function inline(text: string, element: 'style' | 'script'): string {
  if (new RegExp(`</${element}|<!--`, 'i').test(text)) throw new Error(`This ${element} cannot stand in a page.`);
  return text;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
