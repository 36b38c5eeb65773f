import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** By these the extension knows places that nobody sits at, and asks before a personal account is signed in to there. */
export const unattended = ['CI', 'GITHUB_ACTIONS', 'CODESPACES'];

/**
 * The environment of a person's own machine, wherever the tests run, but one that has no Codex CLI: a test that asks about these
 * sets them on purpose.
 */
export function attended(): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !unattended.includes(name)));
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(folder => !existsSync(join(folder, 'codex')));
  return { ...kept, PATH: folders.join(delimiter), CODEX_HOME: join(tmpdir(), 'no-codex-home') };
}
