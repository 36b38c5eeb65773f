import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUsageSettings } from '../../../../src/usage/ui/settings.ts';

interface Setting {
  readonly default: unknown;
  readonly scope: string;
  readonly enum?: readonly string[];
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  contributes: { configuration: { properties: Record<string, Setting> } };
};
const prefix = 'chatgptSignIn.usage.';
const declared = Object.entries(manifest.contributes.configuration.properties).flatMap(([name, setting]) =>
  name.startsWith(prefix) ? [[name.slice(prefix.length), setting] as const] : [],
);
const usual = readUsageSettings(() => undefined);

describe('the settings of usage', () => {
  it('mean without a value what the manifest says', () => {
    const defaults = new Map(declared.map(([name, setting]) => [name, setting.default]));
    expect(readUsageSettings(name => defaults.get(name))).toEqual(usual);
    expect(usual).toEqual({
      isEnabled: true,
      show: 'left',
      statusBar: 'both',
      clock: 'auto',
      interval: 'auto',
      alerts: {
        switches: { low: false, pace: false, spent: true, back: false },
        thresholds: { warnAt: 80, criticalAt: 95 },
        workDays: 7,
      },
    });
  });

  it('are those of the manifest, no more and no less', () => {
    const asked = new Set<string>();
    readUsageSettings(name => asked.add(name));
    expect([...asked].sort()).toEqual(declared.map(([name]) => name).sort());
  });

  it.each(
    declared.flatMap(([name, { enum: values = [], default: first }]) =>
      values.filter(value => value !== first).map(value => [name, value] as const),
    ),
  )('take each value that the manifest offers: %s %s', (name, value) => {
    const read = readUsageSettings(asked => (asked === name ? value : undefined));
    // Seven days are what is meant without a value too.
    if (!(name === 'workDays' && value === '7')) expect(read).not.toEqual(usual);
  });

  it('steer a window where they are about what it shows, else the whole machine', () => {
    const scopes = Object.fromEntries(declared.map(([name, { scope }]) => [name, scope]));
    const { show, statusBar, clock, ...others } = scopes;
    expect([show, statusBar, clock]).toEqual(['window', 'window', 'window']);
    expect(new Set(Object.values(others))).toEqual(new Set(['application']));
  });

  it('are as if they were not there, where they make no sense', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string().map(text => `no ${text}`),
          fc.object(),
          fc.constantFrom(0, -1, 101, NaN, null, [], 'on'),
        ),
        value => {
          expect(readUsageSettings(() => value)).toEqual(usual);
        },
      ),
    );
  });
});
