import { describe, expect, it } from 'vitest';
import { ProcessLocks } from '../../../../src/storage/processLock.ts';
import { AppError } from '../../../../src/base/errors.ts';
import type { UsageUpdate } from '../../../../src/usage/decode/update.ts';
import { json } from '../../support/network.ts';
import { account } from '../support/account.ts';
import { hour, Machine, minute, second, usage } from '../support/machine.ts';

const week = (used: number) => [expect.objectContaining({ id: 'codex:weekly', used })] as unknown;

describe('UsageService', () => {
  it('an unknown account has no state', async () => {
    const { usageService } = await new Machine().open();
    expect(usageService.state('nobody')).toEqual({ isReading: false });
  });

  it('an account without a reading is read at once, and the state says so meanwhile', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open({ enabled: false });
    const seen: boolean[] = [];
    usageService.onDidChange(() => seen.push(usageService.state('hash').isReading));
    usageService.setConditions({ enabled: true });
    await machine.pass(1);
    expect(seen).toContain(true);
    expect(usageService.state('hash')).toMatchObject({ isReading: false, view: { snapshot: { windows: week(58) } } });
    expect(usageService.state('hash')).not.toHaveProperty('failure');
    expect(usageService.state('hash').nextAt).toBe(machine.clock.now() + 5 * minute);
  });

  it('a second window shows the stored reading at once, and sends no request while that is fresh', async () => {
    const machine = new Machine();
    await machine.open();
    await machine.pass(2 * minute);
    const { usageService } = await machine.open();
    expect(usageService.state('hash').view?.snapshot).toMatchObject({ fetchedAt: machine.clock.now() - 2 * minute, windows: week(58) });
    await machine.pass(20 * second);
    expect(machine.requests).toBe(1);
  });

  it('a window opened much later shows the stored reading, and sends a request after a moment', async () => {
    const machine = new Machine();
    const first = await machine.open();
    await machine.pass(1);
    first.usageService.dispose();
    await machine.sleep(20 * hour);
    const { usageService } = await machine.open();
    expect(usageService.state('hash').view?.snapshot).toMatchObject({ windows: week(58) });
    expect([machine.requests, usageService.state('hash').nextAt]).toEqual([1, machine.clock.now() + 6.5 * second]);
    await machine.pass(10 * second);
    expect(machine.requests).toBe(2);
  });

  it('a failure keeps the last reading, and is reported until a request succeeds', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    machine.answer = () => json(503, {});
    await machine.pass(5 * minute);
    expect(usageService.state('hash')).toMatchObject({
      view: { snapshot: { windows: week(58) } },
      failure: { kind: 'outage', code: 'serviceUnavailable' },
    });
    machine.answer = () => json(200, usage({ used: 60 }));
    await machine.pass(6 * minute);
    expect(usageService.state('hash')).toMatchObject({ view: { snapshot: { windows: week(60) } } });
    expect(usageService.state('hash')).not.toHaveProperty('failure');
  });

  it('a response for another account is discarded, and the last reading kept', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    machine.answer = () => json(200, usage({ used: 99, account_id: 'another-account' }));
    await machine.pass(5 * minute);
    expect(usageService.state('hash')).toMatchObject({
      view: { snapshot: { windows: week(58) } },
      failure: { code: 'answerNotUnderstood' },
    });
  });

  it('a listener is not called after it unsubscribed', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    let calls = 0;
    const stop = usageService.onDidChange(() => (calls += 1));
    await machine.pass(5 * minute);
    const before = calls;
    stop();
    await machine.pass(5 * minute);
    expect([before > 0, calls]).toEqual([true, before]);
  });

  it('a disposed service holds no timer', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    expect(machine.clock.sleeping).toHaveLength(1);
    usageService.dispose();
    expect(machine.clock.sleeping).toEqual([]);
  });
});

