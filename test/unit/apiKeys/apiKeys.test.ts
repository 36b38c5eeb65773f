import { describe, expect, it } from 'vitest';
import type { ApiKey } from '../../../src/apiKeys/apiKey.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { ManualClock } from '../support/clock.ts';
import { bytesOf } from '../accounts/store/support/disk.ts';
import { MovedClock } from '../accounts/store/support/movedClock.ts';
import { SharedSecrets } from '../accounts/store/support/secrets.ts';
import { ada, service, tokensOf } from '../accounts/store/support/service.ts';
import type { Window } from '../accounts/store/support/window.ts';
import { flow, openWindow, passTime, storageFolder } from '../accounts/store/support/window.ts';

const apiUrl = 'https://api.openai.com/v1';
const work = { name: 'Work', secret: 'sk-proj-the-key-for-work', apiUrl, owner: { organization: 'ada-and-sons', project: 'proj_1' } };

/** Two windows of one person, each with what it was told of. */
function windows(options: { clock?: Clock } = {}): { one: Window; two: Window; told: string[] } {
  const [folder, secrets] = [storageFolder(), new SharedSecrets()];
  const [one, two] = [openWindow({ folder, secrets, ...options }), openWindow({ folder, secrets, ...options })];
  const told: string[] = [];
  const names = (sign: string, keys: readonly ApiKey[]) => keys.map(({ name }) => sign + name);
  two.apiKeys.onDidChange(({ added, removed, changed }) =>
    told.push([...names('+', added), ...names('-', removed), ...names('~', changed)].join(' ')),
  );
  return { one, two, told };
}

