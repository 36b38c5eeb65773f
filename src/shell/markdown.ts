/**
 * Escapes text from outside, so that Markdown shows it literally on one line: no link, no icon, no markup. An invisible word
 * joiner breaks up what VS Code would render as an icon.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[!-/:-@[-`{-~]/g, String.raw`\$&`)
    .replace(/(?<=\\\$)(?=\\\()/g, '\u2060');
}