describe('UsageService with an account that cannot be read', () => {
  it('a refusal that is not about the token keeps the reading, and is asked again ever more seldom', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    machine.answer = () => json(401, { detail: 'Workspace is not authorized in this region.' });
    await machine.pass(12 * hour, 25 * second);
    expect(machine.requests).toBeGreaterThan(12);
    expect(machine.requests).toBeLessThan(40);
    expect(machine.accounts.calls.filter(({ refused }) => refused)).toEqual([]);
    expect(usageService.state('hash')).toMatchObject({ view: { snapshot: { windows: week(58) } }, failure: { kind: 'forbidden' } });
    machine.answer = () => json(200, usage());
    await machine.pass(40 * minute);
    expect(usageService.state('hash')).not.toHaveProperty('failure');
  });

  it('a token that is refused after its refresh too is refreshed once, however often usage is asked for', async () => {
    const machine = new Machine();
    await machine.open();
    machine.accounts.renews = true;
    machine.answer = () => json(401, { error: { code: 'token_expired' } });
    await machine.pass(12 * hour, 25 * second);
    expect(machine.accounts.calls.filter(({ refused }) => refused)).toHaveLength(1);
  });

  it('a new sign-in is read at once, whatever the last one was refused for', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    machine.answer = () => json(401, { error: { code: 'account_deactivated' } });
    await machine.pass(30 * minute);
    expect(machine.requests).toBe(2);
    machine.answer = () => json(200, usage());
    machine.accounts.set(account({ signInId: 'another-signInId' }));
    expect(usageService.state('hash')).not.toHaveProperty('failure');
    await machine.pass(minute);
    expect([machine.requests, usageService.state('hash').failure]).toEqual([3, undefined]);
  });

  it('a deactivated account loses its reading in every window and in the store, and is asked again by the hour', async () => {
    const machine = new Machine();
    const [{ usageService, store }, other] = [await machine.open(), await machine.open()];
    machine.answer = () => json(401, { error: { code: 'account_deactivated' } });
    await machine.pass(12 * hour, 25 * second);
    expect(machine.requests).toBeLessThan(18);
    for (const each of [usageService, other.usageService]) {
      expect(each.state('hash')).toMatchObject({ failure: { kind: 'accountInactive' } });
      expect(each.state('hash')).not.toHaveProperty('view');
    }
    expect((await store.read())?.get('hash')).not.toHaveProperty('snapshot');
    machine.answer = () => json(200, usage());
    await machine.pass(2 * hour, 25 * second);
    expect(usageService.state('hash')).toMatchObject({ view: { snapshot: { windows: week(58) } } });
  });

  it('disconnecting an account deletes its usage and history from the store', async () => {
    const machine = new Machine();
    const { usageService, store } = await machine.open();
    expect(await store.history('hash')).toHaveLength(1);
    machine.accounts.set();
    await machine.rest();
    expect(usageService.state('hash')).toEqual({ isReading: false });
    expect([await store.history('hash'), (await store.read())?.size]).toEqual([[], 0]);
    expect(machine.clock.sleeping).toEqual([]);
  });

  it('the response for an account disconnected meanwhile is not stored', async () => {
    const machine = new Machine();
    const { promise, resolve } = Promise.withResolvers<Response>();
    machine.answer = () => promise;
    const { usageService, store } = await machine.open({ enabled: false });
    usageService.setConditions({ enabled: true });
    machine.clock.advance(1);
    while (machine.requests === 0) await new Promise(setImmediate);
    machine.accounts.set();
    resolve(json(200, usage()));
    await machine.rest();
    expect((await store.read())?.size).toBe(0);
  });
});

