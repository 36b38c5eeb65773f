import { describe, expect, it } from 'vitest';
import type { SignInMethod } from '../../../../../src/oauth/flows.ts';
import { AppError } from '../../../../../src/base/errors.ts';
import { runMethods } from '../../../../../src/accounts/ui/signIn/signInWays.ts';

/** The panel of a person who chooses the other way as soon as one of `leaves` is begun. */
function panel(leaves: Partial<Record<SignInMethod, SignInMethod>> = {}) {
  const seen: unknown[] = [];
  return {
    seen,
    offerOtherMethods: (methods: readonly SignInMethod[]) => seen.push(methods),
    startMethod: (method: SignInMethod) => {
      seen.push(method);
      const leave = new AbortController();
      const next = leaves[method];
      if (next !== undefined) leave.abort(new AppError('cancelled'));
      return { signal: leave.signal, next };
    },
  };
}

const run = (method: SignInMethod, signal: AbortSignal) => {
  signal.throwIfAborted();
  return Promise.resolve(`by ${method}`);
};

describe('ways to sign in', () => {
  it('are offered, and the first is begun', async () => {
    const dialogue = panel();
    expect(await runMethods(['browser', 'deviceCode'], dialogue, run)).toBe('by browser');
    expect(dialogue.seen).toEqual([['browser', 'deviceCode'], 'browser']);
  });

  it('follow one another as the person chooses', async () => {
    const dialogue = panel({ browser: 'deviceCode' });
    expect(await runMethods(['browser', 'deviceCode'], dialogue, run)).toBe('by deviceCode');
    expect(dialogue.seen).toEqual([['browser', 'deviceCode'], 'browser', 'deviceCode']);
  });

  it('end with the failure of one that nobody left', async () => {
    const failing = () => Promise.reject(new AppError('denied'));
    await expect(runMethods(['browser', 'deviceCode'], panel(), failing)).rejects.toMatchObject({ code: 'denied' });
  });
});
