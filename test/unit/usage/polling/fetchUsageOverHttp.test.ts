/** Usage as the account service tells it, over real HTTP. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { isGeneration } from '../../../../src/accounts/account.ts';
import type { Custody } from '../../../../src/accounts/store/accountStore.ts';
import { Http } from '../../../../src/base/http.ts';
import { openAi } from '../../../../src/oauth/services/codex.ts';
import { refresh } from '../../../../src/oauth/refresh.ts';
import { readTokens } from '../../../../src/oauth/tokenAnswer.ts';
import { readClaims } from '../../../../src/oauth/tokenSet.ts';
import { readUsage } from '../../../../src/usage/polling/fetchUsage.ts';
import type { Choice, Simulator } from '../../../simulator/client.ts';
import { startSimulator } from '../../../simulator/client.ts';
import { serviceAt } from '../../oauth/support/service.ts';
import { signIn } from '../../simulator/codex.ts';
import { ManualClock } from '../../support/clock.ts';
import { MemoryLog } from '../../support/log.ts';
import { agent } from '../../support/network.ts';
import { account } from '../support/account.ts';

let simulator: Simulator;
const clock = new ManualClock(Date.now());
const http = new Http({ fetch: (url, init) => fetch(url, init), clock, log: new MemoryLog(), agent });
const attempt = { http, clock, log: new MemoryLog(), flowId: 'test', details: false };

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.reset());

/** One account that was signed in, and refreshes for real when its token is refused. */
async function signedIn(choice: Choice): Promise<Pick<Custody, 'usable' | 'rename'>> {
  const service = serviceAt(simulator.issuer, simulator.backendUrl);
  const tokens = readTokens(await signIn(simulator, choice), clock.now(), 0);
  const identity = openAi.readIdentity(readClaims(tokens?.idToken ?? '') ?? {});
  if (!tokens || !identity) throw new Error('nobody signed in');
  let current = account({ service, identity, tokens });
  return {
    async usable(_hash, { refused }) {
      if (!isGeneration(current, refused)) return current;
      const outcome = await refresh(service, current.tokens, attempt);
      if (outcome.kind !== 'rotated') throw new Error(outcome.kind);
      current = { ...current, generation: current.generation + 1, tokens: outcome.tokens };
      return current;
    },
    rename: () => Promise.resolve(),
  };
}

it.each([
  ['fay', 'free', ['monthly']],
  ['ada', 'plus', ['5h', 'weekly']],
])('reads the plan and the windows of %s', async (name, plan, kinds) => {
  const custody = await signedIn({ account: name });
  expect(await readUsage('hash', { accounts: custody, ...attempt })).toMatchObject({ plan, windows: kinds.map(kind => ({ kind })) });
  expect(await simulator.counts()).toMatchObject({ usage: 1, refresh: 0 });
});

it('reads what was used, and in which workspace', async () => {
  await simulator.account({ account: 'sam', workspace: 'team', used: { weekly: 42 } });
  const custody = await signedIn({ account: 'sam', workspace: 'team' });
  const windows = [{ kind: '5h' }, { kind: 'weekly', used: 42 }];
  expect(await readUsage('hash', { accounts: custody, ...attempt })).toMatchObject({ plan: 'team', windows });
});

it('renews a lapsed access token once', async () => {
  const custody = await signedIn({ account: 'ada' });
  await simulator.set({ clockOffsetSeconds: 864_000 + 60 });
  expect(await readUsage('hash', { accounts: custody, ...attempt })).toMatchObject({ plan: 'plus' });
  expect(await simulator.counts()).toMatchObject({ usage: 2, refresh: 1 });
});

it('asks no third time where the new token is refused too', async () => {
  const custody = await signedIn({ account: 'ada' });
  await simulator.fail({ route: 'usage', times: 3, fault: { status: 401, body: { error: { code: 'token_expired' } } } });
  expect(await readUsage('hash', { accounts: custody, ...attempt })).toEqual({ kind: 'sessionEnded', code: 'signedOut' });
  expect(await simulator.counts()).toMatchObject({ usage: 2, refresh: 1 });
});

it('waits no longer than its limit', async () => {
  const custody = await signedIn({ account: 'ada' });
  await simulator.fail({ route: 'usage', fault: 'hang' });
  const slow = readUsage('hash', { accounts: custody, ...attempt });
  await clock.untilSleeping(15_000);
  clock.advance(15_000);
  expect(await slow).toEqual({ kind: 'unreachable', code: 'noAnswer' });
});
