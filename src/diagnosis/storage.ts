import { lstatSync, readdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccountState } from '../accounts/store/accountState.ts';
import { accountStates, storedStates } from '../accounts/store/accountState.ts';
import type { SealKeys } from '../vault/sealKeys.ts';
import type { ProcessLocks } from '../storage/processLock.ts';
import type { Vault, VaultContent } from '../vault/vault.ts';
import { vaultVersion } from '../vault/vault.ts';
import type { ErrorCode } from '../base/errors.ts';
import { asAppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { ProbeFailure } from './probe.ts';
import { probe } from './probe.ts';

/** What a step came to: milliseconds, or what it failed with. */
export type Timed = { readonly ms: number } | { readonly code: ErrorCode } | ProbeFailure;

/** - `leadsElsewhere`: a link; - `somebodyElses`: another user's */
export type FolderOwner = 'ours' | 'missing' | 'leadsElsewhere' | 'somebodyElses' | 'unreadable';

export interface FolderState {
  readonly owner: FolderOwner;
  /** POSIX permission bits; absent on Windows, where the profile's own rights stand for them. */
  readonly mode?: number;
  readonly freeMegabytes?: number;
  /** Whether it lies on a file system where a lock that was got may not be one. */
  readonly hasUnreliableLocks: boolean;
  readonly vaults: number;
  readonly locks: number;
  /** Files that others than their owner may read or write. */
  readonly openToOthers: number;
}

export interface VaultState {
  readonly read: Timed;
  readonly write: Timed;
  /** Of the vault's format, where it could be read. */
  readonly format?: number;
  /** One for each key that the vault names, in its order. */
  readonly keys: readonly KeyState[];
  readonly signingOut: number;
}

/**
 * - `lost`: the secret store has had it before this window was opened, and has it no more
 * - `elsewhere`: this store has never had it: another browser's, another person's, or from before a keyring was lost
 */
export interface KeyState {
  readonly place: 'here' | 'lost' | 'elsewhere' | 'unknown';
  /** Whether the store has kept it over the end of a window. */
  readonly isKept: boolean;
  /** How many accounts of each state, and API keys. */
  readonly seals: Readonly<Record<Exclude<AccountState, 'accessOnly'> | 'apiKeys', number>>;
}

export interface SecretStoreState {
  readonly answers: Timed;
  /** Judged by the keys that it had before. Nothing is stored to find out: another window's copy would overwrite it. */
  readonly memory: 'lasting' | 'seemsVolatile' | 'notKnown';
}

export interface StorageParts {
  readonly folder: string;
  readonly vault: Pick<Vault, 'read' | 'write'>;
  readonly locks: Pick<ProcessLocks, 'areUnreliable' | 'tryAcquire'>;
  readonly keys: Pick<SealKeys, 'status'>;
  readonly clock: Clock;
}

/** Never throws. */
export async function probeFolder({ folder, locks, clock }: StorageParts, signal: AbortSignal): Promise<FolderState | ProbeFailure> {
  return probe(clock, signal, async () => {
    const owner = ownerOf(folder);
    const names = owner === 'ours' ? readdirSync(folder) : [];
    const modes = names.flatMap(name => modeOf(join(folder, name)) ?? []);
    const mode = owner === 'ours' ? modeOf(folder) : undefined;
    const room = owner === 'ours' ? await statfs(folder).catch(() => undefined) : undefined;
    return {
      owner,
      ...(mode === undefined ? {} : { mode }),
      ...(room === undefined ? {} : { freeMegabytes: Math.floor((room.bavail * room.bsize) / 1_000_000) }),
      hasUnreliableLocks: await locks.areUnreliable(),
      vaults: names.filter(name => /^vault-\d+\.db$/.test(name)).length,
      locks: names.filter(name => /^lock-.*\.db$/.test(name)).length,
      openToOthers: modes.filter(each => (each & 0o077) !== 0).length,
    };
  });
}

function ownerOf(folder: string): FolderOwner {
  try {
    const found = lstatSync(folder, { throwIfNoEntry: false });
    if (!found) return 'missing';
    if (found.isSymbolicLink()) return 'leadsElsewhere';
    return found.uid === (process.getuid?.() ?? found.uid) ? 'ours' : 'somebodyElses';
  } catch {
    return 'unreadable';
  }
}

/** @returns `undefined` for a file that went away, and on Windows */
function modeOf(path: string): number | undefined {
  if (process.platform === 'win32') return undefined;
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found && found.mode & 0o777;
}

/** Never throws. Writes a transaction without a change: whether it can be, is all that is asked. */
export async function probeVault(parts: StorageParts, signal: AbortSignal): Promise<{ vault: VaultState; secretStore: SecretStoreState }> {
  const { vault, keys, clock } = parts;
  let content: VaultContent | undefined;
  const read = await timed(clock, signal, async () => {
    content = await vault.read(readTimeout);
    return content !== undefined;
  });
  const write = await timed(clock, signal, () => vault.write(() => true));
  const { rows = [], apiKeys = [], keyIds = [] } = content ?? {};
  let had: Awaited<ReturnType<SealKeys['status']>> = [];
  const answers = await timed(clock, signal, async () => {
    had = await keys.status(keyIds);
    return true;
  });
  const states = keyIds.map((id, index): KeyState => {
    const found = had[index];
    const mine = rows.filter(row => row.keyId === id);
    // Only the record itself tells `accessOnly` from `expired`.
    const counts = accountStates
      .filter(state => state !== 'accessOnly')
      .map(state => [state, mine.filter(row => row.state === storedStates[state]).length] as const);
    const seals = {
      ...(Object.fromEntries(counts) as Omit<KeyState['seals'], 'apiKeys'>),
      apiKeys: apiKeys.filter(({ keyId }) => keyId === id).length,
    };
    if (!found) return { place: 'unknown', isKept: false, seals };
    return { place: found.isHere ? 'here' : found.wasHere ? 'lost' : 'elsewhere', isKept: found.isHere && found.wasHere, seals };
  });
  return {
    vault: {
      read,
      write,
      ...(content === undefined ? {} : { format: vaultVersion }),
      keys: states,
      signingOut: rows.filter(({ state }) => state === storedStates.signingOut).length,
    },
    secretStore: {
      answers,
      memory: states.some(({ place }) => place === 'lost') ? 'seemsVolatile' : states.some(({ isKept }) => isKept) ? 'lasting' : 'notKnown',
    },
  };
}

const readTimeout = 4_000;

/** @param step whether it was done; what was not done in time was busy */
async function timed(clock: Clock, signal: AbortSignal, step: () => Promise<boolean>): Promise<Timed> {
  const started = clock.elapsed();
  return probe(clock, signal, async () => {
    try {
      return (await step()) ? { ms: clock.elapsed() - started } : { code: 'vaultLocked' as const };
    } catch (error) {
      return { code: asAppError(error).code };
    }
  });
}

/** - `notNeeded`: on a file system with unreliable locks there are none */
export type LockState = 'free' | 'held' | 'notNeeded' | ErrorCode | ProbeFailure;

/** Takes the lock of an account and lets go of it at once, so that others notice at most one more turn. */
export async function probeLock(
  { locks, clock }: StorageParts,
  account: { readonly hash: string },
  signal: AbortSignal,
): Promise<LockState> {
  return probe(clock, signal, async () => {
    if (await locks.areUnreliable()) return 'notNeeded';
    try {
      const lock = await locks.tryAcquire(account.hash);
      lock?.release();
      return lock ? 'free' : 'held';
    } catch (error) {
      return asAppError(error).code;
    }
  });
}
