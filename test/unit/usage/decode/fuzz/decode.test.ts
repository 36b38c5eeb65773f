import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertsOf } from '../../../../../src/usage/alerts.ts';
import { decodeResetCredits, decodeUsage } from '../../../../../src/usage/decode/usage.ts';
import { evenPace, forecast } from '../../../../../src/usage/forecast.ts';
import { historyAsCsv, historyAsJson } from '../../../../../src/usage/historyFile.ts';
import type { UsageSnapshot, UsageWindow } from '../../../../../src/usage/snapshot.ts';
import { spendKinds } from '../../../../../src/usage/snapshot.ts';
import { newSamples } from '../../../../../src/usage/newSamples.ts';
import { limitStatus } from '../../../../../src/usage/limitStatus.ts';
import { payload, personal, resetCredits } from './payloads.ts';

const shapes = 10_000;
const fetchedAt = Date.parse('2026-11-23T16:00:00Z');
const offsets = fc.constantFrom(0, 3_600_000, -3_600_000, 90_000);

/** A failing run prints its seed; FUZZ_SEED=… repeats it. */
const seed = Number(process.env['FUZZ_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
console.log(`random usage payloads, seed ${String(seed)}`);

const isNumber = (value: number, least: number, most: number) => Number.isFinite(value) && value >= least && value <= most;
const isTime = (value: number | undefined) => value === undefined || !Number.isNaN(new Date(value).getTime());
const isText = (value: string | undefined) =>
  value === undefined || (value.length > 0 && Array.from(value).length <= 64 && value.isWellFormed());

function faultsOfWindow({ used, lengthSeconds, resetAt, kind, limitId, limitName }: UsageWindow): string[] {
  const faults: string[] = [];
  if (!isNumber(used, 0, 100)) faults.push('used');
  if (lengthSeconds !== undefined && !isNumber(lengthSeconds, 1, 100 * 366 * 86_400)) faults.push('length');
  if ((kind === 'unknown') !== (lengthSeconds === undefined)) faults.push('kind');
  if (!isTime(resetAt)) faults.push('reset');
  if (!isText(limitId) || !isText(limitName)) faults.push('name');
  return faults;
}

function faultsOf({ windows, extra, credits, spend, ...snapshot }: UsageSnapshot): string[] {
  const all = [...windows, ...extra];
  const faults = all.flatMap(faultsOfWindow);
  if (new Set(all.map(({ id }) => id)).size !== all.length) faults.push('ids');
  const lengths = windows.map(({ lengthSeconds }) => lengthSeconds ?? Infinity);
  if (lengths.some((length, index) => length < (lengths[index - 1] ?? 0))) faults.push('order');
  if (!isText(snapshot.plan) || !isText(snapshot.reachedType)) faults.push('words');
  if (credits?.balance !== undefined && !isNumber(credits.balance, 0, Infinity)) faults.push('balance');
  for (const range of [credits?.localMessages, credits?.cloudMessages]) {
    if (range && !(isNumber(range[0], 0, range[1]) && isNumber(range[1], range[0], Infinity))) faults.push('messages');
  }
  for (const { kind, limit, used, leftPercent, resetAt } of spend) {
    if (!spendKinds.includes(kind)) faults.push('spend kind');
    if ([limit, used].some(amount => amount !== undefined && !isNumber(amount, 0, Infinity))) faults.push('spend amount');
    if (leftPercent !== undefined && !isNumber(leftPercent, 0, 100)) faults.push('spend left');
    if (!isTime(resetAt)) faults.push('spend reset');
  }
  return faults;
}

/** What the usage rules derive from a reading. */
function derive(snapshot: UsageSnapshot): object {
  const all = [...snapshot.windows, ...snapshot.extra];
  const input = { fetchedAt, now: fetchedAt, workDays: 7 };
  const forecasts = new Map(all.map(window => [window.id, forecast(window, input)]));
  const samples = newSamples(snapshot, []);
  const thresholds = { warnAt: 80, criticalAt: 95 };
  return {
    status: limitStatus(snapshot, fetchedAt, thresholds),
    forecasts: [...forecasts],
    even: all.flatMap(window => evenPace(window, fetchedAt, input) ?? []),
    alerts: alertsOf({
      before: { ...snapshot, windows: snapshot.windows.map(window => ({ ...window, used: 0 })) },
      after: snapshot,
      samples: [],
      marks: [],
      switches: { low: true, pace: true, spent: true, back: true },
      thresholds,
      forecasts,
    }),
    files: [historyAsCsv(samples), historyAsJson(samples)],
  };
}

describe(`decoding of ${String(shapes)} random payloads`, () => {
  it('no payload throws, gives a number out of range or lets personal data through', { timeout: 120_000 }, () => {
    const seen = { none: 0, windows: 0, extra: 0, spend: 0, credits: 0, partial: 0 };
    fc.assert(
      fc.property(payload, offsets, (body, clockOffset) => {
        const snapshot = decodeUsage(body, { fetchedAt, clockOffset });
        if (!snapshot) {
          seen.none += 1;
          return;
        }
        seen.windows += Math.sign(snapshot.windows.length);
        seen.extra += Math.sign(snapshot.extra.length);
        seen.spend += Math.sign(snapshot.spend.length);
        seen.credits += snapshot.credits ? 1 : 0;
        seen.partial += Math.sign(snapshot.partial.length);
        expect(faultsOf(snapshot)).toEqual([]);
        const text = JSON.stringify(snapshot);
        expect(text).not.toContain(personal);
        // JSON turns NaN and the like into null.
        expect(JSON.parse(text)).toEqual(snapshot);
        const derived = derive(snapshot);
        expect(JSON.parse(JSON.stringify(derived))).toEqual(derived);
      }),
      { numRuns: shapes, seed },
    );
    for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(shapes / 50);
  });

  it('no payload of saved resets throws, gives a number out of range or lets personal data through', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(resetCredits, offsets, (body, clockOffset) => {
        const saved = decodeResetCredits(body, { fetchedAt, clockOffset });
        if (!saved) return;
        expect(Number.isSafeInteger(saved.available) || saved.available > Number.MAX_SAFE_INTEGER).toBe(true);
        expect(isNumber(saved.available, 0, Number.MAX_VALUE)).toBe(true);
        expect(saved.nextExpiry === undefined || saved.nextExpiry > fetchedAt).toBe(true);
        expect(isTime(saved.nextExpiry)).toBe(true);
        expect(JSON.stringify(saved)).not.toContain(personal);
      }),
      { numRuns: shapes, seed },
    );
  });
});
