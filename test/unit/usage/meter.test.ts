import { describe, expect, it } from 'vitest';
import { SignInError } from '../../../src/oauth/errors.ts';
import { UsageMeter } from '../../../src/usage/meter.ts';
import { workspaceId } from '../oauth/support/tokens.ts';
import { readFixture } from '../support/captured.ts';
import { json, Network } from '../support/network.ts';
import { account, OneAccount } from './support/account.ts';

const ours = { ...(readFixture('usage/01-plus-5h-and-weekly.json') as object), account_id: workspaceId };

function meterOver(network: Network, custody: Pick<OneAccount, 'usable' | 'rename'> = new OneAccount(account())): UsageMeter {
  return new UsageMeter({ custody, http: network.http, clock: network.clock, log: network.log });
}

describe('the meter', () => {
  it('knows nothing at first', () => {
    expect(meterOver(new Network(() => json(200, ours))).state('hash')).toEqual({ isReading: false });
  });

  it('says that it reads, then what it has read', async () => {
    const meter = meterOver(new Network(() => json(200, ours)));
    const seen: unknown[] = [];
    meter.onDidChange(() => seen.push(meter.state('hash')));
    await meter.refresh('hash', 'ab12');
    expect(seen).toEqual([{ isReading: true }, { isReading: false, reading: expect.objectContaining({ plan: 'plus' }) as unknown }]);
    expect(meter.state('hash')).toEqual(seen[1]);
  });

  it('keeps the last reading when an attempt fails, and says why it failed until one succeeds', async () => {
    const answers = [json(200, ours), json(503, {}), json(200, { ...ours, plan_type: 'pro' })];
    const network = new Network(() => answers.shift() ?? json(500, {}));
    const meter = meterOver(network);
    await meter.refresh('hash', 'one');
    await meter.refresh('hash', 'two');
    expect(meter.state('hash')).toMatchObject({ isReading: false, reading: { plan: 'plus' }, failure: { code: 'serviceUnavailable' } });
    expect(network.log.entries.at(-1)).toMatchObject({ level: 'error', step: 'usage was not read', fields: { flow: 'two' } });
    const third = meter.refresh('hash', 'three');
    expect(meter.state('hash')).toMatchObject({ isReading: true, reading: { plan: 'plus' }, failure: { code: 'serviceUnavailable' } });
    await third;
    expect(meter.state('hash')).toMatchObject({ reading: { plan: 'pro' } });
    expect(meter.state('hash')).not.toHaveProperty('failure');
  });

  it('has no reading of a service that tells none', async () => {
    const { backendUrl, ...silent } = account().service;
    expect(backendUrl).toBeDefined();
    const meter = meterOver(new Network(() => json(200, ours)), new OneAccount(account({ service: silent })));
    await meter.refresh('hash', 'ab12');
    expect(meter.state('hash')).toEqual({ isReading: false });
  });

  it('never throws, whatever goes wrong', async () => {
    const signedOut = meterOver(new Network(() => json(200, ours)), new OneAccount(new SignInError('signedOut')));
    await signedOut.refresh('hash', 'ab12');
    expect(signedOut.state('hash')).toMatchObject({ failure: { code: 'signedOut' } });
    const defect = meterOver(new Network(() => json(200, ours)), {
      usable: () => Promise.reject(new RangeError('a defect')),
      rename: () => Promise.resolve(),
    });
    await defect.refresh('hash', 'ab12');
    expect(defect.state('hash')).toMatchObject({ isReading: false, failure: { code: 'unexpected' } });
  });

  it('asks once for all who ask meanwhile, and again for those who ask later', async () => {
    const network = new Network(() => json(200, ours));
    const meter = meterOver(network);
    await Promise.all([meter.refresh('hash', 'one'), meter.refresh('hash', 'two')]);
    expect(network.sent).toHaveLength(1);
    await meter.refresh('hash', 'three');
    expect(network.sent).toHaveLength(2);
  });

  it('keeps accounts apart', async () => {
    const network = new Network(() => json(200, ours));
    const meter = meterOver(network);
    await Promise.all([meter.refresh('hash', 'one'), meter.refresh('other', 'two')]);
    expect(network.sent).toHaveLength(2);
    meter.forget('hash');
    expect(meter.state('hash')).toEqual({ isReading: false });
    expect(meter.state('other')).toMatchObject({ reading: { plan: 'plus' } });
  });

  it('tells nobody who has stopped listening', async () => {
    const meter = meterOver(new Network(() => json(200, ours)));
    let told = 0;
    const stop = meter.onDidChange(() => (told += 1));
    stop();
    await meter.refresh('hash', 'ab12');
    expect(told).toBe(0);
  });
});
