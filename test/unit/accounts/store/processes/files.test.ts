/** The files in the folder while several processes write there, and what is left after a sign-out. */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bytesOf } from '../support/disk.ts';
import type { Machine } from '../support/machine.ts';
import { machine, month, useRecords } from '../support/machine.ts';
import { serviceOf, signIn } from '../support/simulated.ts';
import { flow, storageFolder } from '../support/window.ts';
import { stoppedWithAnswer } from './commit.ts';

const { simulator, records } = await useRecords();

/** The mode of each file, and of the folder. */
function modes(folder: string): Record<string, string> {
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  return Object.fromEntries([['.', mode(folder)], ...readdirSync(folder).map(name => [name, mode(join(folder, name))])]) as Record<
    string,
    string
  >;
}

it.skipIf(process.platform === 'win32')(
  'every file is for this user alone, with journal, locks and reserve, in a folder that was open to others (not on Windows, which has no modes) [R22] [R40]',
  async () => {
    const folder = storageFolder();
    mkdirSync(folder, { mode: 0o755 });
    expect(modes(folder)).toEqual({ '.': '755' });
    const one = await machine(simulator, { ahead: month, folder });
    const { hash } = one.account;
    const lock = { [`lock-${hash}.db`]: '600', [`lock-${hash}.db-journal`]: '600' };
    const files = { '.': '700', 'vault-1.db': '600', ...lock };
    const writer = await stoppedWithAnswer(one, simulator);
    expect(modes(folder)).toEqual({ ...files, 'vault-1.db-journal': '600' });
    writer.resume();
    expect(await writer.hear()).toBe('2');
    await one.pass(month);
    await simulator.fail({ route: 'refresh', fault: 'hang' });
    writer.say('use');
    while ((await records.refreshes()) < 2);
    expect(modes(folder)).toEqual({ ...files, [`reserve-${hash}`]: '600' });
    writer.say('disconnect');
    expect(await writer.hear()).toBe('revoked');
    expect(modes(folder)).toEqual({ ...files, [`reserve-${hash}`]: '600' });
  },
);

it('no byte of a record is left after a sign-out in one of several processes, even of one that was killed while it wrote [R22] [R42]', async () => {
  const one = await machine(simulator);
  const gone: Buffer[] = [];
  const remember = async () => {
    gone.push(...((await one.vault.read(5_000))?.rows ?? []).map(({ sealed }) => Buffer.from(sealed)));
  };
  const processes = await Promise.all([one.process(), one.process(), one.process()]);
  for (const child of processes) {
    await one.pass(month);
    await remember();
    child.say('use');
    await child.hear();
    await remember();
  }
  await one.pass(month);
  const victim = await stoppedWithAnswer(one, simulator);
  expect(readdirSync(one.folder)).toContain('vault-1.db-journal');
  await victim.kill();
  await one.store.saveSignIn(serviceOf(simulator), await signIn(simulator, 'ben', one.clock), flow);
  await remember();
  expect(found(one, gone)).not.toEqual([]);
  for (const child of processes.slice(0, 2)) {
    child.say('disconnect');
    expect(await child.hear()).toBe('revoked');
  }
  for (const child of processes) {
    child.say('accounts');
    expect(await child.hear()).toBe('nobody');
  }
  for (const child of processes) {
    child.say('close');
    expect(await child.hear()).toBe('closed');
  }
  expect(gone.length).toBeGreaterThan(7);
  expect(found(one, gone)).toEqual([]);
  expect(readdirSync(one.folder).filter(name => /^vault.*journal|^reserve/.test(name))).toEqual([]);
  expect(await records.liveAccounts()).toEqual([]);
});

/** The files that contain a piece of one of the records. */
function found({ folder }: Machine, sealed: readonly Buffer[]): string[] {
  const size = 24;
  const pieces = sealed.flatMap(bytes =>
    Array.from({ length: Math.floor(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size)),
  );
  return Object.entries(bytesOf(folder)).flatMap(([name, bytes]) => (pieces.some(piece => bytes.includes(piece)) ? [name] : []));
}
