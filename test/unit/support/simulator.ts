import { afterAll, beforeEach } from 'vitest';
import { startSimulator, type Simulator } from '../../simulator/client.ts';

/** The account service for the tests of a file: nothing is steered or counted before each, and it stops after the last. */
export async function useSimulator(): Promise<Simulator> {
  const simulator = await startSimulator();
  beforeEach(() => simulator.reset());
  afterAll(() => simulator.stop());
  return simulator;
}
