/** One account, refreshed again and again by processes that start, end, are stopped anywhere and resumed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Child } from '../support/child.ts';
import { machine, useRecords } from '../support/machine.ts';
import { hour } from '../support/service.ts';
import { stored } from '../support/signedIn.ts';
import { journalOf, untilJournal } from './journal.ts';
import { Dice, report, reportFailure, rotations, seed, timeFor } from './soak.ts';

const { simulator, records } = await useRecords();

const fewest = 3;
const most = 8;

/** The errors of a window that timed out because its clock jumped an hour while it waited for the vault. */
const timeouts = new Set(['vaultUnavailable', 'vaultLocked']);

/** One window in its process, and what the test knows of it. */
class Member {
  readonly #child: Child;
  #finished: (result: string) => void = () => undefined;
  isBusy = false;
  /** Resolves when the process has finished the last order. */
  finished: Promise<unknown> = Promise.resolve();
  /** Resolves when the process has ended. */
  readonly gone: Promise<void>;
  isStopped = false;

  constructor(child: Child) {
    this.#child = child;
    this.gone = this.#listen();
  }

  order(line: string, finished: (result: string) => void): void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.isBusy = true;
    this.finished = promise;
    this.#finished = result => {
      this.isBusy = false;
      finished(result);
      resolve(undefined);
    };
    this.#child.say(line);
  }

  stop(): void {
    this.isStopped = true;
    this.#child.stop();
  }

  resume(): void {
    this.isStopped = false;
    this.#child.resume();
  }

  /** Closes the window: a request under way gets the time that it needs, and what has not begun does not begin. */
  close(): void {
    this.#child.say('close');
  }

  async #listen(): Promise<void> {
    for (;;) {
      const result = await this.#child.hear();
      if (result === 'closed') break;
      this.#finished(result);
    }
    await this.finished;
  }
}

it(
  `${rotations} rotations by processes that start, end, are stopped and resumed present no refresh token twice and end no session [R18]`,
  async () => {
    const dice = new Dice(seed);
    report(`rotations: seed ${seed}`);
    reportFailure();
    await simulator.set({ accessTokenSeconds: 3600 });
    const one = await machine(simulator);
    const figures = { rounds: 0, joined: 0, left: 0, stops: 0, commits: 0, uses: 0, cancelled: 0, waiting: 0 };
    const unexpected: string[] = [];
    const members = new Set<Member>();
    const ending = new Set<Promise<void>>();
    const stops = new Set<Promise<void>>();

    const stop = (some: readonly Member[], ms: number) => {
      for (const member of some) member.stop();
      figures.stops += some.length;
      const journal = journalOf(one.folder);
      const over = sleep(ms).then(() => {
        // No running process takes that long for one commit: it was stopped.
        if (ms >= 50 && journal !== undefined && journal === journalOf(one.folder)) figures.commits++;
        for (const member of some) member.resume();
        stops.delete(over);
      });
      stops.add(over);
    };

    for (;;) {
      const generation = (await stored(one, 10_000))[0]?.generation ?? 0;
      if (generation > rotations || unexpected.length > 0) break;
      figures.rounds++;
      while (members.size < fewest || (members.size < most && dice.isLucky(0.08))) {
        figures.joined++;
        members.add(new Member(await one.process()));
      }
      await one.pass(hour);
      const idle = [...members].filter(({ isBusy, isStopped }) => !isBusy && !isStopped && dice.isLucky(0.7));
      for (const member of idle) {
        member.order(`use ${dice.between(1, 20)}`, result => {
          figures.uses++;
          const hasLeft = !members.has(member);
          if (hasLeft && result === 'cancelled') figures.cancelled++;
          else if (timeouts.has(result)) figures.waiting++;
          // Of callers at the same time, some may be served before and some after another process has refreshed.
          else if (!result.split(' ').every(each => Number(each) >= generation))
            unexpected.push(`${result} after ${generation} was stored`);
        });
      }
      if (dice.isLucky(0.1)) {
        // The whole machine sleeps as soon as a process has begun to write.
        await untilJournal(one.folder, 30);
        stop(
          [...members].filter(({ isStopped }) => !isStopped),
          dice.between(50, 150),
        );
      }
      for (const member of [...members].filter(() => dice.isLucky(0.15))) {
        await sleep(dice.next() * 12);
        if (!member.isStopped) stop([member], dice.between(5, 150));
      }
      for (const member of [...members].filter(() => members.size > fewest && dice.isLucky(0.03))) {
        members.delete(member);
        figures.left++;
        member.close();
        const left = member.gone.finally(() => ending.delete(left));
        ending.add(left);
      }
      const busy = [...members].filter(({ isBusy }) => isBusy);
      const running = busy.filter(({ isStopped }) => !isStopped);
      await Promise.all((running.length > 0 ? running : busy).map(({ finished }) => finished));
    }
    await Promise.all(stops);
    await Promise.all([...members].map(({ finished }) => finished));
    for (const member of members) member.close();
    await Promise.all([...ending, ...[...members].map(({ gone }) => gone)]);

    const [session, ...others] = await records.sessions();
    const [account] = await stored(one, 10_000);
    const requests = await records.refreshes();
    const rotated = session?.generation ?? 0;
    report(`rotations: ${rotated} rotations with ${requests} token requests, in ${figures.rounds} expiries of the token`);
    report(
      `  processes: ${figures.joined} started, ${figures.left} ended; ${figures.stops} stops, of which ${figures.commits} delayed a commit`,
    );
    report(
      `  uses: ${figures.uses}, of which ${figures.cancelled} were cancelled because the process ended, and ${figures.waiting} timed out`,
    );
    report(`  reuse errors: ${requests - rotated}; sign-outs: ${session?.revoked === undefined ? 0 : 1}`);
    expect(unexpected).toEqual([]);
    expect(figures.waiting).toBeLessThanOrEqual(figures.uses / 50);
    expect(others).toEqual([]);
    expect(session).not.toHaveProperty('revoked');
    expect(requests).toBe(rotated);
    expect(account).toMatchObject({ state: 'ready', generation: requests + 1 });
  },
  timeFor(rotations),
);
