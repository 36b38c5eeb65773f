import { describe, expect, it } from 'vitest';
import type { KeyCreation } from '../../../src/vault/makeSealKey.ts';
import type { SecretStore } from '../../../src/vault/sealKeys.ts';
import type { VaultRow } from '../../../src/vault/vault.ts';
import { ManualClock } from '../support/clock.ts';
import { MovedClock } from '../accounts/store/support/movedClock.ts';
import {
  BrokenSecrets,
  ForgetfulSecrets,
  MemorySealKeyHistory,
  PrivateSecrets,
  SharedSecrets,
  SilentSecrets,
} from '../accounts/store/support/secrets.ts';
import type { Window } from '../accounts/store/support/window.ts';
import { ada, ben, service, tokensOf } from '../accounts/store/support/service.ts';
import { flow, keyPause, openWindow, passTime, storageFolder } from '../accounts/store/support/window.ts';

async function announced({ vault }: Window): Promise<readonly string[]> {
  return (await vault.read())?.keyIds ?? [];
}

/** Stores a record that is sealed with this key. */
async function use({ vault }: Window, keyId: string): Promise<void> {
  const row: VaultRow = { hash: `of-${keyId}`, login: 'l', generation: 1, state: 'ready', keyId, sealed: new Uint8Array(1) };
  await vault.write(transaction => {
    transaction.put(row);
  });
}

/** A folder where another browser has created a key, used or not. */
async function withForeignKey(isUsed: boolean): Promise<{ folder: string; foreign: string }> {
  const folder = storageFolder();
  const other = openWindow({ folder });
  const { id } = await other.keys.require('ifNone');
  if (isUsed) await use(other, id);
  return { folder, foreign: id };
}

describe('the seal key', () => {
  it('the seal key is created once, stored under its own name, and announced', async () => {
    const secrets = new SharedSecrets();
    const window = openWindow({ folder: storageFolder(), secrets });
    const key = await window.keys.require('ifNone');
    expect(key.secret).toHaveLength(32);
    expect([...secrets.entries]).toEqual([[`key:${key.id}`, key.secret.toString('base64')]]);
    expect(await announced(window)).toEqual([key.id]);
    for (const creation of ['ifNone', 'ifUnused', 'additional'] as const) expect(await window.keys.require(creation)).toEqual(key);
    expect(secrets.entries.size).toBe(1);
  });

  it('the seal key is announced before it is stored', async () => {
    const folder = storageFolder();
    const seen: (readonly string[])[] = [];
    const other = openWindow({ folder });
    const secrets = new (class extends SharedSecrets {
      override async store(name: string, value: string): Promise<void> {
        seen.push(await announced(other));
        await super.store(name, value);
      }
    })();
    const key = await openWindow({ folder, secrets }).keys.require('ifNone');
    expect(seen).toEqual([[key.id]]);
  });

  it('the seal key is the same in every desktop window, and each window reads it from the secret store once', async () => {
    const folder = storageFolder();
    let reads = 0;
    const secrets = new (class extends SharedSecrets {
      override get(name: string): Promise<string | undefined> {
        reads++;
        return super.get(name);
      }
    })();
    const key = await openWindow({ folder, secrets }).keys.require('ifNone');
    reads = 0;
    const { keys } = openWindow({ folder, secrets });
    expect(await keys.require('ifUnused')).toEqual(key);
    expect(await keys.find([key.id])).toEqual([key]);
    expect(reads).toBe(1);
  });

  it('two desktop windows at the very first start share the seal key of the first to announce it', async () => {
    const folder = storageFolder();
    const [clock, secrets] = [new MovedClock(), new SharedSecrets()];
    const windows = [1, 2].map(() => openWindow({ folder, secrets, clock }));
    const results = await Promise.allSettled(windows.map(({ keys }) => keys.require('ifNone')));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    const [one, two] = await Promise.all(windows.map(({ keys }) => keys.require('ifUnused')));
    expect(one).toEqual(two);
    expect(secrets.entries.size).toBe(1);
  });

  it('a window waits for a seal key that another window has just announced, and does not replace it', async () => {
    const folder = storageFolder();
    const clock = new ManualClock();
    const secrets = new SharedSecrets();
    const storing = Promise.withResolvers<undefined>();
    const stored = Promise.withResolvers<undefined>();
    const slow: SecretStore = {
      get: name => secrets.get(name),
      delete: name => secrets.delete(name),
      store: async (name, value) => {
        storing.resolve(undefined);
        await stored.promise;
        await secrets.store(name, value);
      },
    };
    const first = openWindow({ folder, secrets: slow }).keys.require('ifNone');
    await storing.promise;
    const two = openWindow({ folder, secrets, clock });
    const second = two.keys.require('ifUnused');
    await clock.untilSleeping(keyPause);
    stored.resolve(undefined);
    const key = await first;
    clock.advance(keyPause);
    expect(await second).toEqual(key);
  });

  it('a seal key that another window announces just before this window announces its own is used', async () => {
    const folder = storageFolder();
    const secrets = new SharedSecrets();
    const one = openWindow({ folder, secrets });
    const two = openWindow({ folder, secrets });
    const write = two.vault.write.bind(two.vault);
    let writes = 0;
    two.vault.write = async change => {
      if (++writes === 2) await one.keys.require('ifNone');
      return write(change);
    };
    const key = await two.keys.require('ifUnused');
    expect(await announced(one)).toEqual([key.id]);
    expect([...secrets.entries.keys()]).toEqual([`key:${key.id}`]);
  });

  it('a seal key in a separate secret store per browser is known only to its browser [R43]', async () => {
    const folder = storageFolder();
    const browser = { map: new Map<string, string>() };
    const early = new PrivateSecrets(browser);
    const key = await openWindow({ folder, secrets: new PrivateSecrets(browser) }).keys.require('ifNone');
    expect(await openWindow({ folder, secrets: new PrivateSecrets(browser) }).keys.require('ifNone')).toEqual(key);
    await expect(openWindow({ folder, secrets: early }).keys.require('ifNone')).rejects.toMatchObject({ code: 'keyMissing' });
  });
});

