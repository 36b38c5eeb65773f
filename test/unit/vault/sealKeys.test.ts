import { describe, expect, it } from 'vitest';
import type { KeyCreation, SecretStore } from '../../../src/vault/sealKeys.ts';
import type { VaultRow } from '../../../src/vault/vault.ts';
import { ManualClock } from '../support/clock.ts';
import { MovedClock } from '../accounts/store/support/movedClock.ts';
import { BrokenSecrets, ForgetfulSecrets, Notes, PrivateSecrets, SharedSecrets, SilentSecrets } from '../accounts/store/support/secrets.ts';
import type { Window } from '../accounts/store/support/window.ts';
import { keyPause, openWindow, passTime, storageFolder } from '../accounts/store/support/window.ts';

async function announced({ vault }: Window): Promise<readonly string[]> {
  return (await vault.read())?.keyIds ?? [];
}

/** A record that was sealed with this key. */
async function use({ vault }: Window, keyId: string): Promise<void> {
  const row: VaultRow = { hash: `of-${keyId}`, login: 'l', generation: 1, state: 'ready', keyId, sealed: new Uint8Array(1) };
  await vault.write(transaction => {
    transaction.put(row);
  });
}

/** A folder where another browser has made a key, used or not. */
async function withForeignKey(isUsed: boolean): Promise<{ folder: string; foreign: string }> {
  const folder = storageFolder();
  const other = openWindow({ folder });
  const { id } = await other.keys.require('ifNone');
  if (isUsed) await use(other, id);
  return { folder, foreign: id };
}

