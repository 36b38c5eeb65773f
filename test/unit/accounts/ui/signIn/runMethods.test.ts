import { describe, expect, it } from 'vitest';
import type { SignInMethod } from '../../../../../src/oauth/flows.ts';
import { AppError } from '../../../../../src/base/errors.ts';
import { runMethods } from '../../../../../src/accounts/ui/signIn/runFlow.ts';

/** A panel whose person chooses the other method as soon as a method of `switches` has begun. */
function panel(switches: Partial<Record<SignInMethod, SignInMethod>> = {}) {
  const seen: unknown[] = [];
  return {
    seen,
    offerOtherMethods: (methods: readonly SignInMethod[]) => seen.push(methods),
    startMethod: (method: SignInMethod) => {
      seen.push(method);
      const switched = new AbortController();
      const next = switches[method];
      if (next !== undefined) switched.abort(new AppError('cancelled'));
      return { signal: switched.signal, next };
    },
  };
}

const run = (method: SignInMethod, signal: AbortSignal) => {
  signal.throwIfAborted();
  return Promise.resolve(`by ${method}`);
};

describe('runMethods', () => {
  it('the methods are offered, and the first one is begun', async () => {
    const progress = panel();
    expect(await runMethods(['browser', 'deviceCode'], progress, run)).toBe('by browser');
    expect(progress.seen).toEqual([['browser', 'deviceCode'], 'browser']);
  });

  it('the methods follow each other as the person chooses', async () => {
    const progress = panel({ browser: 'deviceCode' });
    expect(await runMethods(['browser', 'deviceCode'], progress, run)).toBe('by deviceCode');
    expect(progress.seen).toEqual([['browser', 'deviceCode'], 'browser', 'deviceCode']);
  });

  it('a method that fails without being switched ends the sign-in with its error', async () => {
    const failing = () => Promise.reject(new AppError('denied'));
    await expect(runMethods(['browser', 'deviceCode'], panel(), failing)).rejects.toMatchObject({ code: 'denied' });
  });
});