describe('UsageService in several windows', () => {
  it('four windows send as many requests in an hour as one', async () => {
    const alone = new Machine();
    await alone.open();
    await alone.pass(hour);
    const machine = new Machine();
    const windows = [await machine.open(), await machine.open(), await machine.open(), await machine.open()];
    await machine.pass(hour);
    expect(alone.requests).toBe(13);
    expect(machine.requests).toBe(alone.requests);
    expect(new Set(windows.map(({ usageService }) => usageService.state('hash').view?.snapshot.fetchedAt)).size).toBe(1);
  });

  it('windows with random delays, which do not hear of each other, send at most one request more or less than one window', async () => {
    const alone = new Machine();
    await alone.open();
    await alone.pass(hour);
    const machine = new Machine();
    const windows = [0.1, 0.5, 0.9, 0.3].map(random => machine.open({}, { random: () => random }));
    await Promise.all(windows);
    machine.areNotified = false;
    await machine.pass(hour);
    expect(Math.abs(machine.requests - alone.requests)).toBeLessThanOrEqual(1);
  });

  it('four windows send one request after a sleep of eight hours, ten seconds after the machine woke', async () => {
    const machine = new Machine();
    for (let index = 0; index < 4; index++) await machine.open();
    await machine.pass(20 * second);
    expect(machine.requests).toBe(1);
    await machine.sleep(8 * hour);
    await machine.pass(9 * second);
    expect(machine.requests).toBe(1);
    await machine.pass(2 * minute);
    expect(machine.requests).toBe(2);
  });

  it('windows share the delay of a 429', async () => {
    const machine = new Machine();
    machine.answer = () => json(429, {}, { 'retry-after': '1800' });
    const windows = [await machine.open(), await machine.open()];
    await machine.pass(29 * minute);
    expect(machine.requests).toBe(1);
    for (const { usageService } of windows) expect(usageService.state('hash').failure).toMatchObject({ kind: 'tooMany', times: 1 });
  });

  it('concurrent refreshes in several windows share one request', async () => {
    const machine = new Machine();
    const [one, two] = [await machine.open(), await machine.open()];
    await machine.pass(minute);
    const { promise, resolve } = Promise.withResolvers<Response>();
    machine.answer = () => promise;
    const refreshes = [
      one.usageService.refresh('hash', 'one'),
      one.usageService.refresh('hash', 'same'),
      two.usageService.refresh('hash', 'two'),
    ];
    while (machine.requests === 1) await new Promise(setImmediate);
    resolve(json(200, usage({ used: 60 })));
    await Promise.all(refreshes);
    expect(machine.requests).toBe(2);
    for (const { usageService } of [one, two])
      expect(usageService.state('hash')).toMatchObject({ isReading: false, view: { snapshot: { windows: week(60) } } });
  });
});

describe('UsageService.refresh beside another window', () => {
  it('a refresh waits until ten seconds after the request of another window, even without news of that request', async () => {
    const machine = new Machine();
    machine.areNotified = false;
    const [one, two] = [await machine.open(), await machine.open()];
    await machine.pass(minute);
    await one.usageService.refresh('hash', 'one');
    await machine.pass(5 * second);
    const refresh = two.usageService.refresh('hash', 'two');
    while (!machine.clock.sleeping.includes(5 * second)) await new Promise(setImmediate);
    expect(machine.requests).toBe(2);
    await machine.pass(5 * second);
    expect([await refresh, machine.requests]).toEqual([true, 3]);
  });

  it('a refresh returns false after twenty seconds while another window holds the lock, and works afterwards', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    await machine.pass(minute);
    const ghost = await new ProcessLocks({ folder: machine.folder, clock: machine.clock, random: Math.random }).tryAcquire('usage-hash');
    const refresh = usageService.refresh('hash', 'ab12');
    while (!machine.clock.sleeping.includes(20 * second)) await new Promise(setImmediate);
    machine.clock.advance(20 * second);
    expect(await refresh).toBe(false);
    ghost?.release();
    expect([await usageService.refresh('hash', 'ab12'), machine.requests]).toEqual([true, 2]);
  });
});

