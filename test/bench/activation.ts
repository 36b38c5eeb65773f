// The cost of our activation, beside VS Code's GitHub sign-in and beside empty extensions, in the same windows of the same host.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { minifySync } from 'rolldown/utils';
import type { Output } from '../../bundle.mjs';
import { ensureCodeServer } from '../../scripts/code-server.ts';
import { packageExtension } from '../../scripts/package.ts';
import type { Workbench } from '../e2e/workbench.ts';
import { runCommand, startWorkbench, statusItem } from '../e2e/workbench.ts';
import { emptyExtension } from './emptyExtension.ts';
import { median } from './figures.ts';

const windows = 10;
const ours = 'unofficial.chatgpt-sign-in';
const peer = 'vscode.github-authentication';

/** Milliseconds, from VS Code's own report. */
interface Activation {
  load: number;
  call: number;
}

const outputs = await packageExtension({ quiet: true });
const folder = await mkdtemp(path.join(tmpdir(), 'csi-bench-'));
const [emptyScript, emptyModule] = [await emptyExtension(folder, 'commonjs'), await emptyExtension(folder, 'module')];
const ids = [ours, peer, emptyScript.id, emptyModule.id];
const workbench = await startWorkbench({ extensions: [emptyScript.folder, emptyModule.folder] });
try {
  const readings: ((id: string) => Activation)[] = [];
  for (let n = 0; n < windows; n++) readings.push(await readActivations(workbench));
  const total = (id: string) => (of: (id: string) => Activation) => of(id).load + of(id).call;
  console.log(`Activation in ${windows} windows, in ms, for loading the code and calling activate`);
  console.table(
    Object.fromEntries(
      ids.map(id => {
        const totals = readings.map(total(id));
        const load = median(readings.map(of => of(id).load));
        const call = median(readings.map(of => of(id).call));
        return [id, { median: median(totals), minimum: Math.min(...totals), load, call, windows: totals.join(' ') }];
      }),
    ),
  );
  // VS Code starts the clock of all extensions of an event at once and loads them one after the other: ours waits for the empty one.
  const share = readings.map(of => total(ours)(of) - total(emptyScript.id)(of));
  console.log(`Ours above ${emptyScript.id} in the same window: median ${median(share)} ms, minimum ${Math.min(...share)} ms`);
} finally {
  await workbench.close();
  await rm(folder, { recursive: true });
}

const entry = outputs.find(({ file }) => file === 'dist/extension.cjs');
if (entry) {
  console.log(`What each room adds to ${entry.file}, ${kilobytes(entry.bytes)} KB, read at every start:`);
  console.table(Object.fromEntries(rooms(entry).map(([room, bytes]) => [room, { KB: kilobytes(bytes) }])));
}
const { inner } = await ensureCodeServer();
const theirs = path.join(path.dirname(inner), '..', 'extensions', 'github-authentication', 'dist');
const scripts = (await readdir(theirs)).filter(name => name.endsWith('.js'));
const sizes = await Promise.all(scripts.map(async name => (await stat(path.join(theirs, name))).size));
console.log(`All scripts: ours ${kilobytes(sum(outputs.map(({ bytes }) => bytes)))} KB, ${peer} ${kilobytes(sum(sizes))} KB`);

async function readActivations(host: Workbench): Promise<(id: string) => Activation> {
  const context = await host.newBrowser();
  try {
    const page = await host.openWindow(context);
    await statusItem(page).waitFor();
    await runCommand(page, 'Developer: Startup Performance');
    await page.locator('.monaco-editor .view-line', { hasText: 'System Info' }).first().click();
    let report = '';
    // VS Code writes the report in steps.
    while (!ids.every(id => report.includes(`| ${id} `))) {
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.press('ControlOrMeta+c');
      report = await page.evaluate(() => navigator.clipboard.readText());
      await page.waitForTimeout(100);
    }
    return id => {
      // | extension | eager | load code | call activate | finish activate | …
      const row = report.split('\n').find(line => line.startsWith(`| ${id} `));
      const cells = row?.split('|').map(cell => cell.trim()) ?? [];
      return { load: Number(cells[3]), call: Number(cells[4]) };
    };
  } finally {
    await context.close();
  }
}

/** Bytes by folder below src/, largest first. A module's share is estimated from its own minified size. */
function rooms({ bytes, modules }: Output): [string, number][] {
  const lengths = new Map<string, number>();
  for (const { file, code } of modules) {
    const room = /^src\/(\w+)\//.exec(file)?.[1] ?? path.basename(file);
    // Compressing would drop what only other modules use.
    lengths.set(room, (lengths.get(room) ?? 0) + minifySync('module.js', code, { compress: false }).code.length);
  }
  const whole = sum([...lengths.values()]);
  return [...lengths].map(([room, length]): [string, number] => [room, (bytes * length) / whole]).sort(([, a], [, b]) => b - a);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function kilobytes(bytes: number): number {
  return Number((bytes / 1024).toFixed(1));
}
