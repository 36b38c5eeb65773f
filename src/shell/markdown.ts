/**
 * Text from outside, so that Markdown shows it as it is, on one line: no link, no icon, no markup. A joiner that is not seen
 * parts what would be an icon.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[!-/:-@[-`{-~]/g, String.raw`\$&`)
    .replace(/(?<=\\\$)(?=\\\()/g, '\u2060');
}