describe('an API key', () => {
  it('is kept for every window, under a name and an id that tell nothing of it', async () => {
    const { one, two, told } = windows();
    const key = await one.apiKeys.add(work);
    expect(await two.apiKeys.list()).toEqual([key]);
    expect(key).toMatchObject(work);
    expect(key.id).not.toContain('sk-');
    expect(told).toEqual(['+Work']);
  });

  it('is readable in no file [R59]', async () => {
    const folder = storageFolder();
    const { apiKeys } = openWindow({ folder });
    const key = await apiKeys.add(work);
    const find = () =>
      Object.values(bytesOf(folder)).filter(bytes => ['the-key-for-work', 'ada-and-sons', 'Work'].some(word => bytes.includes(word)));
    expect(find()).toEqual([]);
    await apiKeys.remove(key);
    expect(find()).toEqual([]);
  });

  it('that is added again under its name keeps its place, and under another name is another session in its place', async () => {
    const { one, two, told } = windows();
    const key = await one.apiKeys.add(work);
    await two.apiKeys.list();
    expect(await one.apiKeys.add({ ...work, owner: {} })).toEqual({ ...key, owner: {} });
    await two.apiKeys.list();
    const renamed = await one.apiKeys.add({ ...work, name: 'Office' });
    expect(renamed).toEqual({ ...key, id: renamed.id, name: 'Office' });
    expect(renamed.id).not.toBe(key.id);
    expect(await two.apiKeys.list()).toEqual([renamed]);
    expect(told).toEqual(['+Work', '~Work', '+Office -Work']);
  });

  it('of another API is another key', async () => {
    const { one } = windows();
    await one.apiKeys.add(work);
    await one.apiKeys.add({ ...work, name: 'Elsewhere', apiUrl: 'https://api.example/v1' });
    expect((await one.apiKeys.list()).map(({ name }) => name)).toEqual(['Elsewhere', 'Work']);
  });

  it('takes no name that another has, even where both are added at once', async () => {
    const { one, two } = windows({ clock: new MovedClock() });
    const other = { ...work, secret: 'sk-another-key' };
    const added = await Promise.allSettled([one.apiKeys.add(work), two.apiKeys.add(other)]);
    expect(added.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(added.find(each => each.status === 'rejected')).toMatchObject({ reason: { code: 'apiKeyNameTaken' } });
    expect(await two.apiKeys.list()).toHaveLength(1);
  });

  it('is replaced under its name, and what the old one belonged to is forgotten', async () => {
    const { one, two, told } = windows();
    const key = await one.apiKeys.add(work);
    await two.apiKeys.list();
    const replaced = await one.apiKeys.replace(key, { secret: 'sk-the-next-key', owner: {} });
    expect(replaced).toEqual({ ...key, secret: 'sk-the-next-key', owner: {} });
    expect(await two.apiKeys.list()).toEqual([replaced]);
    expect(told).toEqual(['+Work', '~Work']);
  });

  it('that the API refuses is known to every window as refused, until the API takes it or another is in its place', async () => {
    const { one, two, told } = windows();
    const { apiKeys } = one;
    const key = await apiKeys.add(work);
    await apiKeys.saveCheckResult(key, 'refused');
    expect(await two.apiKeys.list()).toEqual([{ ...key, isRefused: true }]);
    await apiKeys.saveCheckResult(key, { owner: { project: 'proj_2' } });
    expect(await two.apiKeys.list()).toEqual([{ ...key, owner: { project: 'proj_2' } }]);
    await apiKeys.saveCheckResult(key, 'refused');
    const replaced = await apiKeys.replace(key, { secret: 'sk-the-next-key', owner: {} });
    expect(replaced.isRefused).toBe(false);
    // What was asked about the old key comes late.
    await apiKeys.saveCheckResult(key, 'refused');
    expect(await two.apiKeys.list()).toEqual([replaced]);
    expect(told).toEqual(['+Work', '~Work', '~Work']);
  });

  it('that was removed meanwhile is brought back by no word of the API', async () => {
    const { one, two } = windows();
    const key = await one.apiKeys.add(work);
    await two.apiKeys.remove(key);
    await one.apiKeys.saveCheckResult(key, { owner: {} });
    expect(await one.apiKeys.list()).toEqual([]);
  });

  it('that is removed is gone from every window, and removing it again does no harm', async () => {
    const { one, two, told } = windows();
    const key = await one.apiKeys.add(work);
    await two.apiKeys.list();
    await one.apiKeys.remove(key);
    await two.apiKeys.remove(key);
    expect(await one.apiKeys.list()).toEqual([]);
    expect(told).toEqual(['+Work', '-Work']);
  });

  it('lies beside the accounts, and neither is ever the other [R59]', async () => {
    const { one, two } = windows();
    const key = await one.apiKeys.add(work);
    const account = await one.store.saveSignIn(service, tokensOf(ada, 0), flow);
    expect(await two.store.accounts()).toEqual([account]);
    expect(await two.apiKeys.list()).toEqual([key]);
    await two.store.disconnect(account.hash, flow);
    expect(await one.apiKeys.list()).toEqual([key]);
  });

  it('whose row was moved to another place does not open there [R41]', async () => {
    const { one, two } = windows();
    await one.apiKeys.add(work);
    await one.vault.write(transaction => {
      for (const row of transaction.apiKeys()) transaction.putApiKey({ ...row, id: 'another' });
    });
    expect(await two.apiKeys.list()).toHaveLength(1);
  });

  it('goes with everything else when a person leaves the machine', async () => {
    const { one, two } = windows();
    await one.apiKeys.add(work);
    await two.store.disconnectAll(flow);
    expect(await one.apiKeys.list()).toEqual([]);
    expect(await two.vault.read()).toEqual({ rows: [], apiKeys: [], keyIds: [] });
  });

  it('holds the key of its seal in use: a window that lacks that one makes none beside it unasked', async () => {
    const folder = storageFolder();
    await openWindow({ folder }).apiKeys.add(work);
    const clock = new ManualClock();
    const stranger = openWindow({ folder, clock });
    expect(await stranger.apiKeys.list()).toEqual([]);
    await expect(passTime(clock, stranger.store.requireSealKey('ifUnused'))).rejects.toMatchObject({ code: 'keyMissing' });
  });

  it('that cannot be read for a moment is still known', async () => {
    const { one } = windows();
    const key = await one.apiKeys.add(work);
    one.vault.read = () => Promise.reject(new Error('a defect'));
    expect(await one.apiKeys.list()).toEqual([key]);
    expect(one.store.problem).toMatchObject({ code: 'unexpected' });
  });
});
