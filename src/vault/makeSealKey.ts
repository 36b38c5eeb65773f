import type { Clock } from '../base/clock.ts';
import { hour } from '../base/duration.ts';
import { AppError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { SealKey } from './seal.ts';
import { createSealKey } from './seal.ts';
import type { Vault } from './vault.ts';
import { usedKeys } from './vault.ts';

/**
 * When a key may be made:
 * - `ifNone`: only where no key has been announced on this machine
 * - `ifUnused`: also beside announced keys that seal nothing, when a person signs in
 * - `additional`: also beside keys that are in use, when a person has agreed to it
 */
export type KeyCreation = 'ifNone' | 'ifUnused' | 'additional';

/** Longer than any sign-in takes. */
const longestSignIn = hour;

export interface MakeSealKeyParts {
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the store has had the key with this id. */
  readonly wasHere: (id: string) => boolean;
  readonly store: (key: SealKey) => Promise<void>;
  /** From the store. */
  readonly load: (id: string) => Promise<SealKey | undefined>;
}

/**
 * Makes a key, which happens once for each secret store.
 * @returns `undefined` where another window has announced a key meanwhile, which this window's store may get to see
 * @throws AppError as `SealKeys.require`
 */
export async function makeSealKey(
  creation: KeyCreation,
  announced: readonly string[],
  { vault, clock, log, wasHere, store, load }: MakeSealKeyParts,
): Promise<SealKey | undefined> {
  const key = createSealKey();
  const isFirst = await vault.write(transaction => {
    const ids = transaction.keyIds();
    if (ids.some(id => !announced.includes(id))) return false;
    const used = usedKeys(transaction);
    const isInUse = ids.some(id => used.has(id));
    if ((ids.length > 0 && creation === 'ifNone') || (isInUse && creation !== 'additional')) {
      throw new AppError(ids.some(wasHere) ? 'secretStoreVolatile' : 'keyMissing');
    }
    const now = clock.now();
    // A newer one may be that of somebody who is signing in, also where the clock was put back since.
    transaction.withdrawUnusedKeys(now, longestSignIn);
    transaction.announceKey(key.id, now);
    return true;
  });
  if (!isFirst) return undefined;
  try {
    await store(key);
    const stored = await load(key.id);
    if (!stored) throw new AppError('secretStoreUnavailable');
    log.info('a key was made', { key: key.id });
    return stored;
  } catch (error) {
    await vault.write(transaction => {
      // A store that replied too late may have the key, and another window may have used it.
      if (!usedKeys(transaction).has(key.id)) transaction.withdrawKey(key.id);
    });
    throw error;
  }
}
