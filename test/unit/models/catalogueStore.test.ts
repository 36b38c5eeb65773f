import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { CatalogueStore } from '../../../src/models/catalogueStore.ts';
import { codexRoute } from '../../../src/models/route.ts';
import type { SentRequest } from '../support/network.ts';
import { html, json, Network } from '../support/network.ts';
import { account, OneAccount } from '../usage/support/account.ts';
import { listed } from './support/models.ts';

const minute = 60_000;
const route = codexRoute('https://chatgpt.com/backend-api');
const owner = { account: account(), route };

let folder: string;
let open: CatalogueStore[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'catalogue-'));
  open = [];
});
afterEach(() => {
  for (const store of open) store.close();
  rmSync(folder, { recursive: true });
});

/** A VS Code window. */
function openWindow(answer: () => Response = () => json(200, { models: [listed()] }), network = new Network(answer)) {
  const { http, log, clock } = network;
  const accounts = new OneAccount(account(), account({ generation: 2, accessToken: 'next' }));
  // The disk takes its own time.
  const disk = { now: () => clock.now(), elapsed: () => clock.elapsed() + systemClock.elapsed(), sleep: systemClock.sleep };
  const store = new CatalogueStore({
    accounts: { credential: (_, options) => accounts.credential('hash', options) },
    ...{ folder, http, log, clock: disk },
    random: Math.random,
  });
  open.push(store);
  let changes = 0;
  store.onDidChange(() => changes++);
  return { store, network, clock, changes: () => changes };
}
const slugs = async (store: CatalogueStore) => (await store.models(owner.account)).map(({ slug }) => slug);

describe('the kept list of models', () => {
  it('asks for the catalogue level that this version reads, with our own name', async () => {
    const { store, network } = openWindow();
    await store.refresh(owner, 'test');
    const [sent] = network.sent;
    expect(sent?.url).toMatch(/^https:\/\/chatgpt\.com\/backend-api\/codex\/models\?client_version=\d+\.\d+\.\d+$/);
    expect(sent?.headers).toMatchObject({ originator: 'chatgpt-sign-in', 'user-agent': 'chatgpt-sign-in/1.2.3' });
    expect(sent?.headers).not.toHaveProperty('version');
  });

  it('is stored for all windows, and known to the next one without a request', async () => {
    await openWindow().store.refresh(owner, 'test');
    const { store, network } = openWindow();
    expect(await slugs(store)).toEqual(['gpt-test']);
    expect(network.sent).toEqual([]);
  });

  it('that another window has refreshed is read again', async () => {
    const one = openWindow();
    await one.store.refresh(owner, 'test');
    const other = openWindow(() => json(200, { models: [listed({ slug: 'new' })] }));
    await slugs(one.store);
    other.clock.advance(1);
    await other.store.refresh(owner, 'test');
    await one.store.reload();
    expect(await slugs(one.store)).toEqual(['new']);
    expect(one.changes()).toBe(2);
  });

  it('is stale where nothing is known, and half an hour after it was read', async () => {
    const { store, clock } = openWindow();
    expect(await store.isStale(owner.account)).toBe(true);
    await store.refresh(owner, 'test');
    expect(await store.isStale(owner.account)).toBe(false);
    clock.advance(31 * minute);
    expect(await store.isStale(owner.account)).toBe(true);
  });

  it.each<[string, () => Response]>([
    ['an error', () => json(503, {})],
    ['a page', () => html(200)],
    ['no list', () => json(200, { detail: 'No.' })],
  ])('stays as it was where the service sends %s, which is not tried again for five minutes', async (_, answer) => {
    await openWindow().store.refresh(owner, 'test');
    const { store, clock } = openWindow(answer);
    clock.advance(31 * minute);
    await expect(store.refresh(owner, 'test')).rejects.toMatchObject({ name: 'ModelError' });
    expect(await slugs(store)).toEqual(['gpt-test']);
    expect(await store.isStale(owner.account)).toBe(false);
    clock.advance(6 * minute);
    expect(await store.isStale(owner.account)).toBe(true);
  });

  it('is asked for with a refreshed token where the service refuses the old one for its age', async () => {
    const replies = [json(401, { error: { code: 'token_expired' } }), json(200, { models: [listed()] }), json(500, {})];
    const { store, network } = openWindow(() => replies.shift() ?? json(500, {}));
    await store.refresh(owner, 'test');
    expect(await slugs(store)).toEqual(['gpt-test']);
    const tokens = network.sent.map(({ headers }) => headers['authorization']);
    expect(tokens).toEqual([`Bearer ${account().accessToken}`, 'Bearer next', 'Bearer next']);
  });

  it('comes with where the workspace wants its requests to go, which stays where the service does not say it again', async () => {
    const { workspaceId: id } = account().identity;
    const says = (override: unknown) => (sent: SentRequest) =>
      sent.url.endsWith('/wham/accounts/check')
        ? json(200, { accounts: [{ id, account_routing_override: override }] })
        : json(200, { models: [listed()] });
    const routingAfter = async (answer: (sent: SentRequest) => Response) => {
      await openWindow(undefined, new Network(answer)).store.refresh(owner, 'test');
      return openWindow().store.routing(owner.account);
    };
    expect(await routingAfter(says('us'))).toBe('us');
    expect(await routingAfter(() => json(200, { models: [listed()] }))).toBe('us');
    for (const odd of ['NO_CONSTRAINT', '', 7, 'a b', null]) expect(await routingAfter(says(odd)), String(odd)).toBeUndefined();
  });

  it('is forgotten with its account, and with all', async () => {
    const { store } = openWindow();
    await store.refresh(owner, 'test');
    await store.forget('hash');
    expect(await slugs(store)).toEqual([]);
    await store.refresh(owner, 'test');
    await store.forgetAll();
    expect(await slugs(openWindow().store)).toEqual([]);
  });
});
