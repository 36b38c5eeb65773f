/** How the borrowed account is told from all others, by its hash and by its id. Hash and id begin so, and those of custody never do. */
export const borrowedPrefix = 'codex-cli';

export function isBorrowed(name: string): boolean {
  return name.startsWith(borrowedPrefix);
}
