/** The events of one run on a machine, each followed by the choices of who continues. */
import fc from 'fast-check';
import type { RefreshFate, RevokeFate } from './modelService.ts';
import { refreshFates } from './modelService.ts';

export const storeKinds = ['desktop', 'server', 'memory'] as const;

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A window is one of those that live at that time, by its number modulo their count; if there is none, one opens. */
export type Event =
  | { readonly kind: 'open' }
  /** Every stopped window continues. */
  | { readonly kind: 'resume' }
  | { readonly kind: 'close' | 'kill' | 'stop' | 'reload' | 'signOutAll' | 'storesForOthers'; readonly window: number }
  | { readonly kind: 'use'; readonly window: number; readonly account: number; readonly callers: number; readonly isRefused: boolean }
  | { readonly kind: 'signIn'; readonly window: number; readonly person: number; readonly creation: 'ifUnused' | 'additional' }
  | { readonly kind: 'signOut'; readonly window: number; readonly account: number }
  | { readonly kind: 'updateProfile'; readonly person: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'fillDisk'; readonly window: number; readonly writes: number; readonly isAfter: boolean }
  | { readonly kind: 'hold'; readonly how: 'read' | 'write' | 'exclude' }
  | { readonly kind: 'release' };

export interface Program {
  readonly store: (typeof storeKinds)[number];
  /** Before the first event an account has signed in and all is calm; with `due` so long ago that its tokens need a refresh. */
  readonly start: 'empty' | 'signedIn' | 'due';
  /** The lifetime of an access token, in milliseconds. A long one can be valid while its token set is old. */
  readonly tokenLifetime: number;
  /** Whether the windows are notified of changes of the folder. */
  readonly isWatched: boolean;
  /** The seed of everything random in the product. */
  readonly seed: number;
  readonly refreshFates: readonly RefreshFate[];
  readonly revokeFates: readonly RevokeFate[];
  readonly events: readonly { readonly event: Event; readonly choices: readonly number[] }[];
}

const window = fc.nat({ max: 11 });
const person = fc.nat({ max: 2 });
const account = fc.nat({ max: 3 });

function some<T extends Event>(weight: number, arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<Event> {
  return { weight, arbitrary };
}

function ofWindow(weight: number, kind: 'close' | 'kill' | 'stop' | 'reload' | 'signOutAll' | 'storesForOthers') {
  return some(weight, fc.record({ kind: fc.constant(kind), window }));
}

/** The lengths of a poll, a read, a sign-in, a caller's timeout, a request's timeout and the pauses of a token that is perhaps spent. */
const shortSpans = [20, 300, 3 * second, 11 * second, 45 * second, 61 * second, 2 * minute, 4 * minute, 10 * minute];

const event: fc.Arbitrary<Event> = fc.oneof(
  some(12, fc.record({ kind: fc.constant('open' as const) })),
  ofWindow(2, 'close'),
  ofWindow(7, 'kill'),
  ofWindow(2, 'stop'),
  some(8, fc.record({ kind: fc.constant('resume' as const) })),
  ofWindow(2, 'reload'),
  ofWindow(1, 'signOutAll'),
  ofWindow(2, 'storesForOthers'),
  some(
    60,
    fc.record({ kind: fc.constant('use' as const), window, account, callers: fc.integer({ min: 1, max: 3 }), isRefused: fc.boolean() }),
  ),
  some(
    8,
    fc.record({
      kind: fc.constant('signIn' as const),
      window,
      person,
      creation: fc.constantFrom('ifUnused' as const, 'ifUnused' as const, 'additional' as const),
    }),
  ),
  some(4, fc.record({ kind: fc.constant('signOut' as const), window, account })),
  some(2, fc.record({ kind: fc.constant('updateProfile' as const), person })),
  some(12, fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(...shortSpans) })),
  some(24, fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(56 * minute, 61 * minute, 7 * hour) })),
  some(3, fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(9 * day, 9 * day, 40 * day) })),
  some(2, fc.record({ kind: fc.constant('fillDisk' as const), window, writes: fc.integer({ min: 1, max: 4 }), isAfter: fc.boolean() })),
  some(1, fc.record({ kind: fc.constant('hold' as const), how: fc.constantFrom('read' as const, 'write' as const, 'exclude' as const) })),
  some(6, fc.record({ kind: fc.constant('release' as const) })),
);

const refreshFate = fc.oneof(
  { weight: 2, arbitrary: fc.constant('rotated' as const) },
  { weight: 3, arbitrary: fc.constantFrom(...refreshFates.filter(fate => fate !== 'final')) },
  { weight: 1, arbitrary: fc.nat({ max: 9 }).map(n => (n === 0 ? ('final' as const) : ('rotated' as const))) },
);

const revokeFate = fc.constantFrom(
  'revoked' as const,
  'revoked' as const,
  'unsent' as const,
  'lost' as const,
  'unavailable' as const,
  'silent' as const,
);

export const program: fc.Arbitrary<Program> = fc.record({
  store: fc.constantFrom(...storeKinds),
  start: fc.constantFrom('empty' as const, 'signedIn' as const, 'due' as const),
  tokenLifetime: fc.constantFrom(hour, hour, 10 * day),
  isWatched: fc.boolean(),
  seed: fc.nat(),
  refreshFates: fc.oneof(
    { weight: 3, arbitrary: fc.array(refreshFate, { maxLength: 12, size: 'max' }) },
    // A fault that lasts.
    { weight: 1, arbitrary: fc.constantFrom(...refreshFates).map(fate => Array.from({ length: 8 }, () => fate)) },
  ),
  revokeFates: fc.array(revokeFate, { maxLength: 6, size: 'max' }),
  events: fc.array(fc.record({ event, choices: fc.array(fc.nat({ max: 99 }), { maxLength: 16, size: 'max' }) }), {
    maxLength: 80,
    size: 'max',
  }),
});
