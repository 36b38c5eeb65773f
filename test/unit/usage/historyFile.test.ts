import { describe, expect, it } from 'vitest';
import { historyAsCsv, historyAsJson } from '../../../src/usage/historyFile.ts';
import type { UsageSample } from '../../../src/usage/history.ts';

const at = Date.parse('2026-11-23T16:00:00Z');
const samples: UsageSample[] = [
  { windowId: 'codex:weekly', at, used: 58.5, resetAt: Date.parse('2026-11-26T16:00:00Z'), lengthSeconds: 604_800 },
  { windowId: 'codex:unknown', at, used: 0 },
];

describe('history as CSV', () => {
  it('the file has a header and a line per sample, with empty cells for unknown values', () => {
    expect(historyAsCsv(samples)).toBe(
      [
        'window,at,used_percent,resets_at,window_seconds',
        'codex:weekly,2026-11-23T16:00:00.000Z,58.5,2026-11-26T16:00:00.000Z,604800',
        'codex:unknown,2026-11-23T16:00:00.000Z,0,,',
        '',
      ].join('\r\n'),
    );
  });

  it('the file has only a header when there is no history', () => {
    expect(historyAsCsv([])).toBe('window,at,used_percent,resets_at,window_seconds\r\n');
  });

  it.each([
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@x', "'@x"],
  ])('a window name cannot become a formula or another cell: %s', (windowId, cell) => {
    const [, line] = historyAsCsv([{ windowId, at, used: 1 }]).split('\r\n');
    expect(line).toBe(`${cell},2026-11-23T16:00:00.000Z,1,,`);
  });
});

it('history as JSON has a version and the same values', () => {
  expect(JSON.parse(historyAsJson(samples))).toEqual({
    version: 1,
    samples: [
      {
        window: 'codex:weekly',
        at: '2026-11-23T16:00:00.000Z',
        used_percent: 58.5,
        resets_at: '2026-11-26T16:00:00.000Z',
        window_seconds: 604_800,
      },
      { window: 'codex:unknown', at: '2026-11-23T16:00:00.000Z', used_percent: 0 },
    ],
  });
  expect(historyAsJson([])).toMatch(/\n$/);
});
