/** The parts of custody that one editor window has, on a folder that it shares with others. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
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
import { Notes, SharedSecrets } from './secrets.ts';

/** The extension's storage: made by custody itself, and gone when the test is over. */
export function storageFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'custody-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return join(parent, 'storage');
}

export interface WindowOptions {
  readonly folder: string;
  readonly clock?: Clock;
  readonly secrets?: SecretStore;
  readonly notes?: SealKeyHistory;
  readonly fetch?: Fetch;
  readonly log?: MemoryLog;
  readonly random?: () => number;
  readonly fileSystemType?: (path: string) => Promise<number>;
}

export interface Window extends Parts {
  readonly log: MemoryLog;
  /** Each event as the labels it told of, e.g. `+ada@example.com`. */
  readonly events: string[];
}

export function openWindow(options: WindowOptions): Window {
  const log = options.log ?? new MemoryLog();
  const defaults = { clock: new ManualClock(), secrets: new SharedSecrets(), notes: new Notes(), fetch: refuseToConnect, random: () => 0 };
  const parts = assemble({ ...defaults, ...options, log });
  onTestFinished(() => {
    parts.vault.close();
  });
  const events: string[] = [];
  parts.store.onDidChange(change => {
    events.push(describe(change));
  });
  return { ...parts, log, events };
}

export function openVault(options: WindowOptions): Vault {
  return openWindow(options).vault;
}

export const flow = { correlationId: randomUUID().slice(0, 4) };

/** Milliseconds between looks for a key that another window has just made. */
export const keyPause = 200;

/** Lets the time pass that a window waits for a key of another. */
export async function passTime<T>(clock: ManualClock, answer: Promise<T>): Promise<T> {
  for (let waited = 0; waited < 2_000; waited += keyPause) {
    await clock.untilSleeping(keyPause);
    clock.advance(keyPause);
  }
  return answer;
}

function describe({ added, removed, changed }: Change<StoredAccount>): string {
  const words = [
    ...added.map(({ label }) => `+${label}`),
    ...removed.map(({ label }) => `-${label}`),
    ...changed.map(({ label, state }) => `${state === 'expired' ? '!' : '~'}${label}`),
  ];
  return words.join(' ');
}

function refuseToConnect(): Promise<never> {
  return Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
}
