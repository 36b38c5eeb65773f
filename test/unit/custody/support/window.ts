/** The parts of custody that one editor window has, on a folder that it shares with others. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AccountsChange } from '../../../../src/custody/custody.ts';
import { Custody } from '../../../../src/custody/custody.ts';
import type { SecretStore } from '../../../../src/custody/keys.ts';
import { Keys } from '../../../../src/custody/keys.ts';
import { Locks } from '../../../../src/custody/lock.ts';
import { Vault } from '../../../../src/custody/vault.ts';
import type { Clock } from '../../../../src/oauth/host.ts';
import type { Fetch } from '../../../../src/oauth/http.ts';
import { Http } from '../../../../src/oauth/http.ts';
import { ManualClock } from '../../support/clock.ts';
import { MemoryLog } from '../../support/log.ts';
import { SharedSecrets } from './secrets.ts';

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
  readonly fetch?: Fetch;
  readonly log?: MemoryLog;
}

export interface Window {
  readonly vault: Vault;
  readonly keys: Keys;
  readonly locks: Locks;
  readonly http: Http;
  readonly custody: Custody;
  readonly log: MemoryLog;
  /** Each event as the labels it told of, e.g. `+ada@example.com`. */
  readonly events: string[];
}

export function openWindow(options: WindowOptions): Window {
  const { folder, clock = new ManualClock(), secrets = new SharedSecrets(), log = new MemoryLog() } = options;
  const random = () => 0;
  const vault = openVault({ folder, clock, log });
  const keys = new Keys({ secrets, vault, clock, log });
  const locks = new Locks({ folder, clock, random });
  const http = new Http({ fetch: options.fetch ?? refuseToConnect, clock, log, agent: 'test/1' });
  const custody = new Custody({ vault, keys, locks, http, clock, log });
  const events: string[] = [];
  custody.onDidChange(change => {
    events.push(describe(change));
  });
  return { vault, keys, locks, http, custody, log, events };
}

export function openVault({ folder, clock = new ManualClock(), log = new MemoryLog() }: WindowOptions): Vault {
  const vault = new Vault({ folder, clock, log, random: () => 0 });
  onTestFinished(() => {
    vault.close();
  });
  return vault;
}

export const flow = { flowId: randomUUID().slice(0, 4) };

function describe({ added, removed, changed }: AccountsChange): string {
  const words = [
    ...added.map(({ label }) => `+${label}`),
    ...removed.map(({ label }) => `-${label}`),
    ...changed.map(({ label, state }) => `${state === 'ended' ? '!' : '~'}${label}`),
  ];
  return words.join(' ');
}

function refuseToConnect(): Promise<never> {
  return Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
}
