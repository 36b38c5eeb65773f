import { describe, expect, it } from 'vitest';
import { plainText, readName } from '../../../src/base/plainText.ts';
import { hostileNames, iconsIn, invisibleIn, linksIn } from '../support/outsideText.ts';

describe('plainText', () => {
  it.each(hostileNames)('%s: VS Code makes no link and no icon of it, and it is one line of at most 80 characters', (_what, name) => {
    const text = plainText(name);
    expect([linksIn(text), iconsIn(text), invisibleIn(text)]).toEqual([[], [], []]);
    expect(Array.from(text).length).toBeLessThanOrEqual(80);
    expect(text).toMatch(/^Acme/);
    expect(plainText(text)).toBe(text);
  });

  it.each([
    'ada@example.com',
    'Ada & Sons (Berlin) [EU] – 5 $',
    'Büro „Süd“',
    'שלום',
    '株式会社アクメ',
    '\u{1f980} Crab',
    '{0} 100% #1 `x`',
  ])('an ordinary name stays as it is: %s', name => {
    expect(plainText(name)).toBe(name);
  });

  it('white space is one space, and none at either end', () => {
    expect(plainText(' \t Ada \u00a0\n & \u2003 Sons \r')).toBe('Ada & Sons');
  });

  it('a cut leaves no half of a character', () => {
    expect(plainText('abcdefg', 6)).toBe('abcdef');
    expect(plainText('abcd \u{1f980}efg', 6)).toBe('abcd \u{1f980}');
    expect(plainText('abcde fg', 6)).toBe('abcde');
  });
});

it.each([undefined, null, 7, {}, '', ' \n', '\u200b\u202e'])('%j is no name', value => {
  expect(readName(value)).toBeUndefined();
});
