/** Text that somebody else wrote, and what VS Code would make of it. */

/** `LINK_REGEX` of VS Code's `linkedText.ts`: what it makes a link of in a message, a Quick Pick and an input box. */
const linkRule = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;
/** `labelWithIconsRegex` of VS Code's `iconLabels.ts`: what it draws as an icon, unless it is escaped. */
const iconRule = /(\\)?\$\(([A-Za-z0-9-]+(?:~[A-Za-z]+)?)\)/g;

/** The addresses of the links that VS Code makes of a text. */
export function linksIn(text: string): string[] {
  return [...text.matchAll(linkRule)].map(([, , address = '']) => address);
}

/** The icons that VS Code draws in a text. */
export function iconsIn(text: string): string[] {
  return [...text.matchAll(iconRule)].flatMap(([, escape, name = '']) => (escape === undefined ? [name] : []));
}

/** What of a text is no line that one sees: controls, line ends, format characters, halves of a character. */
export function invisibleIn(text: string): string[] {
  return text.match(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{DI}]/gu) ?? [];
}

const bidi = '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069';

/** What somebody could call a workspace, by what it tries. Each begins with "Acme". */
export const hostileNames: readonly (readonly [what: string, name: string])[] = [
  ['a command link', 'Acme) [Renew](command:workbench.action.terminal.new)'],
  ['web and file links', 'Acme [Acme](https://evil.example) [x](file:///etc/passwd "title")'],
  ['links one after the other', 'Acme [a](COMMAND:x)[b](http://evil.example)'],
  ['links held apart by what is dropped', 'Acme [a]\u200b(command:x) [b]\u2060(command:y) [c]\u00ad(command:z)'],
  ['a link over two lines', 'Acme [a\nb](command:x)'],
  ['icons', 'Acme $(flame) $(sync~spin) $$(error) \\$(x) $\u200d(warning)'],
  ['controls and directions', `Acme\r\n\u2028\u2029\u0085\u0000\u001b[31m\u007f\t ${bidi}example`],
  ['invisible characters', 'Acme\u3164\u115f\ufe0f\u034f\u{e0041}\ud800'],
  ['combining marks', `Acme${'\u0301'.repeat(500)}`],
  ['characters of two units', `Acme ${'\u{1f980}'.repeat(50)}`],
  ['the beginnings of many links', `Acme ${'['.repeat(200_000)}](command:x)`],
  ['500 KB', `Acme ${'x'.repeat(500_000)}`],
  ['markup', 'Acme **b** <img src=x onerror=alert(1)> `code` {0} %s &amp; &&Acme'],
];
