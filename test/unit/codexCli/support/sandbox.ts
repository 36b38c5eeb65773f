import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import type { Simulator } from '../../../simulator/client.ts';
import { useSimulator } from '../../support/simulator.ts';
import { refusingProxy } from './refusingProxy.ts';
import type { Sandbox } from './codexCliProcess.ts';

/** The environment of the Codex CLI: signed out and with an empty home before each test, and with no network but the simulator. */
export async function useSandbox(program = ''): Promise<Sandbox & { simulator: Simulator }> {
  const simulator = await useSimulator();
  const proxy = await refusingProxy();
  const sandbox = { program, home: '', simulator, proxy: proxy.url };
  beforeEach(async () => {
    for (const { account } of await simulator.sessions()) await simulator.endSession(account);
    await simulator.set({ deviceInterval: '1' });
    sandbox.home = await mkdtemp(path.join(tmpdir(), 'codex-home-'));
  });
  afterEach(async () => {
    await rm(sandbox.home, { recursive: true, force: true, maxRetries: 5 });
    expect(proxy.requested).toEqual([]);
  });
  afterAll(() => proxy.close());
  return sandbox;
}
