// Activation time and size beside VS Code's own GitHub sign-in, in the same windows of the same host.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ensureCodeServer } from '../../scripts/code-server.ts';
import { packageExtension } from '../../scripts/package.ts';
import { root } from '../../scripts/root.mjs';
import type { Workbench } from '../e2e/workbench.ts';
import { runCommand, startWorkbench, statusItem } from '../e2e/workbench.ts';
import { median } from './figures.ts';

const windows = 7;
const ours = 'unofficial.chatgpt-sign-in';
const peer = 'vscode.github-authentication';

await packageExtension({ quiet: true });
const workbench = await startWorkbench();
try {
  const times = { ours: [] as number[], peer: [] as number[] };
  for (let n = 0; n < windows; n++) {
    const read = await readActivationTimes(workbench);
    times.ours.push(read(ours));
    times.peer.push(read(peer));
  }
  const [a, b] = [median(times.ours), median(times.peer)];
  console.log(
    `Activation, median of ${String(windows)} windows: ours ${String(a)} ms, ${peer} ${String(b)} ms, ratio ${(a / b).toFixed(2)}`,
  );
  console.log(`  ours ${times.ours.join(' ')} ms; ${peer} ${times.peer.join(' ')} ms`);
  const { inner } = await ensureCodeServer();
  const theirs = path.join(path.dirname(inner), '..', 'extensions', 'github-authentication', 'dist');
  console.log(`Size of the bundle: ours ${await kilobytes(path.join(root, 'dist'))} KB, ${peer} ${await kilobytes(theirs)} KB`);
} finally {
  await workbench.close();
}

/** Milliseconds of loading the code and of the call of `activate`, as VS Code's own report tells them. */
async function readActivationTimes(host: Workbench): Promise<(id: string) => number> {
  const context = await host.newBrowser();
  try {
    const page = await host.openWindow(context);
    await statusItem(page).waitFor();
    await runCommand(page, 'Developer: Startup Performance');
    await page.locator('.monaco-editor .view-line', { hasText: 'System Info' }).first().click();
    let report = '';
    // The report is written in steps.
    while (![ours, peer].every(id => report.includes(`| ${id} `))) {
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.press('ControlOrMeta+c');
      report = await page.evaluate(() => navigator.clipboard.readText());
      await page.waitForTimeout(100);
    }
    return id => {
      // | extension | eager | load code | call activate | finish activate | …
      const cells =
        report
          .split('\n')
          .find(line => line.startsWith(`| ${id} `))
          ?.split('|')
          .map(cell => cell.trim()) ?? [];
      return Number(cells[3]) + Number(cells[4]);
    };
  } finally {
    await context.close();
  }
}

async function kilobytes(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter(name => name.endsWith('.js'));
  const sizes = await Promise.all(files.map(async name => (await stat(path.join(folder, name))).size));
  return `${(sizes.reduce((sum, size) => sum + size, 0) / 1024).toFixed(1)} (${files.map((name, n) => `${name} ${((sizes[n] ?? 0) / 1024).toFixed(1)}`).join(', ')})`;
}
