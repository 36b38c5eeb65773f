/** Processes that are killed while they refresh, at any point, and what the next window does with what they left. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { StoredAccount } from '../../../../../src/accounts/store/storedAccount.ts';
import type { SessionEntry } from '../../../../simulator/client.ts';
import type { Child } from '../support/child.ts';
import type { Machine } from '../support/machine.ts';
import { machine, useRecords, use } from '../support/machine.ts';
import { hour } from '../support/service.ts';
import { stored } from '../support/signedIn.ts';
import { serviceOf, signIn } from '../support/simulated.ts';
import { flow } from '../support/window.ts';
import { journalOf, watchJournal } from './journal.ts';
import { Dice, kills, report, reportFailure, seed, timeFor } from './soak.ts';

const { simulator, records } = await useRecords();

/** The points at which a kill can happen, by what the vault holds and what the service has seen. */
const places = [
  'before its mark',
  'marked, nothing sent',
  'sent, the service had not rotated',
  'sent, the service had rotated and the response was not stored',
  'its response was stored',
] as const;
type Place = (typeof places)[number];
const lost: Place = 'sent, the service had rotated and the response was not stored';

/**
 * - `any`: after a random time
 * - `commit`: as soon as the process begins one of its commits
 * - `afterCommit`: a moment later
 * - `silent`: when the process has sent a request to a service that does not respond
 */
type Plan = 'any' | 'commit' | 'afterCommit' | 'silent';

it(
  `${kills} processes that are killed while they refresh lose no session but those that the service rotated without a stored response [R18]`,
  async () => {
    const dice = new Dice(seed);
    report(`kills: seed ${seed}`);
    reportFailure();
    await simulator.set({ accessTokenSeconds: 3600 });
    const one = await machine(simulator);
    const found = new Map<Place, number>(places.map(place => [place, 0]));
    const figures = { commits: 0, late: 0, signIns: 0 };
    const stock: Promise<Child>[] = [];
    const duration = await usualDuration(one);

    for (let done = 0; done < kills;) {
      // The next processes start meanwhile.
      while (stock.length < 2) stock.push(one.process());
      const victim = await stock.shift();
      if (!victim) throw new Error('no process');
      await one.pass(hour);
      const before = await theAccount(one);
      const [session, requests] = [await liveSession(), await records.refreshes()];
      const plan = dice.pick<Plan>(['any', 'any', 'commit', 'commit', 'afterCommit', 'silent']);
      if (plan === 'silent') await simulator.fail({ route: 'refresh', fault: 'hang' });
      if (!(await killed(victim, { plan, dice, duration, requests, folder: one.folder }))) {
        figures.late++;
        await removeFaults(one);
        continue;
      }
      done++;
      if (journalOf(one.folder) !== undefined) figures.commits++;

      await settled(requests, session, plan);
      const sent = (await records.refreshes()) - requests;
      const hasRotated = (await liveSession()).generation > session.generation;
      const left = await theAccount(one);
      const place = placeOf(left, before, sent, hasRotated);
      found.set(place, (found.get(place) ?? 0) + 1);
      await removeFaults(one);
      await continueWith(one, left, place).catch((error: unknown) => {
        throw new Error(`after kill ${done}, ${plan}: ${place}`, { cause: error });
      });
      if (place === lost) {
        figures.signIns++;
        await one.store.saveSignIn(serviceOf(simulator), await signIn(simulator, 'ada', one.clock), flow);
        await one.store.settled();
      }
    }
    for (const child of stock) await (await child).kill();

    const ended = (await records.endings()).filter(ending => ending !== undefined).length;
    report(`kills: ${kills} processes killed while they refreshed, ${figures.commits} of them inside a commit`);
    for (const [place, times] of found) report(`  ${place}: ${times}${place === lost ? ' (lost, and signed in again)' : ''}`);
    report(`  sessions lost otherwise: ${ended - figures.signIns}; kills that came too late and are not counted: ${figures.late}`);
    expect(await records.liveAccounts()).toEqual(['ada']);
    expect(ended).toBe(figures.signIns);
    expect(found.get(lost)).toBe(figures.signIns);
    expect(figures.commits).toBeGreaterThan(0);
    expect(found.get('marked, nothing sent')).toBeGreaterThan(0);
  },
  timeFor(kills),
);

