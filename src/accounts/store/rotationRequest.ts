/** What a rotation works with, what it is asked for, and who learns how it goes. */
import type { Clock } from '../../base/clock.ts';
import type { AppError } from '../../base/errors.ts';
import type { DiskReserve } from '../../storage/diskReserve.ts';
import type { ProcessLocks } from '../../storage/processLock.ts';
import type { CredentialOptions } from '../account.ts';
import type { GiveBackParts } from './giveBack.ts';
import type { StoredAccount } from './storedAccount.ts';

export interface RotationParts extends GiveBackParts {
  readonly locks: ProcessLocks;
  readonly reserve: DiskReserve;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Learns how a rotation goes. */
export interface RotationObserver {
  /** This window has the lock. */
  readonly onLocked: () => void;
  /** A request did not leave this machine, and is about to be repeated. */
  readonly onRequestError: (error: AppError) => void;
  /** The service has ended the session, whose access token may still be valid: called in the one window that heard it. */
  readonly onExpired: (account: StoredAccount) => void;
  /** New tokens are stored: called in the one window that got them. */
  readonly onRefreshed: (account: StoredAccount) => void;
}

export interface RotationRequest {
  readonly correlationId: string;
  /** A token set whose access token a service refused: it is replaced even if it has not expired. */
  readonly refused?: CredentialOptions['refused'];
  /** Ends the wait for the lock. A request that has been sent is never ended. */
  readonly signal: AbortSignal;
  /** Aborted when the window closes: nothing new is begun then. */
  readonly closing: AbortSignal;
  readonly observer: RotationObserver;
}
