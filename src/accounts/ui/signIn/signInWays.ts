import type { FlowId } from '../../../oauth/flows.ts';
import { SignInError } from '../../../base/errors.ts';
import type { Dialogue } from './signInPrompt.ts';

/**
 * One way to sign in after another, as the person chooses in the panel, until one succeeds or fails.
 * @param ways the first is begun, the others are offered
 * @throws SignInError, or what `run` throws
 */
export async function runWays<T>(
  ways: readonly FlowId[],
  dialogue: Pick<Dialogue, 'offer' | 'beginFlow'>,
  run: (way: FlowId, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  dialogue.offer(ways);
  for (let [way] = ways; way !== undefined;) {
    const step = dialogue.beginFlow(way);
    try {
      return await run(way, step.signal);
    } catch (error) {
      // The person chose another way: that is no failure.
      if (step.next === undefined) throw error;
      way = step.next;
    }
  }
  throw new SignInError('unexpected');
}
