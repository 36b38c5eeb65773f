// Needs the executable of @openai/codex for this platform.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refusingProxy, type RefusingProxy } from '../unit/codexCli/support/refusingProxy.ts';
import { AppServer, findCodexCli, signInByDevice, type Sandbox } from '../unit/codexCli/support/codexCliProcess.ts';
import { showsStatus, signInAs, tooltip, useStage } from './stage.ts';

const program = findCodexCli();
const skipReason = program === undefined ? ` (skipped: @openai/codex has no program here for ${process.platform} ${process.arch})` : '';

interface Window {
  usedPercent: number;
  windowDurationMins: number;
  /** Seconds since the epoch. */
  resetsAt: number;
}

interface Limits {
  rateLimits: { primary: Window | null; secondary: Window | null; planType: string };
  rateLimitResetCredits: { availableCount: number };
}

const names: Record<number, { short: string; long: string }> = {
  300: { short: '5h', long: '5-hour limit' },
  10_080: { short: 'wk', long: 'Weekly limit' },
  43_200: { short: 'mo', long: 'Monthly limit' },
};

useStage(stage => {
  describe.skipIf(program === undefined)(`the limits beside those of the Codex CLI${skipReason}`, () => {
    let refusing: RefusingProxy;
    let sandbox: Sandbox;
    let server: AppServer | undefined;

    beforeEach(async () => {
      await stage.simulator.set({ deviceInterval: '1' });
      refusing = await refusingProxy();
      const home = await mkdtemp(path.join(tmpdir(), 'codex-home-'));
      sandbox = { program: program ?? '', home, simulator: stage.simulator, proxy: refusing.url };
    });
    afterEach(async () => {
      await server?.stop();
      server = undefined;
      await rm(sandbox.home, { recursive: true, force: true, maxRetries: 5 });
      expect(refusing.requested).toEqual([]);
      await refusing.close();
    });

    it.each([
      ['ada', 'Plus', { '5h': { percent: 34, resetsInSeconds: 7920 }, weekly: { percent: 58, resetsInSeconds: 270_000 } }],
      ['pia', 'Pro', { weekly: { percent: 16, resetsInSeconds: 511_006 } }],
      ['fay', 'Free', { monthly: { percent: 71, resetsInSeconds: 900_000 } }],
    ] as const)('the status bar and its tooltip show %s the limits that the Codex CLI reads', async (account, plan, used) => {
      await stage.simulator.account({ account, used });
      expect(await signInByDevice(sandbox, account)).toMatchObject({ code: 0 });
      server = await AppServer.start(sandbox);
      const { rateLimits, rateLimitResetCredits } = (await server.ask('account/rateLimits/read')) as Limits;
      await server.ask('account/logout');
      const windows = [rateLimits.primary, rateLimits.secondary].filter(window => window !== null);
      expect(windows).toHaveLength(Object.keys(used).length);

      await signInAs(stage, account);
      const left = windows.map(
        ({ windowDurationMins, usedPercent }) => `${names[windowDurationMins]?.short ?? ''} ${String(100 - usedPercent)}%`,
      );
      await showsStatus(stage, `${plan} · ${left.join(' · ')} left`);

      const lines = await tooltip(stage);
      for (const { windowDurationMins, usedPercent, resetsAt } of windows) {
        const at = lines.indexOf(names[windowDurationMins]?.long ?? '');
        expect(lines[at + 1]).toContain(`${String(usedPercent)}% used · ${String(100 - usedPercent)}% left`);
        const clock = new Intl.DateTimeFormat('en', { timeStyle: 'short' }).format(resetsAt * 1000);
        expect(lines[at + 2]).toContain(clock);
      }
      expect(lines.some(line => line.startsWith('1 saved reset'))).toBe(rateLimitResetCredits.availableCount === 1);
    });
  });
});
