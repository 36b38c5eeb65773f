/** The parts of the account store that one editor window has, on a folder that it shares with others. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AccountInfo } from '../../../../../src/accounts/account.ts';
import type { SealKeyHistory, SecretStore } from '../../../../../src/vault/sealKeys.ts';
import type { StoredAccount } from '../../../../../src/accounts/store/storedAccount.ts';
import type { Change } from '../../../../../src/base/change.ts';
import type { Vault } from '../../../../../src/vault/vault.ts';
import type { Clock } from '../../../../../src/base/clock.ts';
import type { Fetch } from '../../../../../src/base/http.ts';
import { ManualClock } from '../../../support/clock.ts';
import { MemoryLog } from '../../../support/log.ts';
import type { Parts } from './parts.ts';
import { assemble } from './parts.ts';
import { MemorySealKeyHistory, SharedSecrets } from './secrets.ts';

/** The storage folder of the extension: the account store creates it, and it is deleted after the test. */
export function storageFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'accounts-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return join(parent, 'storage');
}

export interface WindowOptions {
  readonly folder: string;
  readonly clock?: Clock;
  readonly secrets?: SecretStore;
  readonly history?: SealKeyHistory;
  readonly fetch?: Fetch;
  readonly log?: MemoryLog;
  readonly random?: () => number;
  readonly fileSystemType?: (path: string) => Promise<number>;
  readonly otherAccounts?: () => Promise<readonly AccountInfo[]>;
}

export interface Window extends Parts {
  readonly log: MemoryLog;
  /** Each event by the emails in its labels, e.g. `+ada@example.com`. */
  readonly events: string[];
  /** The labels of accounts whose sign-out was interrupted and then given up. */
  readonly givenUp: string[];
}

export function openWindow(options: WindowOptions): Window {
  const log = options.log ?? new MemoryLog();
  const defaults = {
    clock: new ManualClock(),
    secrets: new SharedSecrets(),
    history: new MemorySealKeyHistory(),
    fetch: refuseToConnect,
    random: () => 0,
  };
  const givenUp: string[] = [];
  const onSignOutGivenUp = ({ label }: StoredAccount) => void givenUp.push(label);
  const parts = assemble({ ...defaults, ...options, log, onSignOutGivenUp });
  onTestFinished(() => {
    parts.vault.close();
  });
  const events: string[] = [];
  parts.store.onDidChange(change => {
    events.push(describe(change));
  });
  return { ...parts, log, events, givenUp };
}

export function openVault(options: WindowOptions): Vault {
  return openWindow(options).vault;
}

export const flow = { correlationId: randomUUID().slice(0, 4) };

/** Milliseconds between two reads of a seal key that another window has just announced. */
export const keyPause = 200;

/** Lets the time pass that a window waits for the seal key of another. */
export async function passTime<T>(clock: ManualClock, result: Promise<T>): Promise<T> {
  for (let waited = 0; waited < 2_000; waited += keyPause) {
    await clock.untilSleeping(keyPause);
    clock.advance(keyPause);
  }
  return result;
}

/** Lets the time pass after which a window takes a damaged file for lost. */
export async function passDamage<T>(clock: ManualClock, result: Promise<T>): Promise<T> {
  for (let pause = 250; pause <= 8_000; pause *= 2) {
    await clock.untilSleeping(pause);
    clock.advance(pause);
  }
  return result;
}

function describe({ added, removed, changed }: Change<StoredAccount>): string {
  const emails = [
    ...added.map(account => `+${emailIn(account)}`),
    ...removed.map(account => `-${emailIn(account)}`),
    ...changed.map(account => `${account.state === 'expired' ? '!' : '~'}${emailIn(account)}`),
  ];
  return emails.join(' ');
}

function emailIn({ label }: Pick<StoredAccount, 'label'>): string {
  return label.replace(/ \(.*\)$/, '');
}

function refuseToConnect(): Promise<never> {
  return Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
}
