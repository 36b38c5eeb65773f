// One reading of usage for all windows of a machine: who asks, how often, and what each window shows.
import type { Page } from 'playwright-core';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { signInAs, soon, statusSays, useFreshStage } from '../stage.ts';
import { passSpacing, passTime } from '../usageStore.ts';
import { runCommand, statusItem } from '../workbench.ts';

const minute = 60_000;
const left = 'Plus · 5h 66% · wk 42% left';

useFreshStage(stage => {
  const usageRequests = async () => (await stage.simulator.requests()).filter(({ kind }) => kind === 'usage');

  /** Has the service tell this from now on. @returns what a status bar shows of it */
  const use = async (percent: number) => {
    await stage.simulator.account({ account: 'ada', used: { '5h': percent, weekly: percent } });
    const rest = String(100 - percent);
    return `Plus · 5h ${rest}% · wk ${rest}% left`;
  };

  /** Minutes go by, after which a reading is due, or not yet. */
  const steps = [
    [2, false],
    [20, true],
    [3, false],
    [20, true],
    [20, true],
    [1, false],
    [20, true],
  ] as const;

  /** Lets that time go by in windows that nobody touches. @returns how often the service was asked */
  const live = async (windows: readonly Page[], first: number): Promise<number> => {
    const before = (await usageRequests()).length;
    for (const [index, [minutes, isDue]] of steps.entries()) {
      const shown = (await statusItem(stage.window).innerText()).trim();
      const told = await use(first + index);
      passTime(stage.workbench, minutes * minute);
      if (!isDue) await sleep(1_500);
      for (const window of windows) await statusSays(window, isDue ? told : shown);
    }
    return (await usageRequests()).length - before;
  };

  describe('four windows', () => {
    it('ask one at a time and no more often than one does, and show the same after each answer', async () => {
      const windows = await stage.windows(4);
      await signInAs(stage, 'ada');
      for (const window of windows) await statusSays(window, left);
      // Long enough for the others to come in between.
      await stage.simulator.set({ usageDelayMs: 500 });
      expect(await live(windows, 1)).toBe(4);

      // A person who asks in three of them at once is answered by one reading.
      const [, ...others] = windows;
      const told = await use(30);
      passSpacing(stage.workbench);
      await Promise.all(others.map(window => runCommand(window, 'ChatGPT: Refresh Usage')));
      for (const window of windows) await statusSays(window, told);
      const requests = await usageRequests();
      expect(requests).toHaveLength(6);
      for (const [index, { at }] of requests.entries()) {
        const { endedAt } = requests[index - 1] ?? { endedAt: at };
        expect(Date.parse(at), 'begins when the one before has ended').toBeGreaterThanOrEqual(Date.parse(endedAt ?? ''));
      }

      for (const window of others) await window.close();
      // A process that has lost its window gets no answer any more, and must not be the one that asks.
      await expect.poll(async () => (await stage.workbench.extensionHosts()).length, soon).toBe(1);
      expect(await live([stage.window], 40)).toBe(4);
    });
  });
});
