/** What people, other extensions and the computer do, in any order, and what the service replies meanwhile. */
import fc from 'fast-check';
import type { Reply } from './replies.ts';
import { reply } from './replies.ts';

export type Step =
  | { readonly kind: 'signIn'; readonly person: number; readonly replies: readonly Reply[] }
  | {
      readonly kind: 'expiredUse' | 'use' | 'readUsage' | 'reportRefused' | 'signOut';
      readonly person: number;
      readonly replies: readonly Reply[];
    }
  /** Time passes, for this computer and the service alike. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** Somebody sets this computer's clock. */
  | { readonly kind: 'setClock'; readonly by: number };

export const people = 2;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const person = fc.nat({ max: people - 1 });
const replies = fc.array(reply, { maxLength: 4 });

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('signIn' as const), person, replies }) },
    // What a day of a busy editor is: the token has expired, and somebody wants one.
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('expiredUse' as const), person, replies }) },
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constantFrom('use' as const, 'readUsage' as const, 'reportRefused' as const), person, replies }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('signOut' as const), person, replies }) },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.constantFrom(1_000, 2 * minute, 6 * minute, hour, 7 * hour, day, 9 * day, 11 * day),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('setClock' as const),
        by: fc.constantFrom(-400 * day, -10 * day, -hour, hour, 10 * day, 400 * day),
      }),
    },
  ),
  { minLength: 1, maxLength: 14 },
);
