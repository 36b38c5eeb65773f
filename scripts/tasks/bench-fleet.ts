import path from 'node:path';
import { execute } from '../execute.ts';
import { root } from '../root.mjs';

process.exitCode = await execute(process.execPath, [
  '--disable-warning=ExperimentalWarning',
  path.join(root, 'test', 'bench', 'fleet', 'main.ts'),
]);
