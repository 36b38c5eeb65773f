import type { SignInMethod } from '../../../oauth/flows.ts';
import { AppError } from '../../../base/errors.ts';
import type { SignInProgress } from './signInPrompt.ts';

/**
 * One way to sign in after another, as the person chooses in the panel, until one succeeds or fails.
 * @param methods the first is begun, the others are offered
 * @throws AppError, or what `run` throws
 */
export async function runMethods<T>(
  methods: readonly SignInMethod[],
  progress: Pick<SignInProgress, 'offerOtherMethods' | 'startMethod'>,
  run: (method: SignInMethod, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  progress.offerOtherMethods(methods);
  for (let [method] = methods; method !== undefined;) {
    const step = progress.startMethod(method);
    try {
      return await run(method, step.signal);
    } catch (error) {
      // The person chose another way: that is no failure.
      if (step.next === undefined) throw error;
      method = step.next;
    }
  }
  throw new AppError('unexpected');
}
