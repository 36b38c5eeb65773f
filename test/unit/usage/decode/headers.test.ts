import { describe, expect, it } from 'vitest';
import type { UsageUpdate } from '../../../../src/usage/decode/update.ts';
import { decodeModelTraffic } from '../../../../src/usage/decode/headers.ts';
import { merge } from '../../../../src/usage/decode/update.ts';
import { readFixture } from '../../support/captured.ts';
import { five, hour, minute, now, snapshot, week } from '../support/snapshots.ts';

const at = { fetchedAt: now, clockOffset: 0 };
const captured = readFixture('usage/passive-sources.json') as { http: Record<string, string>; modelRequest429: object };

const decode = (headers: Record<string, string>, body?: unknown): UsageUpdate | undefined =>
  decodeModelTraffic({ headers: new Headers(headers), body }, at);

const unnamed = { 'x-codex-primary-used-percent': '12', 'x-codex-primary-window-minutes': '300' };
const main = { ...unnamed, 'x-codex-active-limit': 'codex' };
const spark = {
  'x-codex-bengalfox-primary-used-percent': '80',
  'x-codex-bengalfox-primary-window-minutes': '10080',
  'x-codex-bengalfox-limit-name': 'GPT-5.3-Codex-Spark',
};

describe('headers of a model response', () => {
  it('the headers have the main limit, other limits, the plan and credits', () => {
    const ofSpark = { limitId: 'codex_bengalfox', limitName: 'GPT-5.3-Codex-Spark', source: 'headers', isActive: true };
    const ofMain = { limitId: 'codex', source: 'headers', isActive: true };
    expect(decode(captured.http)).toEqual({
      fetchedAt: now,
      plan: 'pro',
      windows: [
        { ...ofMain, id: 'codex:5h', kind: '5h', lengthSeconds: 18_000, used: 12.5, resetAt: 1795457520_000 },
        { ...ofMain, id: 'codex:weekly', kind: 'weekly', lengthSeconds: 604_800, used: 58, resetAt: 1795708800_000 },
      ],
      extra: [{ ...ofSpark, id: 'codex_bengalfox:unknown', kind: 'unknown', used: 80 }],
      credits: { has: true, isUnlimited: false, balance: 812.5 },
    });
  });

  it.each([
    ['codex', 'codex:5h'],
    ['premium', 'codex:5h'],
    ['PREMIUM', 'codex:5h'],
    ['codex_bengalfox', 'codex_bengalfox:5h'],
    ['codex-other', 'codex_other:5h'],
  ])('the unnamed windows belong to the limit that served the request: %s', (active, id) => {
    const update = decode({ ...main, 'x-codex-active-limit': active });
    expect([...(update?.windows ?? []), ...(update?.extra ?? [])].map(window => window.id)).toEqual([id]);
    expect(update?.windows).toHaveLength(id.startsWith('codex:') ? 1 : 0);
  });

  it.each([[undefined], [''], [' ']])('the unnamed windows are ignored when the header for the active limit is %j', active => {
    const headers = { ...unnamed, ...(active === undefined ? {} : { 'x-codex-active-limit': active }), ...spark };
    expect(decode(headers)).toMatchObject({ windows: [], extra: [{ id: 'codex_bengalfox:weekly' }] });
    expect(decode(unnamed)).toBeUndefined();
  });

  it.each([
    ['as long as those of the main limit', { ...unnamed }, [five(0)], ['codex:5h']],
    ['of other lengths', { ...unnamed, 'x-codex-primary-window-minutes': '10080' }, [five(0)], []],
    ['fewer', { ...unnamed }, [five(0), week(0)], []],
    ['without a length', { 'x-codex-primary-used-percent': '12' }, [five(0)], []],
  ] as const)(
    'where the active limit is not named, unnamed windows %s are taken for the main one only if they match',
    (_, headers, known, ids) => {
      const update = decodeModelTraffic({ headers: new Headers(headers) }, at, known);
      expect((update?.windows ?? []).map(({ id }) => id)).toEqual(ids);
    },
  );

  it('an event of the stream says the same in its own words', () => {
    const { websocketEvent: event } = readFixture('usage/passive-sources.json') as { websocketEvent: object };
    expect(decodeModelTraffic({ event }, at)).toEqual({
      fetchedAt: now,
      plan: 'plus',
      windows: [
        {
          id: 'codex:5h',
          limitId: 'codex',
          kind: '5h',
          lengthSeconds: 18_000,
          used: 95,
          resetAt: 1795450500_000,
          isActive: true,
          source: 'headers',
        },
      ],
      extra: [],
      credits: { has: false, isUnlimited: false },
    });
    for (const odd of [
      null,
      'x',
      [],
      {},
      { rate_limits: [], credits: 3, plan_type: {} },
      { rate_limits: { primary: { used_percent: {} } } },
    ]) {
      expect(decodeModelTraffic({ event: odd }, at)).toBeUndefined();
    }
  });

  it('a limit given twice is read from the headers with its own name', () => {
    const headers = { ...main, ...spark, 'x-codex-active-limit': 'codex_bengalfox', 'x-codex-primary-used-percent': '79' };
    expect(decode(headers)).toMatchObject({ windows: [], extra: [{ id: 'codex_bengalfox:weekly', used: 80 }] });
  });

  it('a window without usage, length and reset, as real responses have it, is ignored', () => {
    const empty = {
      'x-codex-secondary-used-percent': '0',
      'x-codex-secondary-window-minutes': '0',
      'x-codex-secondary-reset-at': '',
      'x-codex-secondary-reset-after-seconds': '0',
    };
    expect(decode({ ...main, ...empty })?.windows.map(({ id }) => id)).toEqual(['codex:5h']);
    expect(decode({ ...main, 'x-codex-secondary-used-percent': '0' })?.windows).toHaveLength(1);
    expect(decode({ ...main, ...empty, 'x-codex-secondary-window-minutes': '10080' })?.windows).toHaveLength(2);
  });

  it('windows are sorted by length, shortest first, whatever their headers', () => {
    const reversed = {
      ...main,
      'x-codex-primary-window-minutes': '10080',
      'x-codex-secondary-used-percent': '3',
      'x-codex-secondary-window-minutes': '300',
    };
    expect(decode(reversed)?.windows.map(({ id, used }) => [id, used])).toEqual([
      ['codex:5h', 3],
      ['codex:weekly', 12],
    ]);
  });

  it('the reason for a reached limit applies to the main limit alone', () => {
    const reached = { ...main, 'x-codex-rate-limit-reached-type': 'rate_limit_reached' };
    expect(decode(reached)?.reachedType).toBe('rate_limit_reached');
    expect(decode({ ...reached, 'x-codex-active-limit': 'codex_bengalfox' })).not.toHaveProperty('reachedType');
  });

  it('an unreadable header is ignored without the others', () => {
    const bad = {
      ...main,
      'x-codex-primary-window-minutes': 'long',
      'x-codex-secondary-used-percent': 'much',
      'x-codex-credits-balance': 'n/a',
    };
    expect(decode(bad)).toEqual({
      fetchedAt: now,
      windows: [expect.objectContaining({ id: 'codex:unknown', used: 12 }) as unknown],
      extra: [],
    });
  });

  it('a response without headers about usage gives nothing', () => {
    expect(decode({ 'content-type': 'text/event-stream', 'x-codex-promo-message': 'Hello' })).toBeUndefined();
  });

  it('reset times are converted to the clock of this machine', () => {
    const headers = new Headers({ ...main, 'x-codex-primary-reset-at': '1795457520' });
    const [window] = decodeModelTraffic({ headers }, { fetchedAt: now, clockOffset: hour })?.windows ?? [];
    expect(window?.resetAt).toBe(1795457520_000 - hour);
  });
});

