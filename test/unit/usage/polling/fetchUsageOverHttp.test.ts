/** fetchUsage over real HTTP, with the simulated account service. */
import { expect, it } from 'vitest';
import { isSameTokenSet } from '../../../../src/accounts/account.ts';
import type { Accounts } from '../../../../src/accounts/accounts.ts';
import { Http } from '../../../../src/base/http.ts';
import { codex } from '../../../../src/oauth/services/codexProtocol.ts';
import { refresh } from '../../../../src/oauth/refresh.ts';
import { readTokenResponse } from '../../../../src/oauth/tokenResponse.ts';
import { readClaims } from '../../../../src/oauth/claims.ts';
import { fetchUsage } from '../../../../src/usage/polling/fetchUsage.ts';
import type { Choice } from '../../../simulator/client.ts';
import { serviceAt } from '../../oauth/support/service.ts';
import { signIn } from '../../simulator/codex.ts';
import { ManualClock } from '../../support/clock.ts';
import { MemoryLog } from '../../support/log.ts';
import { agent } from '../../support/network.ts';
import { account, tokenSetIdOf } from '../support/account.ts';
import { useSimulator } from '../../support/simulator.ts';

const simulator = await useSimulator();
const clock = new ManualClock(Date.now());
const http = new Http({ fetch: (url, init) => fetch(url, init), clock, log: new MemoryLog(), agent });
const options = { http, clock, log: new MemoryLog(), correlationId: 'test', details: false };

const endpoint = () => ({ url: simulator.backendUrl });

/** A signed-in account that really refreshes a token that is refused. */
async function signedIn(choice: Choice): Promise<Pick<Accounts, 'credential' | 'updateProfile'>> {
  const service = serviceAt(simulator.issuer, simulator.backendUrl);
  let tokens = readTokenResponse(await signIn(simulator, choice), clock.now(), 0);
  const identity = codex.readIdentity(readClaims(tokens?.idToken ?? '') ?? {});
  if (!tokens || !identity) throw new Error('nobody signed in');
  let current = account({ identity, accessToken: tokens.accessToken });
  return {
    async credential(_account, { refused }) {
      if (tokens && isSameTokenSet(current, refused)) {
        const outcome = await refresh(service, tokens, options);
        if (outcome.kind !== 'rotated') throw new Error(outcome.kind);
        tokens = outcome.tokens;
        current = { ...current, generation: current.generation + 1, accessToken: tokens.accessToken };
      }
      return { account: current, accessToken: current.accessToken, tokenSetId: tokenSetIdOf(current) };
    },
    updateProfile: () => Promise.resolve(),
  };
}

it.each([
  ['fay', 'free', ['monthly']],
  ['ada', 'plus', ['5h', 'weekly']],
])('fetchUsage over HTTP reads plan and windows of %s on the plan %s', async (name, plan, kinds) => {
  const store = await signedIn({ account: name });
  expect(await fetchUsage(account(), endpoint(), { accounts: store, ...options })).toMatchObject({
    plan,
    windows: kinds.map(kind => ({ kind })),
  });
  expect(await simulator.counts()).toMatchObject({ usage: 1, refresh: 0 });
});

it("fetchUsage over HTTP reads the usage of the account's workspace", async () => {
  await simulator.account({ account: 'sam', workspace: 'team', used: { weekly: 42 } });
  const store = await signedIn({ account: 'sam', workspace: 'team' });
  const windows = [{ kind: '5h' }, { kind: 'weekly', used: 42 }];
  expect(await fetchUsage(account(), endpoint(), { accounts: store, ...options })).toMatchObject({ plan: 'team', windows });
});

it('fetchUsage over HTTP refreshes an expired access token once', async () => {
  const store = await signedIn({ account: 'ada' });
  await simulator.set({ clockOffsetSeconds: 864_000 + 60 });
  expect(await fetchUsage(account(), endpoint(), { accounts: store, ...options })).toMatchObject({ plan: 'plus' });
  expect(await simulator.counts()).toMatchObject({ usage: 2, refresh: 1 });
});

it('fetchUsage over HTTP sends no third request when the refreshed token is refused too', async () => {
  const store = await signedIn({ account: 'ada' });
  await simulator.fail({ route: 'usage', times: 3, fault: { status: 401, body: { error: { code: 'token_expired' } } } });
  const refused = await fetchUsage(account(), endpoint(), { accounts: store, ...options });
  expect(refused).toMatchObject({ kind: 'forbidden', refusedTokenSet: { generation: 2 } });
  expect(await simulator.counts()).toMatchObject({ usage: 2, refresh: 1 });
});

it('fetchUsage over HTTP times out after fifteen seconds', async () => {
  const store = await signedIn({ account: 'ada' });
  await simulator.fail({ route: 'usage', fault: 'hang' });
  const reading = fetchUsage(account(), endpoint(), { accounts: store, ...options });
  await clock.untilSleeping(15_000);
  clock.advance(15_000);
  expect(await reading).toEqual({ kind: 'unreachable', code: 'noAnswer' });
});