describe('UsageService without requests', () => {
  it.each([
    ['by the setting', { enabled: false }],
    ['by the interval "manual"', { interval: 'manual' as const }],
  ])('usage that is off %s has no request and no timer', async (_how, conditions) => {
    const machine = new Machine();
    await machine.open(conditions);
    await machine.pass(hour);
    expect([machine.requests, machine.clock.sleeping]).toEqual([0, []]);
  });

  it('a refresh by the person sends no request when usage is off', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open({ enabled: false });
    await usageService.refresh('hash', 'ab12');
    expect(machine.requests).toBe(0);
  });

  it('expired sessions, services without usage and no accounts at all have no request and no timer', async () => {
    const machine = new Machine(account({ isExpired: true }), account({ hash: 'other', capabilities: {} }));
    const { usageService } = await machine.open();
    await usageService.refresh('hash', 'ab12');
    await usageService.refresh('other', 'ab12');
    await machine.pass(hour);
    machine.accounts.set();
    await machine.pass(hour);
    expect([machine.requests, machine.clock.sleeping]).toEqual([0, []]);
  });

  it('requests stop four hours after the last focus of any window, and continue with the next focus', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    usageService.setConditions({ focused: false });
    await machine.pass(4 * hour);
    const asked = machine.requests;
    expect(asked).toBe(1 + 16);
    expect(machine.clock.sleeping).toEqual([]);
    await machine.pass(4 * hour);
    expect(machine.requests).toBe(asked);
    usageService.setConditions({ focused: true });
    await machine.pass(minute);
    expect(machine.requests).toBe(asked + 1);
  });
});

describe('UsageService.refresh', () => {
  it('a refresh is sent at once, and a second one ten seconds after it', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    await machine.pass(10 * second);
    await usageService.refresh('hash', 'ab12');
    expect(machine.requests).toBe(2);
    const refreshes = [usageService.refresh('hash', 'ab12'), usageService.refresh('hash', 'ab12')];
    await machine.pass(5 * second);
    expect(machine.requests).toBe(2);
    await machine.pass(5 * second);
    await Promise.all(refreshes);
    expect(machine.requests).toBe(3);
  });

  it('a refresh before the end of Retry-After sends no request, and the state has the end of the delay', async () => {
    const machine = new Machine();
    machine.answer = () => json(429, {}, { 'retry-after': '600' });
    const { usageService } = await machine.open();
    await machine.pass(9 * minute);
    await usageService.refresh('hash', 'ab12');
    expect(machine.requests).toBe(1);
    expect(usageService.state('hash').failure?.until).toBe(machine.clock.now() + minute);
    await machine.pass(minute);
    await usageService.refresh('hash', 'ab12');
    expect(machine.requests).toBe(2);
  });

  it('an action of the person shortens the interval for five minutes', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    await machine.pass(minute);
    usageService.markActive();
    await machine.pass(4.5 * minute);
    expect(machine.requests).toBe(3);
    await machine.pass(5 * minute);
    expect(machine.requests).toBe(4);
  });

  it('a refresh requests the expiry of saved resets, which is kept until the next such request', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    const expiry = '2026-12-04T02:26:28Z';
    machine.answer = ({ url }) =>
      url.endsWith('/usage')
        ? json(200, usage({ rate_limit_reset_credits: { available_count: 1 } }))
        : json(200, { available_count: 1, credits: [{ status: 'available', expires_at: expiry }] });
    const paths = () => machine.network.sent.map(({ url }) => url.split('/').at(-1));
    await machine.pass(minute);
    await usageService.refresh('hash', 'ab12');
    expect(paths()).toEqual(['usage', 'usage', 'rate-limit-reset-credits']);
    await machine.pass(15 * minute);
    await usageService.refresh('hash', 'ab12');
    expect(paths().filter(path => path !== 'usage')).toHaveLength(1);
    expect(usageService.state('hash').view?.snapshot.resetCredits).toEqual({ available: 1, nextExpiry: Date.parse(expiry) });
  });
});

