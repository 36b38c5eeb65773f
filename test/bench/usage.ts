// The cost of usage in the status bar: until it shows, while idle, and the size of the panel's page. Each beside a small extension
// that shows an item and does nothing.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { packageExtension } from '../../scripts/package.ts';
import { root } from '../../scripts/root.mjs';
import { passTime, withoutReadings } from '../e2e/usageStore.ts';
import { runCommand, settingsOf, startWorkbench, statusItem, type Workbench } from '../e2e/workbench.ts';
import { startSimulator } from '../simulator/client.ts';
import { askCaller, callerFolder } from './askCaller.ts';
import { median } from './figures.ts';

const windows = 5;
const idleSeconds = 60;
const readings = 12;
const minute = 60_000;

await packageExtension({ quiet: true });
const simulator = await startSimulator();
try {
  const settings = { ...settingsOf(simulator), 'chatgptSignIn.signInMethod': 'browser' };
  const workbench = await startWorkbench({ settings, extensions: [callerFolder] });
  try {
    const browser = await workbench.newBrowser();
    const page = await signedIn(workbench, browser);
    await printIdle(workbench, page);
    await page.close();
    await printStarts(workbench, browser);
  } finally {
    await workbench.close();
  }
} finally {
  await simulator.stop();
}
await printPages();

async function signedIn(host: Workbench, browser: BrowserContext): Promise<Page> {
  const page = await host.openWindow(browser);
  await statusItem(page).filter({ hasText: 'Sign in' }).waitFor();
  await simulator.set({ autoApprove: 'ada' });
  await runCommand(page, 'ChatGPT: Sign In');
  await statusItem(page).filter({ hasText: 'left' }).waitFor();
  for (const other of browser.pages()) if (other !== page) await other.close();
  await page.bringToFront();
  return page;
}

/** From the start of a window to the item of the small extension, and to the first reading. */
async function printStarts(host: Workbench, browser: BrowserContext): Promise<void> {
  for (const [from, prepare] of [
    ['the store', () => undefined],
    ['the network', withoutReadings],
  ] as const) {
    const times = { reading: [] as number[], peer: [] as number[] };
    for (let n = 0; n < windows; n++) {
      prepare(host);
      const page = await browser.newPage();
      await page.addInitScript(watchStatusBar);
      await page.goto(`${host.origin}/?folder=${encodeURIComponent(host.folders.workspace)}`);
      const seen = await page.waitForFunction(() => {
        const { reading, peer } = globalThis as Partial<Seen>;
        return reading !== undefined && peer !== undefined && { reading, peer };
      });
      const shown = (await seen.jsonValue()) as Seen;
      times.reading.push(shown.reading);
      times.peer.push(shown.peer);
      await page.close();
    }
    const after = times.reading.map((time, n) => time - (times.peer[n] ?? 0));
    console.log(
      `From the start of a window to the first reading from ${from}, median of ${String(windows)}: ${whole(median(times.reading))} ms, ` +
        `${whole(median(after))} ms after the item of an extension that does nothing else`,
    );
    console.log(`  ${times.reading.map(whole).join(' ')} ms; the other item ${times.peer.map(whole).join(' ')} ms`);
  }
}

interface Seen {
  reading: number;
  peer: number;
}

/** Runs in the page. Milliseconds since the window started to load. */
function watchStatusBar(): void {
  const seen = globalThis as Partial<Seen>;
  setInterval(() => {
    const text = document.querySelector('.part.statusbar')?.textContent ?? '';
    if (text.includes('% left')) seen.reading ??= performance.now();
    if (text.includes('Caller')) seen.peer ??= performance.now();
  }, 4);
}

/** The extension host of a focused window with an account, beside one without our extension. */
async function printIdle(host: Workbench, page: Page): Promise<void> {
  const other = await startWorkbench({ vsix: [], extensions: [callerFolder] });
  try {
    const there = await other.openWindow(await other.newBrowser());
    await there.getByText('Caller').waitFor();
    // The work of the start is over by then.
    await pause(20_000);
    const [ours, theirs] = await Promise.all([cpuWhile(host, idle), cpuWhile(other, idle)]);
    const timers = [host, other].map(async each => await (await askCaller(each))<number>('timers'));
    const [with_, without] = (await Promise.all(timers)) as [number, number];
    const reading = await cpuWhile(host, () => read(host, page));
    const perReading = reading / readings;
    console.log(
      `CPU of the extension host in an idle minute: with an account ${String(ours)} ms, without this extension ${String(theirs)} ms; ` +
        `timers ${String(with_)} and ${String(without)}`,
    );
    console.log(`CPU of the extension host for one reading: ${perReading.toFixed(0)} ms, mean of ${String(readings)}`);
    const hour = (60 * (ours - theirs) + reading) / 1000;
    console.log(
      `  so an hour of a focused window, with a reading every five minutes: ${hour.toFixed(1)} s of ours beside ${((60 * theirs) / 1000).toFixed(1)} s of the host itself`,
    );
  } finally {
    await other.close();
  }
}

async function idle(): Promise<void> {
  await pause(idleSeconds * 1000);
}

/** Readings one after the other, as the schedule requests them. */
async function read(host: Workbench, page: Page): Promise<void> {
  for (let n = 1; n <= readings; n++) {
    await simulator.account({ account: 'ada', used: { '5h': n, weekly: n } });
    passTime(host, 20 * minute);
    await statusItem(page)
      .filter({ hasText: `wk ${String(100 - n)}% left` })
      .waitFor();
  }
}

/** CPU milliseconds of all threads of the one extension host; Linux counts in hundredths of a second. */
async function cpuWhile(host: Workbench, work: () => Promise<void>): Promise<number> {
  const [pid] = await host.extensionHosts();
  const used = async () => {
    const fields = (await readFile(`/proc/${String(pid)}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  const before = await used();
  await work();
  return (await used()) - before;
}

async function printPages(): Promise<void> {
  const size = async (name: string) => (await stat(path.join(root, 'dist', name))).size / 1024;
  for (const name of ['usagePanel', 'signInPanel']) {
    const [script, sheet] = [await size(`${name}.js`), await size(`${name}.css`)];
    console.log(`Page of ${name}: ${(script + sheet).toFixed(1)} KB (script ${script.toFixed(1)}, style sheet ${sheet.toFixed(1)})`);
  }
}

function whole(time: number): string {
  return time.toFixed(0);
}
