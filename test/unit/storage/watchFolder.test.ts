import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { watchFolder } from '../../../src/storage/watchFolder.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryLog } from '../support/log.ts';
import { SharedSecrets } from '../accounts/store/support/secrets.ts';
import { ada, service, tokensOf } from '../accounts/store/support/service.ts';
import { flow, openWindow, storageFolder } from '../accounts/store/support/window.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'watched-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A clock that counts the events of a burst: each event restarts the delay before `changed` is called. */
class BurstClock extends ManualClock {
  events = 0;
  #heard: (() => void)[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.events++;
    for (const heard of this.#heard.splice(0)) heard();
    return super.sleep(ms, signal);
  }

  async untilEvents(count: number): Promise<void> {
    while (this.events < count) await new Promise<void>(resolve => this.#heard.push(resolve));
  }
}

it('a burst of events in a watched folder is reported once, 50 ms after the last event', async () => {
  const [path, clock, log] = [folder(), new BurstClock(), new MemoryLog()];
  let changes = 0;
  const reported = Promise.withResolvers<undefined>();
  const changed = () => {
    changes++;
    reported.resolve(undefined);
  };
  const stop = watchFolder(path, { clock, log, changed });
  onTestFinished(stop);
  for (let round = 0; round < 5; round++) {
    const { events } = clock;
    writeFileSync(join(path, 'vault-1.db'), String(round));
    await clock.untilEvents(events + 1);
    clock.advance(49);
  }
  expect(changes).toBe(0);
  expect(new Set(clock.sleeping)).toEqual(new Set([50]));
  clock.advance(50);
  await reported.promise;
  expect(changes).toBe(1);
});

it('a folder watch that was stopped reports nothing more', async () => {
  const [path, clock, log] = [folder(), new BurstClock(), new MemoryLog()];
  let changes = 0;
  const stop = watchFolder(path, { clock, log, changed: () => changes++ });
  writeFileSync(join(path, 'vault-1.db'), '');
  await clock.untilEvents(1);
  stop();
  expect(clock.sleeping).toEqual([]);
  clock.advance(1_000);
  expect(changes).toBe(0);
});

it('a folder watch for one file ignores the other files', async () => {
  const [path, clock, log] = [folder(), new BurstClock(), new MemoryLog()];
  const heard: number[] = [];
  onTestFinished(watchFolder(path, { clock, log, only: 'auth.json', changed: () => heard.push(clock.events) }));
  for (const name of ['history.jsonl', 'auth.json.lock', 'log']) writeFileSync(join(path, name), '');
  // Events arrive in order, so the earlier ones have arrived by now.
  writeFileSync(join(path, 'auth.json'), '');
  await clock.untilEvents(1);
  const { events } = clock;
  writeFileSync(join(path, 'history.jsonl'), 'more');
  renameSync(join(path, 'log'), join(path, 'auth.json'));
  await clock.untilEvents(events + 1);
  clock.advance(50);
  await new Promise(resolve => setImmediate(resolve));
  expect(heard).toHaveLength(1);
  expect(clock.events).toBeLessThanOrEqual(events + 3);
});

it('a folder that cannot be watched is logged and does nothing else', () => {
  const log = new MemoryLog();
  const stop = watchFolder(join(folder(), 'missing'), { clock: new ManualClock(), log, changed: () => undefined });
  expect(log.entries).toMatchObject([{ level: 'error', step: 'the folder is not watched', error: { code: 'ENOENT' } }]);
  stop();
});

it('a window that watches the folder loads what another window has stored', async () => {
  const path = storageFolder();
  const [clock, secrets] = [new ManualClock(), new SharedSecrets()];
  const [one, two] = [openWindow({ folder: path, secrets }), openWindow({ folder: path, secrets, clock })];
  await two.store.prepare();
  await two.store.settled();
  const seen = new Promise<void>(resolve => {
    two.store.onDidChange(() => {
      resolve();
    });
  });
  const stop = watchFolder(path, { clock, log: two.log, changed: () => void two.store.reload() });
  onTestFinished(stop);
  await one.store.saveSignIn(service, tokensOf(ada, clock.now()), flow);
  await clock.untilSleeping(50);
  clock.advance(50);
  await seen;
  expect(two.events).toEqual(['+ada@example.com']);
});
