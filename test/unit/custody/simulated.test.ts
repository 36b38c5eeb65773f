/** Whole windows, in this process and in processes of their own, against the simulated account service. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../../src/custody/account.ts';
import type { SessionEntry, Simulator } from '../../simulator/client.ts';
import { startSimulator } from '../../simulator/client.ts';
import { start } from './support/child.ts';
import type { Child } from './support/child.ts';
import { bytesOf } from './support/disk.ts';
import { MovedClock } from './support/movedClock.ts';
import { SharedSecrets } from './support/secrets.ts';
import { hour } from './support/service.ts';
import { stored } from './support/signedIn.ts';
import { serviceOf, signIn } from './support/simulated.ts';
import type { Window } from './support/window.ts';
import { flow, openWindow, storageFolder } from './support/window.ts';

const month = 30 * 24 * hour;

let simulator: Simulator;
/** The sessions of the tests before. */
let earlier: ReadonlySet<string>;

beforeAll(async () => {
  simulator = await startSimulator();
});
beforeEach(async () => {
  await simulator.reset();
  earlier = new Set((await simulator.sessions({ all: true })).map(({ sessionId }) => sessionId));
});
afterAll(() => simulator.stop());

interface Stage extends Window {
  readonly folder: string;
  readonly clock: MovedClock;
  readonly account: Account;
  another(): Window;
  /** Time passes here and at the service. */
  pass(ms: number): Promise<void>;
  /** A window in a process of its own, whose clock is as far ahead. */
  process(): Promise<Child>;
}

/** Somebody who has signed in at the simulator, a month ago if told so. */
async function stage({ ahead = 0 } = {}): Promise<Stage> {
  const folder = storageFolder();
  const [clock, secrets] = [new MovedClock(), new SharedSecrets()];
  const open = () => openWindow({ folder, clock, secrets, fetch: (url, init) => fetch(url, init) });
  const window = open();
  const account = await window.custody.adopt(serviceOf(simulator), await signIn(simulator, 'ada', clock), flow);
  const pass = async (ms: number) => {
    clock.ahead += ms;
    await simulator.set({ clockOffsetSeconds: clock.ahead / 1000 });
  };
  await pass(ahead);
  const process = () => {
    const env = { SECRETS: JSON.stringify(Object.fromEntries(secrets.entries)), AHEAD: String(clock.ahead) };
    return start('window', [folder], { env });
  };
  return { ...window, folder, clock, account, another: open, pass, process };
}

function use({ custody }: Window, { hash }: Account): Promise<Account> {
  return custody.usable(hash, flow);
}

async function refreshes(): Promise<number> {
  return (await simulator.counts()).refresh;
}

/** Why sessions ended; none is a good sign: a token that is presented twice ends its session. */
async function endings(): Promise<(string | undefined)[]> {
  return (await sessions()).map(({ revoked }) => revoked);
}

async function sessions(): Promise<SessionEntry[]> {
  return (await simulator.sessions({ all: true })).filter(({ sessionId }) => !earlier.has(sessionId));
}

async function liveAccounts(): Promise<string[]> {
  return (await sessions()).flatMap(({ account, revoked }) => (revoked === undefined ? [account] : []));
}

describe('a refresh at the simulator', () => {
  test('is one request for a hundred callers in each of two windows', async () => {
    const one = await stage({ ahead: month });
    const windows = [one, one.another()];
    const callers = windows.flatMap(window => Array.from({ length: 100 }, () => use(window, one.account)));
    const tokens = new Set((await Promise.all(callers)).map(account => account.tokens.accessToken));
    expect(tokens.size).toBe(1);
    expect(await refreshes()).toBe(1);
    expect(await endings()).toEqual([undefined]);
  });

  test('is one request for three processes with twenty callers each', async () => {
    const one = await stage({ ahead: month });
    const processes = await Promise.all([one.process(), one.process(), one.process()]);
    for (const child of processes) child.say('use');
    expect(await Promise.all(processes.map(child => child.hear()))).toEqual(['2', '2', '2']);
    expect(await refreshes()).toBe(1);
    expect(await endings()).toEqual([undefined]);
  });

  test('can be repeated each time the tokens lapse, and never presents a token twice', async () => {
    const one = await stage();
    const windows = [one, one.another(), one.another()];
    for (let round = 1; round <= 10; round++) {
      await one.pass(month);
      const accounts = await Promise.all(windows.map(window => use(window, one.account)));
      expect(accounts.map(({ generation }) => generation)).toEqual([round + 1, round + 1, round + 1]);
    }
    expect(await refreshes()).toBe(10);
    expect(await endings()).toEqual([undefined]);
  });

  test('that the service ended for good leaves the account signed out in its place', async () => {
    const one = await stage({ ahead: month });
    await simulator.endSession('ada');
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'signedOut' });
    await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await refreshes()).toBe(1);
    expect(await one.custody.accounts()).toMatchObject([{ state: 'ended', label: one.account.label }]);
  });

  test.each(['drop', 'html200', 'brokenJson', 'empty'] as const)(
    'that went wrong on the way (%s) is repeated after a minute, and succeeds because the service had not rotated',
    async fault => {
      const one = await stage({ ahead: month });
      await simulator.fail({ route: 'refresh', fault });
      await expect(use(one, one.account)).rejects.toMatchObject({ name: 'SignInError' });
      await expect(use(one, one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
      expect(await refreshes()).toBe(1);
      await one.pass(60_000);
      expect((await use(one, one.account)).generation).toBe(2);
      expect(await endings()).toEqual([undefined]);
    },
  );

  test('whose answer was lost after the service had rotated ends in its own word, after one more request', async () => {
    const one = await stage({ ahead: month });
    await simulator.fail({ route: 'refresh', fault: 'answerLost' });
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'offline' });
    await one.pass(60_000);
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await refreshes()).toBe(2);
    expect(await stored(one)).toMatchObject([{ state: 'ended' }]);
  });

  test.each(['seconds', 'date'] as const)('that was told to wait (in %s) is repeated after that, by any window', async as => {
    const one = await stage({ ahead: month });
    await simulator.fail({ route: 'refresh', fault: { retryAfterSeconds: 5, as } });
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    expect(await refreshes()).toBe(1);
    await one.pass(5_000);
    expect((await use(one, one.account)).generation).toBe(2);
  });

  test('whose process is killed leaves the lock free and the mark in place', async () => {
    const one = await stage({ ahead: month });
    await simulator.fail({ route: 'refresh', fault: 'hang' });
    const child = await one.process();
    child.say('use');
    await requested('refresh');
    expect(await one.locks.tryAcquire(one.account.hash)).toBeUndefined();
    await child.kill();
    const lock = await one.locks.tryAcquire(one.account.hash);
    expect(lock).toBeDefined();
    lock?.release();
    expect(await stored(one)).toMatchObject([{ state: 'asking', generation: 1, asked: { times: 1 } }]);
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    await one.pass(60_000);
    expect((await use(one, one.account)).generation).toBe(2);
    expect(await endings()).toEqual([undefined]);
  });
});

