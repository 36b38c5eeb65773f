import path from 'node:path';
import { ensureCodeServer } from '../code-server.ts';
import { execute } from '../execute.ts';
import { root } from '../root.mjs';
import { ensureSystemTools } from '../system-tools.ts';

await ensureSystemTools('chromium');
await ensureCodeServer();
process.exitCode = await execute(process.execPath, [path.join(root, 'test', 'bench', 'activation.ts')]);
