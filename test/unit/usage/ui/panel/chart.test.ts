import { describe, expect, it } from 'vitest';
import type { UsageSample } from '../../../../../src/usage/history.ts';
import type { ChartInput } from '../../../../../src/usage/ui/panel/chartData.ts';
import type { Chart } from '../../../../../src/usage/ui/panel/panelTypes.ts';
import { usageChart } from '../../../../../src/usage/ui/panel/chart.ts';
import { day, five, hour, minute, now, week } from '../../support/snapshots.ts';

const reader = { language: 'en', clock: '24h', timeZone: 'UTC' } as const;

/** A chart with 700 pixels for 7 days and 184 for 100 percent. */
function chart(samples: readonly UsageSample[], fields: Partial<ChartInput> = {}): Chart {
  return usageChart({
    samples,
    window: week(60),
    fetchedAt: now,
    now,
    span: 7,
    width: 772,
    share: 'used',
    warnAt: 80,
    workDays: 7,
    format: reader,
    ...fields,
  });
}

function sample(ago: number, used: number, fields: Partial<UsageSample> = {}): UsageSample {
  return { windowId: 'codex:weekly', at: now - ago, used, resetAt: now + 3 * day, lengthSeconds: 604_800, ...fields };
}

/** Readings every half hour, oldest first. */
function steady(from: number, to: number, used: (ago: number) => number, fields: Partial<UsageSample> = {}): UsageSample[] {
  const all: UsageSample[] = [];
  for (let ago = from; ago > to; ago -= hour / 2) all.push(sample(ago, used(ago), fields));
  return all;
}

const left = 44;
const right = 744;
const x = (ago: number) => Math.round((right - (ago / (7 * day)) * 700) * 10) / 10;
const y = (used: number) => Math.round((194 - used * 1.84) * 10) / 10;

