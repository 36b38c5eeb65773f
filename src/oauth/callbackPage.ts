import { createHash } from 'node:crypto';

/** What the person reads in the browser, in VS Code's display language. */
export interface CallbackPageText {
  readonly mood: 'good' | 'bad';
  /** BCP 47, for screen readers. */
  readonly language: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
}

const style = `
:root { color-scheme: light dark; --good: light-dark(#1a7f4b, #5fd39b); --bad: light-dark(#b3261e, #ff9a8f); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 15vh auto 0; max-width: 32rem; padding: 0 1.5rem; text-align: center; }
svg { width: 3.5rem; height: 3.5rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.good { color: var(--good); }
.bad { color: var(--bad); }
h1 { font-size: 1.5rem; font-weight: 600; text-wrap: balance; margin: 0.5rem 0 1rem; }
p { text-wrap: pretty; }
`;
const styleHash = createHash('sha256').update(style).digest('base64');

const marks = { good: 'M8 12.5l3 3 5.5-6.5', bad: 'M12 7.5v5.5m0 3.2v.1' } as const;

/** The page loads and runs nothing, is not cached, and passes its URL, which has the code, to nobody. */
export const callbackPageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
};

export function callbackPage(text: CallbackPageText): string {
  return `<!doctype html>
<html lang="${escape(text.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(text.title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<svg class="${text.mood}" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="${marks[text.mood]}"/></svg>
<h1>${escape(text.title)}</h1>
${text.paragraphs.map(paragraph => `<p>${escape(paragraph)}</p>`).join('\n')}
</main>
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] ?? '');
}
