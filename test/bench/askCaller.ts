/** The extension in `caller/`, which runs beside ours in a VS Code of the bench, and how to send it requests. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from '../../scripts/root.mjs';
import type { Workbench } from '../e2e/workbench.ts';

export const callerFolder = path.join(root, 'test', 'bench', 'caller');

/** Waits until the extension has written its address. */
export async function askCaller({ folders }: Workbench): Promise<<T>(act: string, argument?: unknown) => Promise<T>> {
  const folder = path.join(folders.userData, 'User', 'globalStorage', 'chatgpt-sign-in-bench.caller');
  let address: string | undefined;
  for (let waited = 0; address === undefined && waited < 30_000; waited += 100) {
    address = await readFile(path.join(folder, 'address'), 'utf8').catch(() => undefined);
    await pause(100);
  }
  if (address === undefined) throw new Error('The caller extension does not run.');
  const at = address;
  return async <T>(act: string, argument?: unknown) => {
    const response = await fetch(at, { method: 'POST', body: JSON.stringify({ act, argument }) });
    const { result, error } = (await response.json()) as { result: T; error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  };
}
