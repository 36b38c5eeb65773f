// One reading of usage for all windows of a machine: which window requests it, how often, and what each shows.
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

  /** Sets the usage at the service. @returns the text of the status bar for it */
  const use = async (percent: number) => {
    await stage.simulator.account({ account: 'ada', used: { '5h': percent, weekly: percent } });
    const rest = String(100 - percent);
    return `Plus · 5h ${rest}% · wk ${rest}% left`;
  };

  /** Minutes that pass, and whether a reading is due then. */
  const steps = [
    [2, false],
    [20, true],
    [3, false],
    [20, true],
    [20, true],
    [1, false],
    [20, true],
  ] as const;

  /** Lets the time of these steps pass in idle windows. @returns the number of requests */
  const live = async (windows: readonly Page[], first: number): Promise<number> => {
    const before = (await usageRequests()).length;
    for (const [index, [minutes, isDue]] of steps.entries()) {
      const shown = (await statusItem(stage.window).innerText()).trim();
      const expected = await use(first + index);
      passTime(stage.workbench, minutes * minute);
      if (!isDue) await sleep(1_500);
      for (const window of windows) await statusSays(window, isDue ? expected : shown);
    }
    return (await usageRequests()).length - before;
  };

  describe('four windows', () => {
    it('four windows read usage one at a time, no more often than one window, and show the same', async () => {
      const windows = await stage.windows(4);
      await signInAs(stage, 'ada');
      for (const window of windows) await statusSays(window, left);
      // Long enough for other windows to come in between.
      await stage.simulator.set({ usageDelayMs: 500 });
      expect(await live(windows, 1)).toBe(4);

      // Concurrent refreshes in three windows share one request.
      const [, ...others] = windows;
      const expected = await use(30);
      passSpacing(stage.workbench);
      await Promise.all(others.map(window => runCommand(window, 'ChatGPT: Refresh Usage')));
      for (const window of windows) await statusSays(window, expected);
      const requests = await usageRequests();
      expect(requests).toHaveLength(6);
      for (const [index, { at }] of requests.entries()) {
        const { endedAt } = requests[index - 1] ?? { endedAt: at };
        expect(Date.parse(at), 'begins when the one before has ended').toBeGreaterThanOrEqual(Date.parse(endedAt ?? ''));
      }

      for (const window of others) await window.close();
      // An extension host that lost its window gets no response, and must not be the one that reads.
      await expect.poll(async () => (await stage.workbench.extensionHosts()).length, soon).toBe(1);
      expect(await live([stage.window], 40)).toBe(4);
    });
  });
});
