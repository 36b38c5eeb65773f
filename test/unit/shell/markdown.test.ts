import { expect, it } from 'vitest';
import { escapeMarkdown } from '../../../src/shell/markdown.ts';

it.each([
  ['ada@example.com (127.0.0.1:4455)', String.raw`ada\@example\.com \(127\.0\.0\.1\:4455\)`],
  ['[a](command:b)', String.raw`\[a\]\(command\:b\)`],
  ['two\n\nlines\u2028and more', 'two lines and more'],
  ['turned\u202eround', 'turned round'],
  ['<b>&amp;', String.raw`\<b\>\&amp\;`],
  ['$(key)', '\\$\u2060\\(key\\)'],
  ['Grüße 漢字', 'Grüße 漢字'],
])('%s is escaped in Markdown [R55]', (text, markdown) => {
  expect(escapeMarkdown(text)).toBe(markdown);
});
