/** Draws the week as SVG, in colors that work on light and dark backgrounds. */
import { begin, commonReset, outage, storm, week } from './week.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly from: number;
  readonly to: number;
  /** Requests per second at the upper edge. */
  readonly top: number;
}

const events = [
  { name: 'one hour of outage', ...outage },
  { name: 'a reset common to all', from: commonReset, to: commonReset },
  { name: '20 minutes of 429', ...storm },
];

/** @param rates requests per second, one for each `bin` milliseconds since the week's start */
export function drawFleet(rates: Float64Array, bin: number): string {
  const top = Math.ceil(Math.max(...rates) / 1000) * 1000;
  const whole: Frame = { x: 60, y: 50, width: 920, height: 190, from: begin, to: begin + week, top };
  const parts = events.map(({ from }, index): Frame => ({
    ...whole,
    x: 60 + index * 320,
    y: 320,
    width: 260,
    from: from - hour,
    to: from + 3 * hour,
  }));
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 560" role="img" aria-labelledby="title">',
    '<title id="title">Requests per second at the usage service, from a million installs in a simulated week</title>',
    '<style>text{font:12px sans-serif;fill:#808080}.head{font-size:15px}.grid{stroke:#808080;stroke-opacity:.3}',
    '.mean{fill:none;stroke:#3794ff;stroke-width:1.5}.peak{fill:none;stroke:#d18616}.event{fill:#f14c4c;fill-opacity:.2}</style>',
    '<text class="head" x="60" y="24">1,000,000 installs, one week, requests per second:</text>',
    '<text class="head" x="450" y="24" style="fill:#3794ff">mean</text>',
    '<text class="head" x="510" y="24" style="fill:#d18616">peak of ten seconds</text>',
    drawFrame(whole, rates, bin, 15 * minute, day, at => new Date(at).toLocaleDateString('en', { weekday: 'short', timeZone: 'UTC' })),
    ...parts.map((frame, index) => {
      const title = `<text x="${frame.x}" y="${frame.y - 10}">${events[index]?.name ?? ''}</text>`;
      return title + drawFrame(frame, rates, bin, 2 * minute, hour, at => `${new Date(at).getUTCHours()}:00`);
    }),
    '</svg>',
    '',
  ].join('\n');
}

function drawFrame(frame: Frame, rates: Float64Array, bin: number, step: number, tick: number, label: (at: number) => string): string {
  const { x, y, width, height, from, to, top } = frame;
  const across = (at: number) => round(x + ((at - from) / (to - from)) * width);
  const down = (rate: number) => round(y + height - (rate / top) * height);
  const times = steps(from, to, step);
  const line = (value: (part: Float64Array) => number) =>
    times.map(at => `${across(at + step / 2)},${down(value(rates.subarray((at - begin) / bin, (at + step - begin) / bin)))}`).join(' ');
  return [
    ...events
      .filter(event => event.from >= from && event.to <= to)
      .map(event => rectangle(across(event.from), y, Math.max(1, across(event.to) - across(event.from)), height)),
    ...steps(0, top + 1, 1000).map(
      rate =>
        `<path class="grid" d="M${x} ${down(rate)}h${width}"/><text x="${x - 6}" y="${down(rate) + 4}" text-anchor="end">${rate.toLocaleString('en')}</text>`,
    ),
    ...steps(from, to, tick).map(at => `<text x="${across(at)}" y="${y + height + 16}">${label(at)}</text>`),
    `<polyline class="peak" points="${line(part => Math.max(...part))}"/>`,
    `<polyline class="mean" points="${line(part => part.reduce((sum, rate) => sum + rate, 0) / part.length)}"/>`,
  ].join('\n');
}

function rectangle(x: number, y: number, width: number, height: number): string {
  return `<rect class="event" x="${x}" y="${y}" width="${width}" height="${height}"/>`;
}

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