describe('usageChart', () => {
  it('readings are steps, including the current one, which history may not have', () => {
    const { line, readings } = chart([sample(90 * minute, 50), sample(hour, 55)]);
    expect(readings.map(({ x: at, y: height }) => [at, height])).toEqual([
      [x(90 * minute), y(50)],
      [x(hour), y(55)],
      [x(0), y(60)],
    ]);
    expect(line).toBe(`M${x(90 * minute)},${y(50)}L${x(hour)},${y(50)}L${x(hour)},${y(55)}L${x(0)},${y(55)}L${x(0)},${y(60)}`);
    expect(readings.at(-1)).toMatchObject({ when: '16:00', used: '60%', left: '40%', words: '16:00 · 60% used · 40% left' });
  });

  it('the chart is upside down when it shows what is left', () => {
    expect(chart([], { share: 'left' }).readings[0]?.y).toBe(y(40));
    expect([chart([]).warnY, chart([], { share: 'left' }).warnY]).toEqual([y(80), y(20)]);
  });

  it('more than two hours without a reading are a gap, also up to now', () => {
    const { gaps, line } = chart([sample(10 * hour, 40), sample(9 * hour, 41), sample(6 * hour, 42)], { fetchedAt: now - 4 * hour });
    expect(gaps).toEqual([
      [x(9 * hour), x(6 * hour)],
      [x(4 * hour), x(0)],
    ]);
    expect(line.match(/M/g)).toHaveLength(2);
    expect(chart([sample(2 * hour, 40)]).gaps).toEqual([]);
  });

  it('the line falls to zero at a known reset, which is marked', () => {
    const old = { resetAt: now - 30 * minute };
    const { resets, line } = chart([sample(hour, 90, old)], { window: week(2, { resetAt: now + 7 * day - 30 * minute }) });
    expect(resets).toEqual([x(30 * minute)]);
    expect(line).toContain(`L${x(30 * minute)},${y(90)}L${x(30 * minute)},${y(0)}`);
  });

  it('an early reset is marked where it was noticed', () => {
    const { resets } = chart([sample(hour, 90)], { window: week(2, { resetAt: now + 7 * day }) });
    expect(resets).toEqual([x(0)]);
  });

  it('what is given back under the same reset is marked, and an even pace begins there', () => {
    const { resets, evenPace } = chart([sample(2 * day, 100), sample(2 * day - hour, 0), sample(2 * day - 2 * hour, 1)]);
    expect(resets).toEqual([x(2 * day - hour)]);
    expect(evenPace.match(/M/g)).toHaveLength(2);
    expect(evenPace).toContain(`M${x(2 * day - hour)},${y(0)}`);
  });

  it('a reset that moves by days while nothing is given back is not marked', () => {
    const { resets, evenPace } = chart([sample(2 * hour, 60), sample(hour, 60, { resetAt: now + 7 * day })], {
      window: week(60, { resetAt: now + 7 * day }),
    });
    expect(resets).toEqual([]);
    expect(evenPace.match(/M/g)).toHaveLength(1);
  });

  it('a reset that moved by minutes or is overdue is not marked', () => {
    expect(chart([sample(hour, 59, { resetAt: now + 3 * day + 4 * minute })]).resets).toEqual([]);
    const overdue = { resetAt: now - minute };
    expect(chart([sample(hour, 59, overdue)], { window: week(60, overdue) }).resets).toEqual([]);
  });

  it('the line begins at the left edge with the last reading before it', () => {
    const { line, readings } = chart([sample(7 * day + minute, 30), ...steady(7 * day - hour, 0, () => 31)]);
    expect(line.startsWith(`M${left},${y(30)}`)).toBe(true);
    expect(readings[0]?.at).toBe(now - 7 * day + hour);
  });

  it('an even pace goes from the start to the end of each window, and is omitted when lines would be too close', () => {
    expect(chart([]).evenPace).toBe(`M${x(4 * day)},${y(0)}L${x(0)},${Math.round((194 - (4 / 7) * 184) * 10) / 10}`);
    expect(chart([], { window: five(20) }).evenPace).toBe('');
    // One window, whose reset moved.
    expect(chart([sample(hour, 55, { resetAt: now + 3 * day + 4 * minute })]).evenPace.match(/M/g)).toHaveLength(1);
  });

  it('an even pace of workdays is flat on the weekend', () => {
    // From Thursday to Thursday: two days, the weekend, and Monday until 16:00.
    const [, ...points] = chart([], { workDays: 5 }).evenPace.split(/[ML]/);
    const heights = points.map(point => Number(point.split(',')[1]));
    expect(heights[1]).toBe(heights[2]);
    expect(heights.at(-1)).toBeLessThan(heights[2] ?? 0);
  });

  it('reset lines too close to tell apart are omitted', () => {
    const short = (ago: number) => ({ resetAt: now - ago + 30 * minute, lengthSeconds: 3_600 });
    const many = Array.from({ length: 100 }, (_, index) => sample((100 - index) * hour, 50 - (index % 2), short((100 - index) * hour)));
    expect(chart(many, { window: week(0, { resetAt: now + hour, lengthSeconds: 3_600 }) }).resets).toEqual([]);
  });

  it('too many readings are thinned to the highest and the last of each stretch', () => {
    const rising = (ago: number) => (ago % (2 * day) < hour / 2 ? 99 : 10);
    const all = steady(56 * day, 0, rising);
    const { readings, isThinned } = chart(all, { span: 56 });
    expect(isThinned).toBe(true);
    expect(readings.length).toBeGreaterThan(200);
    expect(readings.length).toBeLessThanOrEqual(400);
    expect(readings.filter(({ used }) => used === '99%')).toHaveLength(all.filter(({ used }) => used === 99).length);
    expect(readings.at(-1)?.at).toBe(now);
    expect(chart(all.slice(-300), { span: 56 }).isThinned).toBe(false);
  });

  it.each([
    [7, 772, 7],
    [7, 300, 3],
    [30, 772, 5],
    [56, 772, 8],
    [56, 300, 4],
  ] as const)('%s days in %s pixels have about %s day labels', (span, width, count) => {
    const { days, plot } = chart([], { span, width });
    expect(Math.abs(days.length - count)).toBeLessThanOrEqual(1);
    for (const { x: place } of days) expect(place).toBeGreaterThanOrEqual(plot.left);
  });

  it('the chart is valid at any width', () => {
    const { line, plot } = chart([sample(hour, 50)], { width: 1 });
    expect(plot.right).toBeGreaterThan(plot.left);
    expect(line).not.toMatch(/NaN|undefined/);
  });
});
