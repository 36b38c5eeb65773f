/** Whole windows, in this process and in processes of their own, with the simulated account service. */
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../support/disk.ts';
import { machine, month, useRecords, use } from '../support/machine.ts';
import { stored } from '../support/signedIn.ts';
import { serviceOf, signIn } from '../support/simulated.ts';
import { flow } from '../support/window.ts';

const { simulator, records } = await useRecords();

describe('a refresh with the simulator', () => {
  it('a hundred callers in each of two windows share one refresh', async () => {
    const one = await machine(simulator, { ahead: month });
    const windows = [one, one.another()];
    const callers = windows.flatMap(window => Array.from({ length: 100 }, () => use(window, one.account)));
    const tokens = new Set((await Promise.all(callers)).map(account => account.tokens.accessToken));
    expect(tokens.size).toBe(1);
    expect(await records.refreshes()).toBe(1);
    expect(await records.endings()).toEqual([undefined]);
  });

  it('three processes with twenty callers each share one refresh', async () => {
    const one = await machine(simulator, { ahead: month });
    const processes = await Promise.all([one.process(), one.process(), one.process()]);
    for (const child of processes) child.say('use');
    expect(await Promise.all(processes.map(child => child.hear()))).toEqual(['2', '2', '2']);
    expect(await records.refreshes()).toBe(1);
    expect(await records.endings()).toEqual([undefined]);
  });

  it('a refresh is repeated each time the tokens expire, and presents no refresh token twice', async () => {
    const one = await machine(simulator);
    const windows = [one, one.another(), one.another()];
    for (let round = 1; round <= 10; round++) {
      await one.pass(month);
      const accounts = await Promise.all(windows.map(window => use(window, one.account)));
      expect(accounts.map(({ generation }) => generation)).toEqual([round + 1, round + 1, round + 1]);
    }
    expect(await records.refreshes()).toBe(10);
    expect(await records.endings()).toEqual([undefined]);
  });

  it('a session that the service has ended leaves its account in place as expired', async () => {
    const one = await machine(simulator, { ahead: month });
    await simulator.endSession('ada');
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'signedOut' });
    await expect(use(one.another(), one.account)).rejects.toMatchObject({ code: 'signedOut' });
    expect(await records.refreshes()).toBe(1);
    expect(await one.store.accounts()).toMatchObject([{ state: 'expired', label: one.account.label }]);
  });

  it('a refresh whose process is killed leaves its lock free and its mark in place', async () => {
    const one = await machine(simulator, { ahead: month });
    await simulator.fail({ route: 'refresh', fault: 'hang' });
    const child = await one.process();
    child.say('use');
    await records.requested('refresh');
    expect(await one.locks.tryAcquire(one.account.hash)).toBeUndefined();
    await child.kill();
    const lock = await one.locks.tryAcquire(one.account.hash);
    expect(lock).toBeDefined();
    lock?.release();
    expect(await stored(one)).toMatchObject([{ state: 'refreshing', generation: 1, refreshAttempt: { times: 1 } }]);
    await expect(use(one, one.account)).rejects.toMatchObject({ code: 'serviceUnavailable' });
    await one.pass(60_000);
    expect((await use(one, one.account)).generation).toBe(2);
    expect(await records.endings()).toEqual([undefined]);
  });
});

describe('a sign-in with the simulator', () => {
  it('a second sign-in keeps its session, although this service ends every session of a person with one [R33]', async () => {
    const one = await machine(simulator);
    await one.store.saveSignIn(serviceOf(simulator), await signIn(simulator, 'ada', one.clock), flow);
    await one.store.settled();
    expect((await simulator.counts()).revoke).toBe(0);
    expect(await records.endings()).toEqual([undefined, undefined]);
    await one.pass(month);
    expect((await use(one, one.account)).generation).toBe(2);
  });

  it('a sign-in with the wrong account ends the session that it created, and no other', async () => {
    const one = await machine(simulator);
    const tokens = await signIn(simulator, 'ben', one.clock);
    const saving = one.store.saveSignIn(serviceOf(simulator), tokens, { ...flow, wanted: one.account.id });
    await expect(saving).rejects.toMatchObject({ code: 'wrongAccount' });
    await one.store.settled();
    expect(await records.liveAccounts()).toEqual(['ada']);
  });
});

describe('a sign-out with the simulator', () => {
  it('a sign-out ends the session in every window and process', async () => {
    const one = await machine(simulator);
    const child = await one.process();
    child.say('accounts');
    expect(await child.hear()).toBe(one.account.label);
    expect(await one.store.disconnect(one.account.hash, flow)).toEqual({ kind: 'revoked' });
    child.say('accounts');
    expect(await child.hear()).toBe('nobody');
    expect(await records.liveAccounts()).toEqual([]);
  });

  it('a sign-out while another process refreshes leaves no session, and nothing in the vault', async () => {
    const one = await machine(simulator, { ahead: month });
    await simulator.set({ tokenDelayMs: 300 });
    const child = await one.process();
    child.say('use');
    await records.requested('refresh');
    await one.store.disconnect(one.account.hash, flow);
    expect(await child.hear()).toBe('signedOut');
    expect(await records.liveAccounts()).toEqual([]);
    expect(await stored(one)).toEqual([]);
  });

  it('a sign-out whose process is killed before the response is completed by the next window', async () => {
    const one = await machine(simulator);
    await simulator.fail({ route: 'revoke', fault: 'hang' });
    const child = await one.process();
    child.say('disconnect');
    await records.requested('revoke');
    await child.kill();
    expect(await one.store.accounts()).toEqual([]);
    expect(await stored(one)).toMatchObject([{ state: 'signingOut' }]);
    expect(await records.liveAccounts()).toEqual(['ada']);
    const next = one.another();
    await next.store.prepare();
    await next.store.settled();
    expect(await records.liveAccounts()).toEqual([]);
    expect(await stored(next)).toEqual([]);
  });
});

it('no secret that the service has ever issued or received is in the folder', async () => {
  const one = await machine(simulator, { ahead: month });
  await use(one, one.account);
  await one.store.saveSignIn(serviceOf(simulator), await signIn(simulator, 'pia', one.clock), flow);
  const scan = async () => {
    const secrets = (await simulator.secrets()).map(({ value }) => value);
    expect(secrets.length).toBeGreaterThan(10);
    const files = Object.values(bytesOf(one.folder));
    return secrets.filter(secret => files.some(bytes => bytes.includes(secret)));
  };
  expect(await scan()).toEqual([]);
  for (const { hash } of await one.store.accounts()) await one.store.disconnect(hash, flow);
  expect(await scan()).toEqual([]);
});
