import { describe, expect, it } from 'vitest';
import type { UsageUpdate } from '../../../../src/usage/decode/headers.ts';
import { decodeModelAnswer, merge } from '../../../../src/usage/decode/headers.ts';
import { readFixture } from '../../support/captured.ts';
import { five, hour, minute, now, snapshot, week } from '../support/snapshots.ts';

const at = { fetchedAt: now, clockOffset: 0 };
const captured = readFixture('usage/passive-sources.json') as { http: Record<string, string>; modelRequest429: object };

const decode = (headers: Record<string, string>, body?: unknown): UsageUpdate | undefined =>
  decodeModelAnswer({ headers: new Headers(headers), body }, at);

const unnamed = { 'x-codex-primary-used-percent': '12', 'x-codex-primary-window-minutes': '300' };
const main = { ...unnamed, 'x-codex-active-limit': 'codex' };
const spark = {
  'x-codex-bengalfox-primary-used-percent': '80',
  'x-codex-bengalfox-primary-window-minutes': '10080',
  'x-codex-bengalfox-limit-name': 'GPT-5.3-Codex-Spark',
};

describe('the headers of a model answer', () => {
  it('tell of the main limit, of others, of the plan and of credits', () => {
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
  ])('are of the limit that served the request: %s', (active, id) => {
    const update = decode({ ...main, 'x-codex-active-limit': active });
    expect([...(update?.windows ?? []), ...(update?.extra ?? [])].map(window => window.id)).toEqual([id]);
    expect(update?.windows).toHaveLength(id.startsWith('codex:') ? 1 : 0);
  });

  it.each([[undefined], [''], [' ']])('say nothing of it where they do not say which one that was: %j', active => {
    const headers = { ...unnamed, ...(active === undefined ? {} : { 'x-codex-active-limit': active }), ...spark };
    expect(decode(headers)).toMatchObject({ windows: [], extra: [{ id: 'codex_bengalfox:weekly' }] });
    expect(decode(unnamed)).toBeUndefined();
  });

  it("tell of a limit once, by its own family, where the request's repeats it", () => {
    const headers = { ...main, ...spark, 'x-codex-active-limit': 'codex_bengalfox', 'x-codex-primary-used-percent': '79' };
    expect(decode(headers)).toMatchObject({ windows: [], extra: [{ id: 'codex_bengalfox:weekly', used: 80 }] });
  });

  it('of a window without use, length and reset are none, as a live answer had them', () => {
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

  it('are in any order, shortest first', () => {
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

  it('say why the main limit is reached, and no other', () => {
    const reached = { ...main, 'x-codex-rate-limit-reached-type': 'rate_limit_reached' };
    expect(decode(reached)?.reachedType).toBe('rate_limit_reached');
    expect(decode({ ...reached, 'x-codex-active-limit': 'codex_bengalfox' })).not.toHaveProperty('reachedType');
  });

  it('that cannot be read are left out one by one', () => {
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

  it('of another kind say nothing', () => {
    expect(decode({ 'content-type': 'text/event-stream', 'x-codex-promo-message': 'Hello' })).toBeUndefined();
  });

  it("are taken by this machine's clock", () => {
    const headers = new Headers({ ...main, 'x-codex-primary-reset-at': '1795457520' });
    const [window] = decodeModelAnswer({ headers }, { fetchedAt: now, clockOffset: hour })?.windows ?? [];
    expect(window?.resetAt).toBe(1795457520_000 - hour);
  });
});

describe('a refused model request', () => {
  it('says until when the main limit is reached', () => {
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

  it('says nothing of the main limit where another one refused it', () => {
    expect(decode({ 'x-codex-active-limit': 'codex_bengalfox' }, captured.modelRequest429)).toBeUndefined();
  });

  it.each([[undefined], [null], ['text'], [{}], [{ error: 'x' }], [{ error: { type: 'rate_limit_exceeded' } }]])(
    'for another reason says nothing: %j',
    body => {
      expect(decode({}, body)).toBeUndefined();
      expect(decode(main, body)).not.toHaveProperty('allowed');
    },
  );

  it('tells which window is used up by its reset', () => {
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

describe('a reading with what was learnt since', () => {
  const later = now + minute;
  const update = (fields: Partial<UsageUpdate>): UsageUpdate => ({ fetchedAt: later, windows: [], extra: [], ...fields });

  it('has the new windows in the place of the old, and those that were not told', () => {
    const merged = merge(snapshot({ windows: [five(10), week(20)] }), update({ windows: [five(12, { source: 'headers' })] }));
    expect(merged.windows).toEqual([five(12, { source: 'headers' }), week(20)]);
  });

  it('has windows that are new, in their order', () => {
    expect(merge(snapshot({ windows: [week(20)] }), update({ windows: [five(1)] })).windows).toEqual([five(1), week(20)]);
  });

  it('is as old as its oldest window', () => {
    const before = snapshot({ windows: [five(10), week(20)] });
    expect(merge(before, update({ windows: [five(12)] })).fetchedAt).toBe(now);
    expect(merge(before, update({ windows: [five(12), week(20)] })).fetchedAt).toBe(later);
    expect(merge(before, update({ plan: 'pro' })).fetchedAt).toBe(now);
  });

  it('takes nothing that was learnt before it', () => {
    const before = snapshot({ windows: [five(10)] });
    expect(merge(before, update({ fetchedAt: now - 1, windows: [five(9)] }))).toBe(before);
  });

  it('drops what the service had said of the numbers before', () => {
    const before = snapshot({ windows: [five(100)], allowed: false, limitReached: true, reachedType: 'rate_limit_reached' });
    const merged = merge(before, update({ windows: [five(1)] }));
    for (const field of ['allowed', 'limitReached', 'reachedType']) expect(merged).not.toHaveProperty(field);
    const unjudged = merge(before, update({ plan: 'pro', extra: [week(3, { id: 'x:weekly', limitId: 'x' })] }));
    expect(unjudged).toMatchObject({ plan: 'pro', allowed: false, limitReached: true, reachedType: 'rate_limit_reached' });
  });

  it('keeps the name of an additional limit, and what it knows of credits', () => {
    const sparkWeek = week(3, { id: 'x:weekly', limitId: 'x', limitName: 'X' });
    const before = snapshot({ extra: [sparkWeek], credits: { has: true, isUnlimited: false, balance: 3, localMessages: [1, 2] } });
    const after = merge(
      before,
      update({ extra: [week(4, { id: 'x:weekly', limitId: 'x' })], credits: { has: true, isUnlimited: false, balance: 2 } }),
    );
    expect(after.extra).toEqual([{ ...sparkWeek, used: 4 }]);
    expect(after.credits).toEqual({ has: true, isUnlimited: false, balance: 2, localMessages: [1, 2] });
  });

  it('does not take a window without a length for a further one', () => {
    const unknown = decode({ 'x-codex-active-limit': 'codex', 'x-codex-primary-used-percent': '80' });
    expect(unknown?.windows).toMatchObject([{ id: 'codex:unknown' }]);
    const merged = merge(snapshot({ windows: [five(10)] }), { ...unknown, ...update({ windows: unknown?.windows ?? [] }) });
    expect(merged.windows).toEqual([five(10)]);
    expect(merge(snapshot(), update({ windows: unknown?.windows ?? [] })).windows).toMatchObject([{ id: 'codex:unknown' }]);
  });
});