describe('a sign-in at the simulator', () => {
  test('again revokes the session that it replaces, once, and keeps its own', async () => {
    const one = await stage();
    await one.custody.adopt(serviceOf(simulator), await signIn(simulator, 'ada', one.clock), flow);
    await one.custody.settled();
    expect((await simulator.counts()).revoke).toBe(1);
    expect(await endings()).toEqual([expect.any(String), undefined]);
    await one.pass(month);
    expect((await use(one, one.account)).generation).toBe(2);
  });

  test('with the wrong account ends the session that it made, and no other', async () => {
    const one = await stage();
    const tokens = await signIn(simulator, 'ben', one.clock);
    const adopted = one.custody.adopt(serviceOf(simulator), tokens, { ...flow, wanted: one.account.id });
    await expect(adopted).rejects.toMatchObject({ code: 'wrongAccount' });
    await one.custody.settled();
    expect(await liveAccounts()).toEqual(['ada']);
  });
});

describe('a sign-out at the simulator', () => {
  test('ends the session, in every window and process', async () => {
    const one = await stage();
    const child = await one.process();
    child.say('accounts');
    expect(await child.hear()).toBe(one.account.label);
    expect(await one.custody.disconnect(one.account.hash, flow)).toBe(true);
    child.say('accounts');
    expect(await child.hear()).toBe('nobody');
    expect(await liveAccounts()).toEqual([]);
  });

  test('while another process refreshes leaves no session behind, and nothing in the vault', async () => {
    const one = await stage({ ahead: month });
    await simulator.set({ tokenDelayMs: 300 });
    const child = await one.process();
    child.say('use');
    await requested('refresh');
    await one.custody.disconnect(one.account.hash, flow);
    expect(await child.hear()).toBe('signedOut');
    expect(await liveAccounts()).toEqual([]);
    expect(await stored(one)).toEqual([]);
  });

  test('whose process is killed before the service answered is completed by the next window', async () => {
    const one = await stage();
    await simulator.fail({ route: 'revoke', fault: 'hang' });
    const child = await one.process();
    child.say('disconnect');
    await requested('revoke');
    await child.kill();
    expect(await one.custody.accounts()).toEqual([]);
    expect(await stored(one)).toMatchObject([{ state: 'leaving' }]);
    expect(await liveAccounts()).toEqual(['ada']);
    const next = one.another();
    await next.custody.prepare();
    await next.custody.settled();
    expect(await liveAccounts()).toEqual([]);
    expect(await stored(next)).toEqual([]);
  });
});

test('of all secrets that the service has ever given out or taken none lies in the folder', async () => {
  const one = await stage({ ahead: month });
  await use(one, one.account);
  await one.custody.adopt(serviceOf(simulator), await signIn(simulator, 'pia', one.clock), flow);
  const scan = async () => {
    const secrets = (await simulator.secrets()).map(({ value }) => value);
    expect(secrets.length).toBeGreaterThan(10);
    const files = Object.values(bytesOf(one.folder));
    return secrets.filter(secret => files.some(bytes => bytes.includes(secret)));
  };
  expect(await scan()).toEqual([]);
  for (const { hash } of await one.custody.accounts()) await one.custody.disconnect(hash, flow);
  expect(await scan()).toEqual([]);
});

/** Resolves when the simulator has got such a request, answered or not. */
async function requested(kind: 'refresh' | 'revoke'): Promise<void> {
  while ((await simulator.counts())[kind] === 0);
}