describe('a model request that is refused', () => {
  it('a refusal says until when the main limit is reached', () => {
    const refused = {
      fetchedAt: now,
      plan: 'free',
      windows: [],
      extra: [],
      allowed: false,
      limitReached: true,
      reachedUntil: 1796052305_000,
    };
    expect(decode({}, captured.modelRequest429)).toEqual(refused);
    expect(decode({ 'x-codex-active-limit': 'premium' }, captured.modelRequest429)).toEqual(refused);
    expect(decode({}, { error: { type: 'usage_limit_reached', resets_in_seconds: 60 } })).toMatchObject({ reachedUntil: now + minute });
  });

  it('a refusal by another limit says nothing of the main limit', () => {
    expect(decode({ 'x-codex-active-limit': 'codex_bengalfox' }, captured.modelRequest429)).toBeUndefined();
  });

  it.each([[undefined], [null], ['text'], [{}], [{ error: 'x' }], [{ error: { type: 'rate_limit_exceeded' } }]])(
    'a refusal for another reason says nothing: %j',
    body => {
      expect(decode({}, body)).toBeUndefined();
      expect(decode(main, body)).not.toHaveProperty('allowed');
    },
  );

  it('the used-up window is the one whose reset matches the refusal', () => {
    const update = {
      fetchedAt: now,
      windows: [],
      extra: [],
      allowed: false,
      limitReached: true,
      reachedUntil: now + 2 * hour + 4 * minute,
    };
    const merged = merge(snapshot({ windows: [five(96), week(40)] }), update);
    expect(merged).toMatchObject({ allowed: false, limitReached: true, windows: [{ used: 100 }, { used: 40 }] });
    const other = merge(snapshot({ windows: [five(96), week(40)] }), { ...update, reachedUntil: now + 3 * hour });
    expect(other).toMatchObject({ allowed: false, windows: [{ used: 96 }, { used: 40 }] });
  });
});

