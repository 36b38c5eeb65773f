/** How long usage is left alone after a failure. Times are milliseconds since the epoch. */
import type { TokenSetId } from '../../accounts/account.ts';
import type { ErrorFacts } from '../../base/errors.ts';
import { defined } from '../../base/defined.ts';
import { hour, minute, second } from '../../base/duration.ts';
import type { Failure, FailureKind } from './classifyResponse.ts';

/** A failure, with those before it and what follows from it. */
export interface FailureState extends ErrorFacts {
  readonly kind: FailureKind;
  /** The sign-in that it happened to: a new one begins anew. */
  readonly signInId: string;
  /** How many in a row, this one included. */
  readonly times: number;
  /** When the first and the last of them came. */
  readonly since: number;
  readonly at: number;
  /** Until when no request is sent, not even for a person: OpenAI asked for it. */
  readonly until?: number;
  /** When it is tried again. */
  readonly nextAt: number;
  /** A token set that was refused although it had just been refreshed. */
  readonly refusedTokenSet?: TokenSetId;
}

export interface FailureContext {
  readonly signInId: string;
  readonly now: number;
  readonly random: () => number;
}

const flapping = 60 * second;
const common = [1, 2, 5, 10, 20, 30].map(minutes => minutes * minute);
const backoffSteps = {
  common,
  // With a reading on screen a failure must not lead to an earlier request than a success would: that trebles the load of a
  // service that has just gone down.
  patient: common.slice(2),
  // The same steps, counted by themselves.
  forbidden: common,
  tooMany: [5, 10, 20, 40, 60].map(minutes => minutes * minute),
  challenge: [15, 30, 60].map(minutes => minutes * minute),
  workspace: [1.5 * minute, hour],
  account: [hour],
};
const backoffJitter = 0.2;
/** OpenAI may have named the same moment to many clients, so requests are spread over the time after it. */
const spreadAfterWait = 5 * minute;

/**
 * @param before the failure before this one, if no reading has come between them
 * @param isShown whether there is a reading to go on showing
 */
export function nextFailure(
  before: FailureState | undefined,
  { kind, code, wait, refusal, refusedTokenSet = before?.refusedTokenSet }: Failure,
  { signInId, now, random }: FailureContext,
  isShown: boolean,
): FailureState {
  const continues = before !== undefined && backoffStepsOf(before.kind) === backoffStepsOf(kind);
  const [times, since] = continues ? [before.times + 1, before.since] : [1, now];
  const failure = { kind, code, signInId, times, since, at: now, ...defined({ refusal, refusedTokenSet }) };
  return { ...failure, ...backOff(failure, { ...defined({ wait }), isShown, random }) };
}

/** Whether a failure has come often enough to be believed: the one about a workspace flaps. */
export function isConfirmed({ kind, times, since, at }: Unplanned): boolean {
  return kind !== 'workspaceInactive' || (times >= 2 && at - since >= flapping);
}

function backoffStepsOf(kind: FailureKind): keyof typeof backoffSteps {
  switch (kind) {
    case 'accountInactive':
      return 'account';
    case 'workspaceInactive':
      return 'workspace';
    case 'tooMany':
      return 'tooMany';
    case 'challenge':
      return 'challenge';
    case 'forbidden':
      return 'forbidden';
    case 'outage':
    case 'unreachable':
      return 'common';
  }
}

type Unplanned = Omit<FailureState, 'nextAt' | 'until'>;

interface Circumstances {
  /** Milliseconds that the service asks to wait. */
  readonly wait?: number;
  readonly isShown: boolean;
  readonly random: () => number;
}

function backOff(failure: Unplanned, { wait, isShown, random }: Circumstances): Pick<FailureState, 'until' | 'nextAt'> {
  const { kind, times, at } = failure;
  const name = backoffStepsOf(kind);
  const steps = backoffSteps[kind === 'outage' && isShown ? 'patient' : name];
  const step = kind === 'workspaceInactive' && !isConfirmed(failure) ? steps[0] : steps[Math.min(times, steps.length) - 1];
  const pause = (step ?? hour) * (1 - backoffJitter + 2 * backoffJitter * random());
  if (wait === undefined) return { nextAt: at + pause, ...(kind === 'tooMany' ? { until: at + pause } : {}) };
  const until = at + wait;
  const nextAt = until + random() * spreadAfterWait;
  return kind === 'tooMany' ? { nextAt, until } : { nextAt: Math.max(nextAt, at + pause) };
}