it('UsageService: sessions handed out in a row are followed by one reading', async () => {
  const machine = new Machine();
  const { usageService } = await machine.open();
  await machine.pass(minute);
  for (let index = 0; index < 4; index++) {
    usageService.onSessionHandedOut('hash');
    await machine.pass(5 * second);
  }
  expect(machine.requests).toBe(1);
  await machine.pass(10 * second);
  expect(machine.requests).toBe(2);
  await machine.pass(4 * minute);
  expect(machine.requests).toBe(2);
});

it('UsageService: several accounts are read at least ten seconds apart', async () => {
  const machine = new Machine(account(), account({ hash: 'b' }), account({ hash: 'c' }));
  const times: number[] = [];
  machine.answer = () => {
    times.push(machine.clock.now());
    return json(200, usage());
  };
  await machine.open();
  await machine.open();
  await machine.pass(30 * minute);
  expect(times.length).toBeGreaterThan(15);
  for (const [index, time] of times.entries()) if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(10 * second);
});

it('UsageService: ten seconds lie between accounts even while another window waits for a response', async () => {
  const machine = new Machine(account(), account({ hash: 'b' }));
  const { promise, resolve } = Promise.withResolvers<Response>();
  const windows = [await machine.open({ enabled: false }), await machine.open({ enabled: false })];
  machine.answer = () => promise;
  for (const { usageService } of windows) usageService.setConditions({ enabled: true });
  const letPass = async (ms: number) => {
    machine.clock.advance(ms);
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  };
  await letPass(0);
  // The first refresh loads the code that reads usage.
  while (machine.requests === 0) await new Promise(setImmediate);
  await letPass(9 * second);
  expect(machine.requests).toBe(1);
  await letPass(second);
  while (machine.requests === 1) await new Promise(setImmediate);
  expect(machine.requests).toBe(2);
  resolve(json(200, usage()));
});

it('UsageService: a response received across a sleep is discarded, and requested again after the machine woke', async () => {
  const machine = new Machine();
  const { promise, resolve } = Promise.withResolvers<Response>();
  const { usageService } = await machine.open({ enabled: false });
  machine.answer = () => promise;
  usageService.setConditions({ enabled: true });
  machine.clock.advance(0);
  while (machine.requests === 0) await new Promise(setImmediate);
  machine.clock.stop(8 * hour);
  resolve(json(200, usage()));
  await machine.rest();
  expect(usageService.state('hash')).toMatchObject({ isReading: false });
  expect(usageService.state('hash')).not.toHaveProperty('view');
  machine.answer = () => json(200, usage({ used: 60 }));
  await machine.pass(10 * second);
  expect(machine.requests).toBe(1);
  await machine.pass(10 * second);
  expect(usageService.state('hash')).toMatchObject({ view: { snapshot: { windows: week(60) } } });
});