describe('the key', () => {
  it('is made once, kept under a name of its own, and announced', async () => {
    const secrets = new SharedSecrets();
    const window = openWindow({ folder: storageFolder(), secrets });
    const key = await window.keys.require('ifNone');
    expect(key.secret).toHaveLength(32);
    expect([...secrets.entries]).toEqual([[`key:${key.id}`, key.secret.toString('base64')]]);
    expect(await announced(window)).toEqual([key.id]);
    for (const creation of ['ifNone', 'ifUnused', 'additional'] as const) expect(await window.keys.require(creation)).toEqual(key);
    expect(secrets.entries.size).toBe(1);
  });

  it('is announced before it is stored', async () => {
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

  it('is the same in every window of a desktop, and asked of the store once', async () => {
    const folder = storageFolder();
    let asked = 0;
    const secrets = new (class extends SharedSecrets {
      override get(name: string): Promise<string | undefined> {
        asked++;
        return super.get(name);
      }
    })();
    const key = await openWindow({ folder, secrets }).keys.require('ifNone');
    asked = 0;
    const { keys } = openWindow({ folder, secrets });
    expect(await keys.require('ifUnused')).toEqual(key);
    expect(await keys.find([key.id])).toEqual([key]);
    expect(asked).toBe(1);
  });

  it('of two windows at the very first start is that of the first to announce, on a desktop', async () => {
    const folder = storageFolder();
    const [clock, secrets] = [new MovedClock(), new SharedSecrets()];
    const windows = [1, 2].map(() => openWindow({ folder, secrets, clock }));
    const results = await Promise.allSettled(windows.map(({ keys }) => keys.require('ifNone')));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    const [one, two] = await Promise.all(windows.map(({ keys }) => keys.require('ifUnused')));
    expect(one).toEqual(two);
    expect(secrets.entries.size).toBe(1);
  });

  it('that another window announced a moment ago is waited for, not replaced', async () => {
    const folder = storageFolder();
    const clock = new ManualClock();
    const secrets = new SharedSecrets();
    const asked = Promise.withResolvers<undefined>();
    const stored = Promise.withResolvers<undefined>();
    const slow: SecretStore = {
      get: name => secrets.get(name),
      delete: name => secrets.delete(name),
      store: async (name, value) => {
        asked.resolve(undefined);
        await stored.promise;
        await secrets.store(name, value);
      },
    };
    const first = openWindow({ folder, secrets: slow }).keys.require('ifNone');
    await asked.promise;
    const two = openWindow({ folder, secrets, clock });
    const second = two.keys.require('ifUnused');
    await clock.untilSleeping(keyPause);
    stored.resolve(undefined);
    const key = await first;
    clock.advance(keyPause);
    expect(await second).toEqual(key);
  });

  it('that was announced between the look and the announcement of another wins', async () => {
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

  it('in a store of its own each is known only to its browser [R43]', async () => {
    const folder = storageFolder();
    const browser = { map: new Map<string, string>() };
    const early = new PrivateSecrets(browser);
    const key = await openWindow({ folder, secrets: new PrivateSecrets(browser) }).keys.require('ifNone');
    expect(await openWindow({ folder, secrets: new PrivateSecrets(browser) }).keys.require('ifNone')).toEqual(key);
    await expect(openWindow({ folder, secrets: early }).keys.require('ifNone')).rejects.toMatchObject({ code: 'keyMissing' });
  });
});

describe('a window whose store lacks the announced key', () => {
  it.each<[KeyCreation, boolean]>([
    ['ifNone', false],
    ['ifNone', true],
  ])('makes none at its start, without waiting', async (creation, isUsed) => {
    const { folder, foreign } = await withForeignKey(isUsed);
    const window = openWindow({ folder });
    await expect(window.keys.require(creation)).rejects.toMatchObject({ code: 'keyMissing' });
    expect(await announced(window)).toEqual([foreign]);
  });

  it('replaces one that seals nothing when a person signs in, after two seconds', async () => {
    const { folder, foreign } = await withForeignKey(false);
    const clock = new ManualClock();
    const window = openWindow({ folder, clock });
    const key = await passTime(clock, window.keys.require('ifUnused'));
    expect(key.id).not.toBe(foreign);
    expect(await announced(window)).toEqual([key.id]);
  });

  it('makes none beside one in use, until a person says so [R43]', async () => {
    const { folder, foreign } = await withForeignKey(true);
    const clock = new ManualClock();
    const window = openWindow({ folder, clock });
    await expect(passTime(clock, window.keys.require('ifUnused'))).rejects.toMatchObject({ code: 'keyMissing' });
    const key = await window.keys.require('additional');
    expect(new Set(await announced(window))).toEqual(new Set([foreign, key.id]));
    expect(await window.keys.find([foreign, key.id])).toEqual([key]);
  });

  it('leaves alone the unused key of another who was asked at the same time', async () => {
    const { folder, foreign } = await withForeignKey(true);
    const [one, two] = [openWindow({ folder }), openWindow({ folder })];
    const keys = [await one.keys.require('additional'), await two.keys.require('additional')];
    expect(new Set(await announced(one))).toEqual(new Set([foreign, ...keys.map(({ id }) => id)]));
    expect(await one.keys.require('ifUnused')).toEqual(keys[0]);
  });
});

describe('a secret store', () => {
  it('that never answers is given up after five seconds, and its key is withdrawn', async () => {
    const clock = new ManualClock();
    const window = openWindow({ folder: storageFolder(), clock, secrets: new SilentSecrets() });
    const key = window.keys.require('ifNone');
    await clock.untilSleeping(5_000);
    expect(await announced(window)).toHaveLength(1);
    clock.advance(5_000);
    await expect(key).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
    expect(await announced(window)).toEqual([]);
  });

  it('that answers late, after another window has used the key, costs no record', async () => {
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
  ])('that %s leaves no key behind', async (_how, secrets) => {
    const window = openWindow({ folder: storageFolder(), secrets });
    await expect(window.keys.require('ifNone')).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
    expect(await announced(window)).toEqual([]);
    await expect(window.keys.require('ifUnused')).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
  });

  it('that fails does not take the keys that are known from before', async () => {
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

  it('is asked for all keys at once, so that its silence lasts five seconds and no longer', async () => {
    const clock = new ManualClock();
    const { keys } = openWindow({ folder: storageFolder(), clock, secrets: new SilentSecrets() });
    const found = keys.find(['one', 'two', 'three']);
    await clock.untilSleeping(5_000);
    clock.advance(5_000);
    await expect(found).rejects.toMatchObject({ code: 'secretStoreUnavailable' });
  });

  it('that gives back something else has no key', async () => {
    const secrets: SecretStore = {
      get: () => Promise.resolve('c2hvcnQ='),
      store: () => Promise.resolve(),
      delete: () => Promise.resolve(),
    };
    expect(await openWindow({ folder: storageFolder(), secrets }).keys.find(['one'])).toEqual([]);
  });

  it('is not asked where no key was announced', async () => {
    expect(await openWindow({ folder: storageFolder(), secrets: new BrokenSecrets() }).keys.find([])).toEqual([]);
  });
});

describe('a store that has had a key and lost it', () => {
  it('keeps secrets in memory only, and says so in place of a missing key', async () => {
    const folder = storageFolder();
    const notes = new Notes();
    const first = openWindow({ folder, notes });
    const key = await first.keys.require('ifNone');
    await use(first, key.id);
    expect(notes.has(key.id)).toBe(true);
    const clock = new ManualClock();
    // The same profile after a restart: its notes are there, its secrets are not.
    const { keys } = openWindow({ folder, notes, clock });
    await expect(passTime(clock, keys.require('ifUnused'))).rejects.toMatchObject({ code: 'secretStoreVolatile' });
    expect((await keys.require('additional')).id).not.toBe(key.id);
  });

  it('is told apart from one that never had it', async () => {
    const { folder } = await withForeignKey(true);
    const clock = new ManualClock();
    const { keys } = openWindow({ folder, clock });
    await expect(passTime(clock, keys.require('ifUnused'))).rejects.toMatchObject({ code: 'keyMissing' });
  });
});

describe('keys that are forgotten', () => {
  it('are taken from the store, and not known from before', async () => {
    const secrets = new SharedSecrets();
    const { keys, vault } = openWindow({ folder: storageFolder(), secrets });
    const { id } = await keys.require('ifNone');
    await keys.forget([id]);
    expect(secrets.entries.size).toBe(0);
    expect(await keys.find([id])).toEqual([]);
    await vault.write(transaction => {
      transaction.withdrawKey(id);
    });
    expect((await keys.require('ifNone')).id).not.toBe(id);
  });

  it('do not keep a person waiting for a store that never answers', async () => {
    const clock = new ManualClock();
    const { keys } = openWindow({ folder: storageFolder(), clock, secrets: new SilentSecrets() });
    const forgotten = keys.forget(['one', 'two']);
    await clock.untilSleeping(5_000);
    clock.advance(5_000);
    await forgotten;
  });
});
