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

/** Two windows of one person, and the changes that the second one reports. */
function windows(options: { clock?: Clock } = {}): { one: Window; two: Window; changes: string[] } {
  const [folder, secrets] = [storageFolder(), new SharedSecrets()];
  const [one, two] = [openWindow({ folder, secrets, ...options }), openWindow({ folder, secrets, ...options })];
  const changes: string[] = [];
  const names = (sign: string, keys: readonly ApiKey[]) => keys.map(({ name }) => sign + name);
  two.apiKeys.onDidChange(({ added, removed, changed }) =>
    changes.push([...names('+', added), ...names('-', removed), ...names('~', changed)].join(' ')),
  );
  return { one, two, changes };
}

describe('API keys', () => {
  it('an API key is shared by all windows, under an ID that contains nothing of the key', async () => {
    const { one, two, changes } = windows();
    const key = await one.apiKeys.add(work);
    expect(await two.apiKeys.list()).toEqual([key]);
    expect(key).toMatchObject(work);
    expect(key.id).not.toContain('sk-');
    expect(changes).toEqual(['+Work']);
  });

  it('an API key is readable in no file [R59]', async () => {
    const folder = storageFolder();
    const { apiKeys } = openWindow({ folder });
    const key = await apiKeys.add(work);
    const find = () =>
      Object.values(bytesOf(folder)).filter(bytes => ['the-key-for-work', 'ada-and-sons', 'Work'].some(word => bytes.includes(word)));
    expect(find()).toEqual([]);
    await apiKeys.remove(key);
    expect(find()).toEqual([]);
  });

  it('an API key that is added again keeps its ID under the same name and gets a new one under another name', async () => {
    const { one, two, changes } = windows();
    const key = await one.apiKeys.add(work);
    await two.apiKeys.list();
    expect(await one.apiKeys.add({ ...work, owner: {} })).toEqual({ ...key, owner: {} });
    await two.apiKeys.list();
    const renamed = await one.apiKeys.add({ ...work, name: 'Office' });
    expect(renamed).toEqual({ ...key, id: renamed.id, name: 'Office', label: renamed.label });
    expect(renamed.id).not.toBe(key.id);
    expect([key.label, renamed.label]).toEqual([expect.stringMatching(/^Work \(\w{8}\)$/), expect.stringMatching(/^Office \(\w{8}\)$/)]);
    expect(await two.apiKeys.list()).toEqual([renamed]);
    expect(changes).toEqual(['+Work', '~Work', '+Office -Work']);
  });

  it('the same API key for another API URL is another entry', async () => {
    const { one } = windows();
    await one.apiKeys.add(work);
    await one.apiKeys.add({ ...work, name: 'Elsewhere', apiUrl: 'https://api.example/v1' });
    expect((await one.apiKeys.list()).map(({ name }) => name)).toEqual(['Elsewhere', 'Work']);
  });

  it('a name that another API key has is refused, even if both are added at once', async () => {
    const { one, two } = windows({ clock: new MovedClock() });
    const other = { ...work, secret: 'sk-another-key' };
    const added = await Promise.allSettled([one.apiKeys.add(work), two.apiKeys.add(other)]);
    expect(added.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(added.find(each => each.status === 'rejected')).toMatchObject({ reason: { code: 'apiKeyNameTaken' } });
    expect(await two.apiKeys.list()).toHaveLength(1);
  });

  it('an API key is replaced under its name, without the owner of the old one', async () => {
    const { one, two, changes } = windows();
    const key = await one.apiKeys.add(work);
    await two.apiKeys.list();
    const replaced = await one.apiKeys.replace(key, { secret: 'sk-the-next-key', owner: {} });
    expect(replaced).toEqual({ ...key, secret: 'sk-the-next-key', owner: {} });
    expect(await two.apiKeys.list()).toEqual([replaced]);
    expect(changes).toEqual(['+Work', '~Work']);
  });

  it('an API key that the API refuses is refused in every window until a check succeeds or it is replaced', async () => {
    const { one, two, changes } = windows();
    const { apiKeys } = one;
    const key = await apiKeys.add(work);
    await apiKeys.saveCheckResult(key, 'refused');
    expect(await two.apiKeys.list()).toEqual([{ ...key, isRefused: true }]);
    await apiKeys.saveCheckResult(key, { owner: { project: 'proj_2' } });
    expect(await two.apiKeys.list()).toEqual([{ ...key, owner: { project: 'proj_2' } }]);
    await apiKeys.saveCheckResult(key, 'refused');
    const replaced = await apiKeys.replace(key, { secret: 'sk-the-next-key', owner: {} });
    expect(replaced.isRefused).toBe(false);
    // This is the late result of a check of the old key.
    await apiKeys.saveCheckResult(key, 'refused');
    expect(await two.apiKeys.list()).toEqual([replaced]);
    expect(changes).toEqual(['+Work', '~Work', '~Work']);
  });

  it('an API key that another window removed is neither renamed nor replaced, and does not come back', async () => {
    const { one, two } = windows();
    const key = await one.apiKeys.add(work);
    await two.apiKeys.remove(key);
    await expect(one.apiKeys.rename(key, 'Office')).rejects.toMatchObject({ code: 'apiKeyRemoved' });
    await expect(one.apiKeys.replace(key, { secret: 'sk-the-next-key', owner: {} })).rejects.toMatchObject({ code: 'apiKeyRemoved' });
    expect(await one.apiKeys.list()).toEqual([]);
  });

  it('an API key is renamed as another window has replaced it meanwhile, not as this window saw it', async () => {
    const { one, two } = windows();
    const key = await one.apiKeys.add(work);
    const replaced = await two.apiKeys.replace(key, { secret: 'sk-the-next-key', owner: {} });
    await two.apiKeys.saveCheckResult(replaced, 'refused');
    const renamed = await one.apiKeys.rename(key, 'Office');
    expect(renamed).toMatchObject({ name: 'Office', secret: 'sk-the-next-key', owner: {}, isRefused: true });
    await expect(two.apiKeys.rename(replaced, 'Home')).rejects.toMatchObject({ code: 'apiKeyRemoved' });
    expect(await two.apiKeys.list()).toEqual([renamed]);
  });

  it('a late check result does not bring back an API key that was removed', async () => {
    const { one, two } = windows();
    const key = await one.apiKeys.add(work);
    await two.apiKeys.remove(key);
    await one.apiKeys.saveCheckResult(key, { owner: {} });
    expect(await one.apiKeys.list()).toEqual([]);
  });

  it('an API key that is removed is gone in every window, and can be removed again', async () => {
    const { one, two, changes } = windows();
    const key = await one.apiKeys.add(work);
    await two.apiKeys.list();
    await one.apiKeys.remove(key);
    await two.apiKeys.remove(key);
    expect(await one.apiKeys.list()).toEqual([]);
    expect(changes).toEqual(['+Work', '-Work']);
  });

  it('API keys and accounts are stored side by side, and neither is listed as the other [R59]', async () => {
    const { one, two } = windows();
    const key = await one.apiKeys.add(work);
    const account = await one.store.saveSignIn(service, tokensOf(ada, 0), flow);
    expect(await two.store.accounts()).toEqual([account]);
    expect(await two.apiKeys.list()).toEqual([key]);
    await two.store.disconnect(account.hash, flow);
    expect(await one.apiKeys.list()).toEqual([key]);
  });

  it('an API key whose row was moved to another ID does not open there [R41]', async () => {
    const { one, two } = windows();
    await one.apiKeys.add(work);
    await one.vault.write(transaction => {
      for (const row of transaction.apiKeys()) transaction.putApiKey({ ...row, id: 'another' });
    });
    expect(await two.apiKeys.list()).toHaveLength(1);
  });

  it('disconnecting everything removes the API keys too', async () => {
    const { one, two } = windows();
    await one.apiKeys.add(work);
    await two.store.disconnectAll(flow);
    expect(await one.apiKeys.list()).toEqual([]);
    expect(await two.vault.read()).toEqual({ rows: [], apiKeys: [], keyIds: [] });
  });

  it('an API key keeps its seal key in use, so a window without that seal key creates no second one at sign-in', async () => {
    const folder = storageFolder();
    await openWindow({ folder }).apiKeys.add(work);
    const clock = new ManualClock();
    const other = openWindow({ folder, clock });
    expect(await other.apiKeys.list()).toEqual([]);
    await expect(passTime(clock, other.keys.require('ifUnused'))).rejects.toMatchObject({ code: 'keyMissing' });
  });

  it('an API key is still known while the vault cannot be read', async () => {
    const { one } = windows();
    const key = await one.apiKeys.add(work);
    one.vault.read = () => Promise.reject(new Error('a defect'));
    expect(await one.apiKeys.list()).toEqual([key]);
    expect(one.store.problem).toMatchObject({ code: 'unexpected' });
  });
});