describe('merging an update into a reading', () => {
  const later = now + minute;
  const update = (fields: Partial<UsageUpdate>): UsageUpdate => ({ fetchedAt: later, windows: [], extra: [], ...fields });

  it('an updated window replaces the old one, and the others stay', () => {
    const merged = merge(snapshot({ windows: [five(10), week(20)] }), update({ windows: [five(12, { source: 'headers' })] }));
    expect(merged.windows).toEqual([five(12, { source: 'headers' }), week(20)]);
  });

  it('a new window is added at its place in the order', () => {
    expect(merge(snapshot({ windows: [week(20)] }), update({ windows: [five(1)] })).windows).toEqual([five(1), week(20)]);
  });

  it('a merged reading is as old as its oldest window', () => {
    const before = snapshot({ windows: [five(10), week(20)] });
    expect(merge(before, update({ windows: [five(12)] })).fetchedAt).toBe(now);
    expect(merge(before, update({ windows: [five(12), week(20)] })).fetchedAt).toBe(later);
    expect(merge(before, update({ plan: 'pro' })).fetchedAt).toBe(now);
    expect(merge(before, update({ fetchedAt: now - 1, plan: 'pro' }))).toBe(before);
    // The clock was put back since.
    expect(merge(before, update({ fetchedAt: now - hour, plan: 'pro' })).plan).toBe('pro');
  });

  it('an update older than the reading is ignored', () => {
    const before = snapshot({ windows: [five(10)] });
    expect(merge(before, update({ fetchedAt: now - 1, windows: [five(9)] }))).toBe(before);
  });

  it('new windows drop what the service said about the old ones', () => {
    const before = snapshot({ windows: [five(100)], allowed: false, limitReached: true, reachedType: 'rate_limit_reached' });
    const merged = merge(before, update({ windows: [five(1)] }));
    for (const field of ['allowed', 'limitReached', 'reachedType']) expect(merged).not.toHaveProperty(field);
    const unjudged = merge(before, update({ plan: 'pro', extra: [week(3, { id: 'x:weekly', limitId: 'x' })] }));
    expect(unjudged).toMatchObject({ plan: 'pro', allowed: false, limitReached: true, reachedType: 'rate_limit_reached' });
  });

  it('the name of an additional limit and the messages that credits buy are kept', () => {
    const sparkWeek = week(3, { id: 'x:weekly', limitId: 'x', limitName: 'X' });
    const before = snapshot({ extra: [sparkWeek], credits: { has: true, isUnlimited: false, balance: 3, localMessages: [1, 2] } });
    const after = merge(
      before,
      update({ extra: [week(4, { id: 'x:weekly', limitId: 'x' })], credits: { has: true, isUnlimited: false, balance: 2 } }),
    );
    expect(after.extra).toEqual([{ ...sparkWeek, used: 4 }]);
    expect(after.credits).toEqual({ has: true, isUnlimited: false, balance: 2, localMessages: [1, 2] });
  });

  it('a window of unknown length is not added beside windows of known length', () => {
    const unknown = decode({ 'x-codex-active-limit': 'codex', 'x-codex-primary-used-percent': '80' });
    expect(unknown?.windows).toMatchObject([{ id: 'codex:unknown' }]);
    const merged = merge(snapshot({ windows: [five(10)] }), { ...unknown, ...update({ windows: unknown?.windows ?? [] }) });
    expect(merged.windows).toEqual([five(10)]);
    expect(merge(snapshot(), update({ windows: unknown?.windows ?? [] })).windows).toMatchObject([{ id: 'codex:unknown' }]);
  });
});