describe('a window whose secret store lacks the announced seal key', () => {
  it.each<[KeyCreation, boolean]>([
    ['ifNone', false],
    ['ifNone', true],
  ])('a window without the announced seal key creates none at its start, and does not wait', async (creation, isUsed) => {
    const { folder, foreign } = await withForeignKey(isUsed);
    const window = openWindow({ folder });
    await expect(window.keys.require(creation)).rejects.toMatchObject({ code: 'keyMissing' });
    expect(await announced(window)).toEqual([foreign]);
  });

  it('a window without the announced seal key creates another at sign-in, after two seconds, and keeps one that a running sign-in may have', async () => {
    const { folder, foreign } = await withForeignKey(false);
    const clock = new ManualClock();
    const window = openWindow({ folder, clock });
    const key = await passTime(clock, window.keys.require('ifUnused'));
    expect(key.id).not.toBe(foreign);
    expect(new Set(await announced(window))).toEqual(new Set([foreign, key.id]));
  });

  it.each([
    ['that is older than any sign-in', 61 * 60_000],
    ['from a clock that was ahead by more than any sign-in takes', -61 * 60_000],
  ])('an unused seal key %s is replaced at sign-in', async (_, age) => {
    const { folder } = await withForeignKey(false);
    const clock = new ManualClock();
    clock.set(clock.now() + age);
    const window = openWindow({ folder, clock });
    const key = await passTime(clock, window.keys.require('ifUnused'));
    expect(await announced(window)).toEqual([key.id]);
  });

  it('an unused seal key is kept for the sign-in that may have it where the clock is put back during that sign-in', async () => {
    const { folder, foreign } = await withForeignKey(false);
    const clock = new ManualClock();
    clock.set(clock.now() - 59 * 60_000);
    const window = openWindow({ folder, clock });
    const key = await passTime(clock, window.keys.require('ifUnused'));
    expect(new Set(await announced(window))).toEqual(new Set([foreign, key.id]));
  });

  it('two people who sign in for the first time at once, each in a browser of their own, both get in', async () => {
    const folder = storageFolder();
    const clock = new ManualClock();
    const [one, two] = [openWindow({ folder, clock }), openWindow({ folder, clock })];
    const first = await one.keys.require('ifUnused');
    const second = await passTime(clock, two.keys.require('ifUnused'));
    expect(first.id).not.toBe(second.id);
    await one.store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
    await two.store.saveSignIn(service, tokensOf(ben, clock.now()), flow);
    expect((await one.store.accounts()).map(({ identity }) => identity.email)).toEqual(['ada@example.com']);
    expect((await two.store.accounts()).map(({ identity }) => identity.email)).toEqual(['ben@example.com']);
  });

  it('a window creates no seal key beside one in use until the person confirms it [R43]', async () => {
    const { folder, foreign } = await withForeignKey(true);
    const clock = new ManualClock();
    const window = openWindow({ folder, clock });
    await expect(passTime(clock, window.keys.require('ifUnused'))).rejects.toMatchObject({ code: 'keyMissing' });
    const key = await window.keys.require('additional');
    expect(new Set(await announced(window))).toEqual(new Set([foreign, key.id]));
    expect(await window.keys.find([foreign, key.id])).toEqual([key]);
  });

  it('a window whose own seal key came first but seals nothing sees that it opens no record, until it has sealed one', async () => {
    const { folder } = await withForeignKey(true);
    const [one, empty] = [openWindow({ folder }), openWindow({ folder: storageFolder() })];
    expect(await empty.keys.opensNone()).toBe(false);
    const { id } = await one.keys.require('additional');
    expect(await one.keys.opensNone()).toBe(true);
    await use(one, id);
    expect(await one.keys.opensNone()).toBe(false);
  });

  it('a window keeps the unused seal key that another window created on the same confirmation', async () => {
    const { folder, foreign } = await withForeignKey(true);
    const [one, two] = [openWindow({ folder }), openWindow({ folder })];
    const keys = [await one.keys.require('additional'), await two.keys.require('additional')];
    expect(new Set(await announced(one))).toEqual(new Set([foreign, ...keys.map(({ id }) => id)]));
    expect(await one.keys.require('ifUnused')).toEqual(keys[0]);
  });
});

