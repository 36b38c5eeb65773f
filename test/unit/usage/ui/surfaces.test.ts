/** Status bar and panel side by side: both draw one `UsageView`, so that they never contradict each other. */
import { describe, expect, it } from 'vitest';
import type { UsageSample } from '../../../../src/usage/history.ts';
import { usagePanelView } from '../../../../src/usage/ui/panel/view.ts';
import type { UsagePanelView } from '../../../../src/usage/ui/panel/panelTypes.ts';
import { readUsageSettings } from '../../../../src/usage/ui/settings.ts';
import { statusView } from '../../../../src/usage/ui/statusBar/statusView.ts';
import type { StatusView } from '../../../../src/usage/ui/statusBar/statusTypes.ts';
import type { KnownUsage } from '../support/snapshots.ts';
import { five, hour, minute, now, snapshot, usageState, week } from '../support/snapshots.ts';

const account = { hash: 'hash', label: 'ada@example.com', identity: { userId: 'u', plan: 'plus' }, isExpired: false, host: 'chatgpt.com' };
const format = { language: 'en', clock: '24h', timeZone: 'UTC' } as const;

function surfaces(known: KnownUsage, values: Record<string, unknown> = {}): { bar: StatusView; panel: UsagePanelView } {
  const settings = readUsageSettings(name => values[name]);
  const shared = { account, usage: usageState(known, settings, now), settings, format, now };
  return { bar: statusView(shared), panel: usagePanelView({ ...shared, accounts: [account], span: 7, width: 640 }) };
}

describe('the age of a reading', () => {
  const isOld = (age: number, interval: string) => {
    const { bar, panel } = surfaces({ isReading: false, snapshot: snapshot({ fetchedAt: now - age, windows: [week(58)] }) }, { interval });
    const banner = panel.banner?.headline.startsWith('As of') ?? false;
    const title = panel.limits?.title !== 'Limits';
    return [bar.isDim ?? false, banner, title];
  };
  const all = (old: boolean) => [old, old, old];

  it.each([
    ['auto', 15],
    ['5', 15],
    ['manual', 15],
    ['15', 18],
    ['30', 36],
  ])('with the interval %s, status bar and panel both call a reading old from %i minutes on', (interval, minutes) => {
    expect(isOld(minutes * minute - 1, interval)).toEqual(all(false));
    expect(isOld(minutes * minute, interval)).toEqual(all(true));
  });
});

it('status bar and panel name the same time at which a limit runs out, by the pace of the last hour', () => {
  const samples = [50, 40, 30, 20].map((ago, index): UsageSample => ({
    windowId: 'codex:5h',
    at: now - ago * minute,
    used: 50 + 5 * index,
    resetAt: now + 2 * hour,
  }));
  const reading = { isReading: false, snapshot: snapshot({ windows: [five(70), week(10)] }) };
  const lines = (known: KnownUsage) => {
    const { bar, panel } = surfaces(known);
    return { bar: bar.tooltip.replaceAll('\\', ''), panel: panel.limits?.cards[0]?.lines.join('\n') };
  };
  const paced = lines({ ...reading, samples });
  expect(paced.bar).toContain('runs out around 17:15');
  expect(paced.panel).toContain('runs out around 17:15');
  const unpaced = lines(reading);
  expect(unpaced.bar).toContain('likely to run out before the reset');
  expect(unpaced.panel).toContain('likely to run out before the reset');
});