async function theAccount(one: Machine): Promise<StoredAccount> {
  const [account] = await stored(one, 10_000);
  if (!account) throw new Error('the account is gone');
  return account;
}

async function liveSession(): Promise<SessionEntry> {
  const [session] = await simulator.sessions();
  if (!session) throw new Error('the service has ended the session');
  return session;
}

/** Removes the faults that were not used; the clock stays. */
async function removeFaults({ clock }: Machine): Promise<void> {
  await simulator.reset();
  await simulator.set({ accessTokenSeconds: 3600, clockOffsetSeconds: clock.ahead / 1000 });
}

/** The duration of a refresh in a process of its own, in milliseconds. */
async function usualDuration(one: Machine): Promise<number> {
  const child = await one.process();
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    await one.pass(hour);
    const from = performance.now();
    child.say('use');
    await child.hear();
    times.push(performance.now() - from);
  }
  await child.kill();
  // The first one also warms up, as every victim does.
  return Math.max(...times) * 1.2;
}

interface Attempt {
  readonly plan: Plan;
  readonly dice: Dice;
  readonly duration: number;
  /** The requests that the service has received before. */
  readonly requests: number;
  readonly folder: string;
}

/** @returns whether the process was still at work */
async function killed(victim: Child, attempt: Attempt): Promise<boolean> {
  let hasResult = false;
  let kill: Promise<void> | undefined;
  const begin = () => (kill ??= victim.kill());
  const unwatch = watchCommits(attempt, begin);
  victim.say('use');
  const result = victim.hear().then(
    () => {
      hasResult = kill === undefined;
    },
    () => undefined,
  );
  await Promise.race([result, moment(attempt)]);
  unwatch();
  await begin();
  await result;
  return !hasResult;
}

/** @returns a function that stops watching */
function watchCommits({ plan, dice, folder }: Attempt, kill: () => Promise<void>): () => void {
  if (plan !== 'commit' && plan !== 'afterCommit') return () => undefined;
  // The commits are those of its key, its mark and its response.
  let left = dice.between(1, 3);
  return watchJournal(folder, () => {
    if (--left !== 0) return;
    if (plan === 'commit') void kill();
    else void sleep(dice.next() * 3).then(kill);
  });
}

async function moment({ plan, dice, duration, requests }: Attempt): Promise<void> {
  if (plan === 'any') await sleep(dice.next() * duration);
  else if (plan === 'silent') while ((await records.refreshes()) === requests);
  else await sleep(2_000);
}

/** Waits until the service has completed its requests, whether anyone waits for them or not. */
async function settled(requests: number, session: SessionEntry, plan: Plan): Promise<void> {
  for (let quiet = 0; quiet < 3;) {
    const sent = (await records.refreshes()) - requests;
    const rotated = (await liveSession()).generation - session.generation;
    quiet = plan === 'silent' || sent === rotated ? quiet + 1 : 0;
  }
}

function placeOf(left: StoredAccount, before: StoredAccount, sent: number, hasRotated: boolean): Place {
  if (left.generation > before.generation) return 'its response was stored';
  if (hasRotated) return lost;
  if (sent > 0) return 'sent, the service had not rotated';
  return left.state === 'refreshing' ? 'marked, nothing sent' : 'before its mark';
}

/** Lets the next window continue by what it finds, and only by that. */
async function continueWith(one: Machine, left: StoredAccount, place: Place): Promise<void> {
  const requests = await records.refreshes();
  const isMarked = left.state === 'refreshing';
  expect(isMarked).toBe(place !== 'before its mark' && place !== 'its response was stored');
  if (isMarked) {
    await expect(use(one, left)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    await one.pass(40_000);
    await expect(use(one, left)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    expect(await records.refreshes()).toBe(requests);
    await one.pass(20_000);
  }
  if (place === lost) {
    await expect(use(one, left)).rejects.toMatchObject({ code: 'signedOut' });
  } else {
    const next = await use(one, left);
    expect(next.generation).toBe(place === 'its response was stored' ? left.generation : left.generation + 1);
    expect((await theAccount(one)).state).toBe('ready');
  }
  // Time passes next, and a response that is under way then would carry the wrong time.
  await one.store.settled();
  expect((await records.refreshes()) - requests).toBe(place === 'its response was stored' ? 0 : 1);
}