describe('the secret store behind the seal keys', () => {
  it('a secret store that never responds times out after five seconds, and its seal key is withdrawn', async () => {
    const clock = new ManualClock();
    const window = openWindow({ folder: storageFolder(), clock, secrets: new SilentSecrets() });
    const key = window.keys.require('ifNone');
    await clock.untilSleeping(5_000);
    expect(await announced(window)).toHaveLength(1);
    clock.advance(5_000);
    await expect(key).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
    expect(await announced(window)).toEqual([]);
  });

  it('a secret store that times out after another window has used the seal key costs no record', async () => {
    const folder = storageFolder();
    const clock = new ManualClock();
    const secrets = new SharedSecrets();
    const late: SecretStore = {
      get: name => secrets.get(name),
      delete: name => secrets.delete(name),
      store: (name, value) => secrets.store(name, value).then(() => new Promise(() => undefined)),
    };
    const window = openWindow({ folder, clock, secrets: late });
    const made = window.keys.require('ifNone');
    await clock.untilSleeping(5_000);
    const other = openWindow({ folder, secrets });
    const { id } = await other.keys.require('ifUnused');
    await use(other, id);
    clock.advance(5_000);
    await expect(made).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
    expect(await announced(other)).toEqual([id]);
  });

  it.each<[string, SecretStore]>([
    ['fails', new BrokenSecrets()],
    ['forgets', new ForgetfulSecrets()],
  ])('no seal key stays announced with a secret store that %s', async (_how, secrets) => {
    const window = openWindow({ folder: storageFolder(), secrets });
    await expect(window.keys.require('ifNone')).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
    expect(await announced(window)).toEqual([]);
    await expect(window.keys.require('ifUnused')).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
  });

  it('seal keys that a window has read stay known when the secret store fails', async () => {
    const shared = new SharedSecrets();
    let isBroken = false;
    const secrets: SecretStore = {
      get: name => (isBroken ? new BrokenSecrets().get() : shared.get(name)),
      delete: name => shared.delete(name),
      store: (name, value) => shared.store(name, value),
    };
    const { keys } = openWindow({ folder: storageFolder(), secrets });
    const key = await keys.require('ifNone');
    isBroken = true;
    expect(await keys.find([key.id])).toEqual([key]);
    expect(await keys.find(['unknown', key.id])).toEqual([key]);
    await expect(keys.find(['unknown'])).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
  });

  it('all seal keys are requested at once, so that a silent secret store takes five seconds in all', async () => {
    const clock = new ManualClock();
    const { keys } = openWindow({ folder: storageFolder(), clock, secrets: new SilentSecrets() });
    const found = keys.find(['one', 'two', 'three']);
    await clock.untilSleeping(5_000);
    clock.advance(5_000);
    await expect(found).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
  });

  it('a secret store that returns an invalid key has no key', async () => {
    const secrets: SecretStore = {
      get: () => Promise.resolve('c2hvcnQ='),
      store: () => Promise.resolve(),
      delete: () => Promise.resolve(),
    };
    expect(await openWindow({ folder: storageFolder(), secrets }).keys.find(['one'])).toEqual([]);
  });

  it('the secret store is not read if no seal key is announced', async () => {
    expect(await openWindow({ folder: storageFolder(), secrets: new BrokenSecrets() }).keys.find([])).toEqual([]);
  });
});

