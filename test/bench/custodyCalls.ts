// `getSession` answered from memory and vault, beside the same call to a provider that answers from a variable: VS Code's own cost.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { packageExtension } from '../../scripts/package.ts';
import { root } from '../../scripts/root.mjs';
import { dialogButton, settingsOf, startWorkbench, statusItem } from '../e2e/workbench.ts';
import { startSimulator } from '../simulator/client.ts';
import { median, ms } from './figures.ts';

const rounds = 500;
const warmUp = 50;

interface Times {
  readonly ours: readonly number[];
  readonly trivial: readonly number[];
}

await packageExtension({ quiet: true });
const simulator = await startSimulator();
try {
  const workbench = await startWorkbench({
    settings: { ...settingsOf(simulator), 'chatgptSignIn.signInMethod': 'browser' },
    extensions: [path.join(root, 'test', 'bench', 'caller')],
  });
  try {
    const page = await workbench.openWindow(await workbench.newBrowser());
    await statusItem(page).filter({ hasText: 'Sign in' }).waitFor();
    await simulator.set({ autoApprove: 'ada' });
    const ask = await caller(path.join(workbench.folders.userData, 'User', 'globalStorage', 'chatgpt-sign-in-bench.caller'));
    for (const name of ['ours', 'trivial']) {
      const signedIn = ask<boolean>('signIn', name);
      await dialogButton(page, 'Allow').click();
      if (!(await signedIn)) throw new Error(`Nobody signed in to ${name}.`);
    }
    await page.bringToFront();
    await statusItem(page).filter({ hasText: 'Plus' }).waitFor();
    await ask<Times>('measure', warmUp);
    const { ours, trivial } = await ask<Times>('measure', rounds);
    console.log(`getSession, ${rounds} calls in turn: ours ${ms(ours)}, a trivial provider ${ms(trivial)}`);
    console.log(`  ratio of the medians ${(median(ours) / median(trivial)).toFixed(2)}`);
  } finally {
    await workbench.close();
  }
} finally {
  await simulator.stop();
}

/** Speaks with the other extension, once it has said where. */
async function caller(folder: string): Promise<<T>(act: string, argument: unknown) => Promise<T>> {
  let address: string | undefined;
  for (let waited = 0; address === undefined && waited < 30_000; waited += 100) {
    address = await readFile(path.join(folder, 'address'), 'utf8').catch(() => undefined);
    await pause(100);
  }
  if (address === undefined) throw new Error('The caller does not run.');
  const at = address;
  return async <T>(act: string, argument: unknown) => {
    const response = await fetch(at, { method: 'POST', body: JSON.stringify({ act, argument }) });
    const { result, error } = (await response.json()) as { result: T; error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  };
}
