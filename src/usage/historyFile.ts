import type { UsageSample } from './history.ts';

/** History as a file for other programs: times are ISO 8601 in UTC, what is not known is left out. */
const columns = ['window', 'at', 'used_percent', 'resets_at', 'window_seconds'] as const;
type Row = Record<(typeof columns)[number], string | number | undefined>;

/** Comma-separated values (RFC 4180) with a header. */
export function historyAsCsv(samples: readonly UsageSample[]): string {
  const lines = [columns, ...samples.map(sample => columns.map(column => rowOf(sample)[column]))];
  return lines.map(cells => `${cells.map(cellOf).join(',')}\r\n`).join('');
}

export function historyAsJson(samples: readonly UsageSample[]): string {
  return `${JSON.stringify({ version: 1, samples: samples.map(rowOf) }, undefined, 2)}\n`;
}

function rowOf({ windowId, at, used, resetAt, lengthSeconds }: UsageSample): Row {
  return {
    window: windowId,
    at: new Date(at).toISOString(),
    used_percent: used,
    resets_at: resetAt === undefined ? undefined : new Date(resetAt).toISOString(),
    window_seconds: lengthSeconds,
  };
}

function cellOf(value: string | number | undefined): string {
  // The service names limits: a spreadsheet must not take a name for a formula.
  const text = String(value ?? '').replace(/^[=+\-@]/, "'$&");
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
