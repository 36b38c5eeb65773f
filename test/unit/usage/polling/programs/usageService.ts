/**
 * A window with its UsageService, in a process of its own: `usageService.ts <folder>`, with the entries of its secret storage as JSON
 * in `SECRETS`. Its clock is set to milliseconds since the epoch, first by `NOW` and then by each line of input; it answers each line
 * with the time of the reading that it shows.
 */
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { watchFolder } from '../../../../../src/storage/watchFolder.ts';
import { systemClock } from '../../../../../src/base/clock.ts';
import { Http } from '../../../../../src/base/http.ts';
import { UsageService } from '../../../../../src/usage/polling/usageService.ts';
import { UsageRecorder } from '../../../../../src/usage/polling/usageRecorder.ts';
import { UsageStore } from '../../../../../src/usage/polling/usageStore.ts';
import { assemble } from '../../../accounts/store/support/parts.ts';
import { MemorySealKeyHistory, SharedSecrets } from '../../../accounts/store/support/secrets.ts';
import { ManualClock } from '../../../support/clock.ts';
import { registryOf } from '../../../accounts/support/registry.ts';
import { MemoryLog } from '../../../support/log.ts';

const [folder = ''] = process.argv.slice(2);
const entries = JSON.parse(process.env['SECRETS'] ?? '{}') as Record<string, string>;
const clock = new ManualClock(Number(process.env['NOW']));
const disk = { now: () => clock.now(), elapsed: systemClock.elapsed, sleep: systemClock.sleep };
const log = new MemoryLog();
const random = () => 0.5;
const secrets = new SharedSecrets();
for (const [name, value] of Object.entries(entries)) await secrets.store(name, value);
const fetchOverHttp = (url: string, init: RequestInit) => fetch(url, init);
const { store, locks } = assemble({ folder, clock: disk, secrets, history: new MemorySealKeyHistory(), fetch: fetchOverHttp, log, random });
const http = new Http({ fetch: fetchOverHttp, clock, log, agent: 'test/1' });
const usageStore = new UsageStore({ folder, clock: disk, http, log, random });
const recorder = new UsageRecorder({
  store: usageStore,
  locks,
  clock,
  log,
  rules: () => ({
    switches: { low: false, pace: false, spent: false, back: false },
    thresholds: { warnAt: 80, criticalAt: 95 },
    workDays: 7,
    interval: 'auto',
  }),
});
const usageService = new UsageService({
  accounts: registryOf(store, { clock, log }),
  recorder,
  http,
  clock,
  log,
  random,
});
watchFolder(folder, { clock: systemClock, log, changed: () => void recorder.reload() });

await store.reload();
const [account] = await store.accounts();
await usageService.start({ enabled: true, interval: 'auto', focused: true, panelVisible: false });

console.log('ready');
for await (const line of createInterface(process.stdin)) {
  const [order, time] = line.split(' ');
  // As after a sleep of the machine: no timer fires on the way.
  if (order === 'wake') clock.stop(Number(time) - clock.now());
  clock.advance(Math.max(0, Number(time) - clock.now()));
  await setImmediate();
  await usageService.settled();
  console.log(usageService.state(account?.hash ?? '').view?.snapshot.fetchedAt ?? 'nothing');
}
