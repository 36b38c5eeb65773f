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
const defaults = readUsageSettings(() => undefined);

describe('the usage settings', () => {
  it('a setting without a value is the default of the manifest', () => {
    const manifestDefaults = new Map(declared.map(([name, setting]) => [name, setting.default]));
    expect(readUsageSettings(name => manifestDefaults.get(name))).toEqual(defaults);
    expect(defaults).toEqual({
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

  it('the settings that are read are those of the manifest', () => {
    const requested = new Set<string>();
    readUsageSettings(name => requested.add(name));
    expect([...requested].sort()).toEqual(declared.map(([name]) => name).sort());
  });

  it.each(
    declared.flatMap(([name, { enum: values = [], default: first }]) =>
      values.filter(value => value !== first).map(value => [name, value] as const),
    ),
  )('each value that the manifest offers is read: %s %s', (name, value) => {
    const read = readUsageSettings(requested => (requested === name ? value : undefined));
    // Seven workdays are the default.
    if (!(name === 'workDays' && value === '7')) expect(read).not.toEqual(defaults);
  });

  it('settings about the display apply to a window, all others to the machine', () => {
    const scopes = Object.fromEntries(declared.map(([name, { scope }]) => [name, scope]));
    const { show, statusBar, clock, ...others } = scopes;
    expect([show, statusBar, clock]).toEqual(['window', 'window', 'window']);
    expect(new Set(Object.values(others))).toEqual(new Set(['application']));
  });

  it('an invalid value counts as the default', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string().map(text => `no ${text}`),
          fc.object(),
          fc.constantFrom(0, -1, 101, NaN, null, [], 'on'),
        ),
        value => {
          expect(readUsageSettings(() => value)).toEqual(defaults);
        },
      ),
    );
  });
});