describe('a secret store that has lost its seal key', () => {
  it('a secret store that lost its seal key at a restart is reported as volatile, not as a missing key', async () => {
    const folder = storageFolder();
    const history = new MemorySealKeyHistory();
    const first = openWindow({ folder, history });
    const key = await first.keys.require('ifNone');
    await use(first, key.id);
    expect(history.has(key.id)).toBe(true);
    const clock = new ManualClock();
    // The same profile after a restart has its history of keys, but not its secrets.
    const { keys } = openWindow({ folder, history, clock });
    await expect(passTime(clock, keys.require('ifUnused'))).rejects.toMatchObject({ code: 'secretStoreVolatile' });
    expect((await keys.require('additional')).id).not.toBe(key.id);
  });

  it('a secret store that never had the seal key is reported as missing the key', async () => {
    const { folder } = await withForeignKey(true);
    const clock = new ManualClock();
    const { keys } = openWindow({ folder, clock });
    await expect(passTime(clock, keys.require('ifUnused'))).rejects.toMatchObject({ code: 'keyMissing' });
  });
});

describe('forgotten seal keys', () => {
  it('a forgotten seal key is deleted from the secret store and from memory', async () => {
    const secrets = new SharedSecrets();
    const { keys, vault } = openWindow({ folder: storageFolder(), secrets });
    const { id } = await keys.require('ifNone');
    await keys.forgetAll([id]);
    expect(secrets.entries.size).toBe(0);
    expect(await keys.find([id])).toEqual([]);
    await vault.write(transaction => {
      transaction.withdrawKey(id);
    });
    expect((await keys.require('ifNone')).id).not.toBe(id);
  });

  it('forgetting seal keys times out after five seconds with a secret store that never responds', async () => {
    const clock = new ManualClock();
    const { keys } = openWindow({ folder: storageFolder(), clock, secrets: new SilentSecrets() });
    const forgotten = keys.forgetAll(['one', 'two']);
    await clock.untilSleeping(5_000);
    clock.advance(5_000);
    await forgotten;
  });
});
