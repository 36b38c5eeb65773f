import { describe, expect, it } from 'vitest';
import type { FlowId } from '../../../../../src/oauth/flows.ts';
import { SignInError } from '../../../../../src/base/errors.ts';
import { runWays } from '../../../../../src/accounts/ui/signIn/signInWays.ts';

/** The panel of a person who chooses the other way as soon as one of `leaves` is begun. */
function panel(leaves: Partial<Record<FlowId, FlowId>> = {}) {
  const seen: unknown[] = [];
  return {
    seen,
    offer: (ways: readonly FlowId[]) => seen.push(ways),
    beginFlow: (way: FlowId) => {
      seen.push(way);
      const leave = new AbortController();
      const next = leaves[way];
      if (next !== undefined) leave.abort(new SignInError('cancelled'));
      return { signal: leave.signal, next };
    },
  };
}

const run = (way: FlowId, signal: AbortSignal) => {
  signal.throwIfAborted();
  return Promise.resolve(`by ${way}`);
};

describe('ways to sign in', () => {
  it('are offered, and the first is begun', async () => {
    const dialogue = panel();
    expect(await runWays(['browser', 'deviceCode'], dialogue, run)).toBe('by browser');
    expect(dialogue.seen).toEqual([['browser', 'deviceCode'], 'browser']);
  });

  it('follow one another as the person chooses', async () => {
    const dialogue = panel({ browser: 'deviceCode' });
    expect(await runWays(['browser', 'deviceCode'], dialogue, run)).toBe('by deviceCode');
    expect(dialogue.seen).toEqual([['browser', 'deviceCode'], 'browser', 'deviceCode']);
  });

  it('end with the failure of one that nobody left', async () => {
    const failing = () => Promise.reject(new SignInError('denied'));
    await expect(runWays(['browser', 'deviceCode'], panel(), failing)).rejects.toMatchObject({ code: 'denied' });
  });
});
