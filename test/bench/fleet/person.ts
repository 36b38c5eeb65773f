/** A person's week at one machine, as VS Code sees it. */
import { exponential, normal } from './random.ts';
import { begin, week } from './week.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly focused: boolean;
  readonly panelVisible: boolean;
  /** Whether the machine slept before. */
  readonly wakes: boolean;
}

/** Hours from UTC, with the share of people who live there. */
const zones: readonly (readonly [number, number])[] = [
  [-8, 0.14],
  [-6, 0.1],
  [-5, 0.18],
  [0, 0.08],
  [1, 0.2],
  [2, 0.06],
  [5.5, 0.1],
  [8, 0.09],
  [9, 0.05],
];

/** Office hours with a break, some evenings, some weekends; most machines sleep in between, which is left out. */
export function spansOf(random: () => number): Span[] {
  const zone = pick(zones, random) * hour;
  const sleeps = random() < 0.7;
  const worksAtWeekends = random() < 0.15;
  const worksInEvenings = random() < 0.2;
  const spans: Span[] = [];
  for (let date = -1; date < 8; date++) {
    const midnight = begin + date * day - zone;
    const weekday = ((date % 7) + 7) % 7;
    if (weekday >= 5 && !worksAtWeekends) continue;
    const start = midnight + normal(9 * hour, 45 * minute, random);
    const pause = midnight + normal(12.5 * hour, 30 * minute, random);
    const end = midnight + normal(17.5 * hour, hour, random);
    const shifts: [number, number][] = [
      [start, pause],
      [pause + normal(45 * minute, 10 * minute, random), end],
    ];
    if (worksInEvenings)
      shifts.push([midnight + normal(20 * hour, 30 * minute, random), midnight + normal(22 * hour, 30 * minute, random)]);
    for (const [from, to] of shifts) addShift(spans, from, to, sleeps, random);
  }
  return spans.filter(({ from, to }) => to > begin && from < begin + week);
}

/** Alternates between VS Code and other programs. */
function addShift(spans: Span[], from: number, to: number, sleeps: boolean, random: () => number): void {
  const last = spans.at(-1);
  if (last && from <= last.to) return;
  if (last && !sleeps) spans.push({ from: last.to, to: from, focused: false, panelVisible: false, wakes: false });
  let wakes = sleeps;
  for (let at = from, focused = true; at < to; focused = !focused) {
    const until = Math.min(to, at + exponential(focused ? 12 * minute : 6 * minute, random));
    spans.push({ from: at, to: until, focused, panelVisible: focused && random() < 0.03, wakes });
    wakes = false;
    at = until;
  }
}

function pick(shares: readonly (readonly [number, number])[], random: () => number): number {
  let left = random();
  for (const [value, share] of shares) {
    left -= share;
    if (left < 0) return value;
  }
  return shares[0]?.[0] ?? 0;
}
