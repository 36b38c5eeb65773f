/** A share of the installs, one after the other: each follows the extension's schedule through its week. */
import { parentPort, workerData } from 'node:worker_threads';
import type { PollConditions, PollState } from '../../../src/usage/polling/pollSchedule.ts';
import { afterFailure, afterSuccess, nextReading, settleAfterSleep, untouched } from '../../../src/usage/polling/pollSchedule.ts';
import type { Span } from './person.ts';
import { spansOf } from './person.ts';
import { seeded } from './random.ts';
import { SimulatedAccount } from './service.ts';
import { begin, week } from './week.ts';

/** The range of installs, and the width of a counter in milliseconds. */
export interface Share {
  readonly from: number;
  readonly to: number;
  readonly bin: number;
}

/** Requests over time, in counters of that width. */
export function live({ from, to, bin }: Share): Uint32Array {
  const requests = new Uint32Array(Math.ceil(week / bin));
  for (let install = from; install < to; install++) {
    const random = seeded(install);
    const account = new SimulatedAccount(random);
    const onRequest = (at: number) => {
      count(requests, at, bin);
    };
    let progress = untouched;
    for (const span of spansOf(random)) progress = liveThrough(span, progress, account, random, onRequest);
  }
  return requests;
}

function liveThrough(
  { from, to, focused, panelVisible, wakes }: Span,
  before: PollState,
  account: SimulatedAccount,
  random: () => number,
  onRequest: (at: number) => void,
): PollState {
  const settles = wakes ? { settlesUntil: settleAfterSleep(from, random) } : {};
  const conditions: PollConditions = { enabled: true, interval: 'auto', focused, focusedOrNotSince: from, panelVisible, ...settles };
  let progress = before;
  let now = from;
  for (;;) {
    const due = nextReading(progress, conditions, now);
    if (due === undefined || due >= to) return progress;
    now = due;
    onRequest(now);
    const answer = account.ask(now);
    progress = 'v' in answer ? afterSuccess(progress, answer, random) : afterFailure(progress, answer, { signInId: '', now, random });
  }
}

function count(requests: Uint32Array, at: number, bin: number): void {
  const index = Math.floor((at - begin) / bin);
  const before = requests[index];
  if (before !== undefined) requests[index] = before + 1;
}

parentPort?.postMessage(live(workerData as Share));
