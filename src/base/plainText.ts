/** In characters. */
const longestName = 80;
/** No more of a text is looked at. */
const longestInput = 4_000;

/**
 * Text from outside as one line that VS Code shows literally in a message, a Quick Pick and the status bar: without what is invisible
 * or turns the direction of a line, and with a space inside what VS Code would make a link, `[text](command:x)`, or an icon, `$(name)`.
 */
export function plainText(text: string, longest = longestName): string {
  const line = text
    .slice(0, longestInput)
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{DI}]/gu, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[\]$](?=\()/g, '$& ')
    .trim();
  return Array.from(line).slice(0, longest).join('').trimEnd();
}

/** A name from outside, in plain text; `undefined` for what is no text, or has nothing to see. */
export function readName(value: unknown, longest = longestName): string | undefined {
  const name = typeof value === 'string' ? plainText(value, longest) : '';
  return name === '' ? undefined : name;
}