describe('UsageService on a computer whose clock is put back', () => {
  const days = 60 * 24 * hour;
  const back = (machine: Machine) => {
    machine.clock.set(machine.clock.now() - days);
  };

  it('a window that has just opened reads once it has settled', async () => {
    const machine = new Machine();
    const first = await machine.open();
    first.usageService.dispose();
    await machine.open();
    back(machine);
    await machine.pass(6 * minute);
    expect(machine.requests).toBe(2);
  });

  it('the usual interval holds, no timer waits for the clock, and none fires at once', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    usageService.markActive();
    back(machine);
    await machine.pass(hour);
    expect(machine.requests).toBeGreaterThanOrEqual(11);
    expect(machine.requests).toBeLessThanOrEqual(15);
    for (const ms of machine.clock.sleeping) expect(ms > second && ms <= 30 * minute).toBe(true);
  });

  it('a window in the background stops to read after four hours', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    usageService.setConditions({ focused: false });
    back(machine);
    await machine.pass(5 * hour);
    const { requests } = machine;
    await machine.pass(2 * hour, 25 * second);
    expect(machine.requests).toBe(requests);
  });

  it('a session that is handed out is followed by a reading', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open({ interval: 30 });
    usageService.onSessionHandedOut('hash');
    back(machine);
    await machine.pass(5 * minute);
    const { requests } = machine;
    usageService.onSessionHandedOut('hash');
    await machine.pass(2 * minute);
    expect(machine.requests).toBe(requests + 1);
  });

  it('the last reading is shown as one whose age is not known, until there is another', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    machine.answer = () => Promise.reject(new TypeError('fetch failed'));
    back(machine);
    expect(usageService.state('hash').view).toMatchObject({ isStale: true });
    expect(usageService.state('hash').view?.forecasts.get('codex:weekly')).toEqual({ verdict: 'hidden' });
    machine.answer = () => json(200, usage());
    await machine.pass(hour);
    expect(usageService.state('hash').view).toMatchObject({ isStale: false });
  });

  it('each window hears what another one has read since, and raises what is news to it', async () => {
    const machine = new Machine();
    const [one, other] = [await machine.open(), await machine.open({ enabled: false })];
    machine.answer = () => json(200, usage({ used: 70 }));
    await machine.pass(6 * minute);
    back(machine);
    machine.answer = () => json(200, usage({ used: 71 }));
    await machine.pass(6 * minute);
    expect(other.usageService.state('hash').view?.snapshot).toMatchObject({ windows: week(71) });
    machine.answer = () => json(200, usage({ used: 100 }));
    await machine.pass(6 * minute);
    expect([...one.alerts, ...other.alerts]).toEqual(['spent codex:weekly']);
  });
});

describe('UsageService in a window that opened just before the clock is put back', () => {
  it('takes the first reading of others for what held when it opened, and raises what is news since', async () => {
    const machine = new Machine();
    const watching = await machine.open({ enabled: false });
    machine.clock.set(machine.clock.now() - 24 * hour);
    const reader = await machine.open();
    await machine.pass(minute);
    reader.usageService.dispose();
    machine.answer = () => json(200, usage({ used: 100 }));
    const next = await machine.open();
    await machine.pass(10 * minute);
    expect(machine.requests).toBeGreaterThanOrEqual(2);
    expect([watching.alerts, reader.alerts, next.alerts]).toEqual([['spent codex:weekly'], [], []]);
  });
});

describe('UsageService.applyUpdate', () => {
  const update = (fetchedAt: number): UsageUpdate => ({
    fetchedAt,
    windows: [
      { id: 'codex:weekly', limitId: 'codex', kind: 'weekly', lengthSeconds: 604_800, used: 77, isActive: true, source: 'headers' },
    ],
    extra: [],
  });

  it('an update shows in every window, gets into history and postpones the next request', async () => {
    const machine = new Machine();
    const [one, two] = [await machine.open(), await machine.open()];
    await machine.pass(4 * minute);
    await one.usageService.applyUpdate('hash', update(machine.clock.now()));
    await machine.rest();
    expect(two.usageService.state('hash').view?.snapshot.windows).toMatchObject([{ used: 77, source: 'headers' }]);
    expect((await one.recorder.history('hash'))?.map(({ used }) => used)).toEqual([58, 77]);
    await machine.pass(4 * minute);
    expect(machine.requests).toBe(1);
  });

  it('an account that was never read ignores an update', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open({ enabled: false });
    await usageService.applyUpdate('hash', update(machine.clock.now()));
    await usageService.applyUpdate('nobody', update(machine.clock.now()));
    expect(usageService.state('hash')).toEqual({ isReading: false });
  });
});

