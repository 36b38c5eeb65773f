import { expect, it } from 'vitest';
import { refreshRefused } from '../../../src/accounts/refusedToken.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryLog } from '../support/log.ts';

it.each([
  ['that is new', 59_000, 0],
  ['that is a minute old', 60_000, 1],
  ['from the time before the clock was put back', -3_600_000, 1],
])('a refused token %s is refreshed as it should be', async (_, age, times) => {
  const clock = new ManualClock();
  const account = { signInId: 'sign-in', generation: 2, tokens: { issuedAt: clock.now() - age } };
  let refreshes = 0;
  const refresh = () => {
    refreshes++;
    return Promise.resolve(account);
  };
  await refreshRefused(account, refresh, { clock, log: new MemoryLog(), correlationId: 'ab12' });
  expect(refreshes).toBe(times);
});
