/** How the borrowed account is told from all others, by its hash and by its id. Hash and id begin so, and those of custody never do. */
export const codexIdPrefix = 'codex-cli';

export function isCodexAccount(name: string): boolean {
  return name.startsWith(codexIdPrefix);
}