describe('UsageService.applyTraffic', () => {
  const headers = (percent: number) =>
    new Headers({ 'x-codex-primary-used-percent': String(percent), 'x-codex-primary-window-minutes': '10080' });

  it('the limits of a model response are the reading, and no request follows', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    for (let n = 1; n <= 10; n++) {
      await machine.pass(4 * minute);
      await usageService.applyTraffic('hash', { headers: headers(58 + n) }, { fetchedAt: machine.clock.now(), clockOffset: 0 });
      await machine.rest();
      expect(usageService.state('hash').view?.snapshot.windows).toMatchObject([{ used: 58 + n, source: 'headers' }]);
    }
    expect(machine.requests).toBe(1);
  });

  it('a response that says nothing of usage, or of another limit, changes nothing', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open();
    const at = { fetchedAt: machine.clock.now(), clockOffset: 0 };
    const before = usageService.state('hash').view?.snapshot;
    await usageService.applyTraffic('hash', { headers: new Headers() }, at);
    await usageService.applyTraffic('nobody', { headers: headers(90) }, at);
    const other = headers(90);
    other.set('x-codex-primary-window-minutes', '300');
    await usageService.applyTraffic('hash', { headers: other }, at);
    expect(usageService.state('hash').view?.snapshot).toEqual(before);
  });
});

describe('alerts of UsageService', () => {
  it('an alert is raised in one of several windows, and none for what held when they opened', async () => {
    const machine = new Machine();
    machine.answer = () => json(200, usage({ used: 85 }));
    const windows = [await machine.open(), await machine.open()];
    await machine.pass(11 * minute);
    expect(windows.flatMap(({ alerts }) => alerts)).toEqual([]);
    machine.answer = () => json(200, usage({ used: 100 }));
    await machine.pass(11 * minute);
    expect(windows.flatMap(({ alerts }) => alerts)).toEqual(['spent codex:weekly']);
  });

  it('an alert is raised in the window that knows the previous reading, even if a new window made the request', async () => {
    const machine = new Machine();
    const old = await machine.open({ focused: false });
    await machine.pass(10 * minute);
    machine.answer = () => json(200, usage({ used: 100 }));
    const young = await machine.open();
    await machine.pass(20 * second);
    expect(machine.requests).toBe(2);
    expect([old.alerts, young.alerts]).toEqual([['spent codex:weekly'], []]);
    await machine.pass(20 * minute);
    expect([old.alerts, young.alerts]).toEqual([['spent codex:weekly'], []]);
  });
});

describe('UsageService when the disk fails', () => {
  it('a window that cannot take the lock sends no request', async () => {
    const machine = new Machine();
    const { usageService } = await machine.open({}, { folder: '/dev/null/storage' });
    await machine.pass(20 * minute);
    expect(machine.requests).toBe(0);
    expect(usageService.state('hash')).toMatchObject({ isReading: false, failure: { kind: 'unreachable', code: 'vaultUnavailable' } });
  });

  it('readings and delays stay in memory when they cannot be stored', async () => {
    const machine = new Machine();
    const { usageService, store } = await machine.open({ enabled: false });
    store.update = () => Promise.reject(new AppError('diskFull'));
    usageService.setConditions({ enabled: true });
    await machine.pass(hour);
    expect(machine.requests).toBe(12);
    expect(usageService.state('hash').view?.snapshot).toMatchObject({ windows: week(58) });
    machine.answer = () => json(429, {}, { 'retry-after': '36000' });
    await machine.pass(hour);
    expect(machine.requests).toBe(13);
  });
});

it('every window knows the readings of the hour before the last one, whichever window took them', async () => {
  const machine = new Machine();
  const [reader, other] = [await machine.open(), await machine.open({ focused: false })];
  for (const used of [60, 64, 68]) {
    machine.answer = () => json(200, usage({ used }));
    await machine.pass(6 * minute);
  }
  const later = await machine.open({ enabled: false });
  const known = ({ usageService }: typeof reader) => usageService.state('hash').view?.samples.map(({ used }) => used);
  expect(known(reader)).toEqual([58, 60, 64]);
  // What is stored has the last reading itself in it, too.
  expect(known(other)).toEqual([58, 60, 64, 68]);
  expect(known(later)).toEqual([58, 60, 64, 68]);
});
