import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import type { Simulator } from '../../../simulator/client.ts';
import { useSimulator } from '../../support/simulator.ts';
import { closedDoor } from './closedDoor.ts';
import type { Surroundings } from './realClient.ts';

/** What OpenAI's client runs in: before each test nobody is signed in and its home is new, and it asks nobody but the simulator. */
export async function useSurroundings(program = ''): Promise<Surroundings & { simulator: Simulator }> {
  const simulator = await useSimulator();
  const door = await closedDoor();
  const surroundings = { program, home: '', simulator, proxy: door.url };
  beforeEach(async () => {
    for (const { account } of await simulator.sessions()) await simulator.endSession(account);
    await simulator.set({ deviceInterval: '1' });
    surroundings.home = await mkdtemp(path.join(tmpdir(), 'codex-home-'));
  });
  afterEach(async () => {
    await rm(surroundings.home, { recursive: true, force: true, maxRetries: 5 });
    expect(door.asked).toEqual([]);
  });
  afterAll(() => door.close());
  return surroundings;
}
