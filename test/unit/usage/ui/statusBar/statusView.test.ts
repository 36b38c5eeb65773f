import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../../../src/base/refusal.ts';
import type { SpendLimit, UsageSnapshot, UsageWindow } from '../../../../../src/usage/snapshot.ts';
import type { FailureState } from '../../../../../src/usage/polling/backoff.ts';
import { tooltipCommands } from '../../../../../src/usage/ui/statusBar/statusTooltip.ts';
import type { StatusBarState, StatusView } from '../../../../../src/usage/ui/statusBar/statusTypes.ts';
import { statusView } from '../../../../../src/usage/ui/statusBar/statusView.ts';
import { billingTexts } from '../../../../../src/shell/billingTexts.ts';
import type { UsageSettings } from '../../../../../src/usage/ui/settings.ts';
import { readUsageSettings } from '../../../../../src/usage/ui/settings.ts';
import type { KnownUsage } from '../../support/snapshots.ts';
import { day, hour, minute, usageState } from '../../support/snapshots.ts';

// A Monday.
const now = Date.UTC(2026, 10, 23, 16, 0);

const ada = { hash: 'hash', label: 'ada@example.com', identity: { userId: 'u', plan: 'plus' }, isExpired: false, host: 'chatgpt.com' };
const limit = { limitId: 'codex', isActive: true, source: 'usage' } as const;
const five = (used: number, resetAt = now + 2 * hour + 12 * minute): UsageWindow => ({
  ...limit,
  id: 'codex:5h',
  kind: '5h',
  lengthSeconds: 18_000,
  used,
  resetAt,
});
const week = (used: number, resetAt = now + 3 * day + hour): UsageWindow => ({
  ...limit,
  id: 'codex:weekly',
  kind: 'weekly',
  lengthSeconds: 604_800,
  used,
  resetAt,
});
const month = (used: number): UsageWindow => ({
  ...limit,
  id: 'codex:monthly',
  kind: 'monthly',
  lengthSeconds: 2_592_000,
  used,
  resetAt: now + 30 * day,
  isActive: used > 0,
});
const spark: UsageWindow = {
  ...week(100, now + 15 * hour + 46 * minute),
  id: 'codex_bengalfox:weekly',
  limitId: 'codex_bengalfox',
  limitName: 'GPT-5.3-Codex-Spark',
};

const snapshot = (fields: Partial<UsageSnapshot>): UsageSnapshot => ({
  v: 1,
  fetchedAt: now - minute,
  plan: 'plus',
  windows: [],
  extra: [],
  spend: [],
  partial: [],
  ...fields,
});
function withoutPlan(reading: UsageSnapshot): UsageSnapshot {
  const copy: { -readonly [Field in keyof UsageSnapshot]: UsageSnapshot[Field] } = { ...reading };
  delete copy.plan;
  return copy;
}
const read = (...windows: UsageWindow[]): KnownUsage => ({ isReading: false, snapshot: snapshot({ windows }) });
const withReading = (fields: Partial<UsageSnapshot>): KnownUsage => ({ isReading: false, snapshot: snapshot(fields) });
const failure = (kind: FailureState['kind'], code: FailureState['code'] = 'serviceUnavailable', times = 1): FailureState => ({
  kind,
  code,
  signInId: 'login',
  times,
  since: now - 2 * minute,
  nextAt: now + 2 * minute,
  at: now,
});

const settings = (values: Record<string, unknown> = {}) => readUsageSettings(name => values[name]);
const reader = { language: 'en-GB', clock: 'auto', timeZone: 'UTC' } as const;
type Situation = Omit<Partial<StatusBarState>, 'usage' | 'settings'> & { readonly usage?: KnownUsage; readonly settings?: UsageSettings };
function view({ usage, settings: chosen = settings(), ...fields }: Situation = {}): StatusView {
  return statusView({ now, format: reader, settings: chosen, ...(usage ? { usage: usageState(usage, chosen, now) } : {}), ...fields });
}
const shown = (usage: KnownUsage, values: Record<string, unknown> = {}): StatusView =>
  view({ account: ada, usage, settings: settings(values) });

/** The lines of the tooltip as a person reads them, without links. */
function lines({ tooltip }: StatusView): string[] {
  const text = tooltip
    .replaceAll(/\\(?=[!-/:-@[-`{-~])/g, '')
    .replaceAll('**', '')
    .replaceAll('\u00a0', ' ');
  return text.split(/\s*\n+/).filter(line => line !== '' && line !== '---' && !line.includes('](command:'));
}

/** Separates the line about billing from the lines after it. */
function billingAndRest([, ...below]: readonly string[]): { billing?: string; rest: string[] } {
  const [first = '', ...others] = below;
  return Object.values(billingTexts).some(text => text() === first) ? { billing: first, rest: others } : { rest: below };
}

const offline = failure('unreachable', 'offline');
const two = [five(34), week(58)];
const old = { fetchedAt: now - 20 * minute };
const allowance: SpendLimit = {
  kind: 'individual',
  limit: 1000,
  used: 412.5,
  leftPercent: 58.75,
  resetAt: Date.UTC(2026, 11, 1, 10),
  isReached: false,
};

interface Row {
  readonly account?: StatusBarState['account'];
  readonly usage?: KnownUsage;
  readonly text: string;
  readonly bg?: StatusView['background'];
  readonly isDim?: true;
  /** The first line of the tooltip after account and billing. */
  readonly headline: string;
  readonly label: string;
  readonly command?: StatusView['command'];
}

// The situations by their numbers in the specification.
const table: Readonly<Record<string, Row>> = {
  '1 signed out': {
    account: undefined,
    text: '$(account) ChatGPT: Sign in',
    headline: "Sign in with ChatGPT to see your plan's limits.",
    label: 'ChatGPT, not signed in. Sign in.',
    command: 'chatgptSignIn.signIn',
  },
  '2 first load': {
    usage: { isReading: true },
    text: '$(sync~spin) ChatGPT',
    headline: 'Loading your usage…',
    label: 'ChatGPT usage, loading.',
  },
  '3 two windows fine': {
    usage: read(...two),
    text: '$(pulse) Plus · 5h 66% · wk 42% left',
    headline: '5-hour limit',
    label: 'ChatGPT Plus. 5-hour limit 66 per cent left, resets at 18:12. Weekly limit 42 per cent left, resets Thursday 17:00.',
  },
  '4 weekly only': {
    usage: withReading({ plan: 'pro', windows: [week(16)] }),
    text: '$(pulse) Pro · wk 84% left',
    headline: 'This plan has no 5-hour limit right now.',
    label: 'ChatGPT Pro. Weekly limit 84 per cent left, resets Thursday 17:00.',
  },
  '5 monthly, untouched': {
    usage: withReading({ plan: 'free', windows: [month(0)] }),
    text: '$(pulse) Free · mo 100% left',
    headline: 'Monthly limit is unused. It starts with your next request.',
    label: 'ChatGPT Free. Monthly limit unused.',
  },
  '6 low': {
    usage: read(five(86), week(58)),
    text: '$(warning) Plus · 5h 14% · wk 42% left',
    bg: 'warning',
    headline: '5-hour limit is running low; resets 18:12.',
    label: 'Warning. 5-hour limit 14 per cent left, resets at 18:12. Weekly limit 42 per cent left, resets Thursday 17:00.',
  },
  '7 critical': {
    usage: read(five(97), week(58)),
    text: '$(warning) 5h 3% left · 18:12',
    bg: 'error',
    headline: 'Only 3% of the 5-hour limit left until 18:12.',
    label: 'Critical. 5-hour limit 3 per cent left until 18:12.',
  },
  '8 week spent, five hours free': {
    usage: withReading({ windows: [five(1), week(100)], allowed: false, limitReached: true }),
    text: '$(circle-slash) wk used up · Thu 17:00',
    bg: 'error',
    headline: "Blocked by the weekly limit until Thu 17:00. You can't use the 5-hour limit (99% left) until then.",
    label: 'ChatGPT blocked by the weekly limit until Thursday 17:00.',
  },
  '9 spent, with credits': {
    usage: withReading({ windows: [week(100)], allowed: true, credits: { has: true, isUnlimited: false, balance: 812.4 } }),
    text: '$(credit-card) wk used up · 812 credits',
    bg: 'warning',
    headline: 'Your included usage is used up. Requests now use credits. 812 credits (≈ USD 32.50 at 25 credits per dollar).',
    label: 'Weekly limit used up. 812 credits left.',
  },
  '10 unlimited credits, no windows': {
    usage: withReading({ plan: 'enterprise', allowed: true, credits: { has: true, isUnlimited: true } }),
    text: '$(pulse) Enterprise · no fixed limit',
    headline: 'Usage is billed to workspace credits. OpenAI reports no limit.',
    label: 'ChatGPT Enterprise, no fixed limit reported.',
  },
  '11 spend control': {
    usage: withReading({ plan: 'team', allowed: true, spend: [allowance] }),
    text: '$(pulse) Business · 588 of 1,000 credits left',
    headline: 'Your monthly allowance resets 1 Dec 10:00.',
    label: 'Your monthly allowance, 588 of 1,000 credits left.',
  },
  '12 workspace out of credits, for a member': {
    usage: withReading({ windows: [week(100)], allowed: false, reachedType: 'workspace_member_credits_depleted' }),
    text: '$(circle-slash) Workspace out of credits',
    bg: 'error',
    headline: 'Ask your workspace owner to add credits. Weekly limit is also used up; resets Thu 17:00.',
    label:
      'ChatGPT blocked, workspace out of credits. Ask your workspace owner to add credits. Weekly limit is also used up; resets Thu 17:00.',
  },
  '12 workspace out of credits, for its owner': {
    usage: withReading({ windows: [week(10)], allowed: false, reachedType: 'workspace_owner_credits_depleted' }),
    text: '$(circle-slash) Workspace out of credits',
    bg: 'error',
    headline: 'Add credits in ChatGPT.',
    label: 'ChatGPT blocked, workspace out of credits. Add credits in ChatGPT.',
  },
  '13 blocked though windows have room': {
    usage: withReading({ windows: [five(38), week(20)], allowed: false }),
    text: '$(circle-slash) ChatGPT blocked',
    bg: 'error',
    headline: 'OpenAI reports this account as blocked, although its limits show 62% left.',
    label: 'ChatGPT blocked. Limits still show 62 per cent left.',
  },
  '14 stale': {
    usage: { isReading: false, snapshot: snapshot({ ...old, windows: two }), failure: offline, nextAt: now + 5 * minute },
    text: '$(history) Plus · 5h 66% · wk 42% left',
    isDim: true,
    headline: '5-hour limit',
    label:
      'ChatGPT Plus. 5-hour limit 66 per cent left, resets at 18:12. Weekly limit 42 per cent left, resets Thursday 17:00. As of 15:40, 20 minutes ago.',
  },
  '15 offline, no reading': {
    usage: { isReading: false, failure: offline },
    text: '$(debug-disconnect) ChatGPT',
    headline: "Can't reach chatgpt.com. VS Code tries again when its window has focus.",
    label: 'ChatGPT usage unavailable, offline.',
  },
  '16 reset passed, no fresh reading': {
    usage: withReading({ fetchedAt: now - 10 * minute, windows: [five(99, now - 5 * minute), week(58)] }),
    text: '$(history) Plus · 5h – · wk 42% left',
    headline: '5-hour limit should have reset 15:55; waiting for OpenAI to confirm.',
    label: 'ChatGPT Plus. 5-hour limit should have reset 15:55, not confirmed yet. Weekly limit 42 per cent left, resets Thursday 17:00.',
  },
  '17 too many requests': {
    usage: { ...read(...two), failure: failure('tooMany'), nextAt: now + 20 * minute },
    text: '$(history) Plus · 5h 66% · wk 42% left',
    isDim: true,
    headline: '5-hour limit',
    label:
      'ChatGPT Plus. 5-hour limit 66 per cent left, resets at 18:12. Weekly limit 42 per cent left, resets Thursday 17:00. As of 15:59, 1 minute ago. Next attempt: 16:20.',
  },
  '18 session ended': {
    account: { ...ada, isExpired: true },
    usage: read(...two),
    text: '$(key) ChatGPT: Sign in again',
    bg: 'warning',
    headline: 'Your ChatGPT session has expired. Last usage update: 15:59.',
    label: 'ChatGPT session expired. Sign in again.',
    command: 'chatgptSignIn.signIn',
  },
  '19 workspace inactive': {
    usage: { ...read(...two), failure: { ...failure('workspaceInactive', 'refused', 2), since: now - minute } },
    text: '$(organization) ChatGPT: Choose workspace',
    bg: 'warning',
    headline: 'This workspace is no longer active.',
    label: 'ChatGPT workspace no longer active. Sign in to another workspace.',
    command: 'chatgptSignIn.signIn',
  },
  '20 account deactivated': {
    usage: { isReading: false, failure: failure('accountInactive', 'refused') },
    text: '$(error) ChatGPT account inactive',
    bg: 'error',
    headline: 'OpenAI reports that this account was deactivated. Check your email.',
    label: 'ChatGPT account inactive. OpenAI reports that this account was deactivated. Check your email.',
    command: 'chatgptSignIn.manageAccounts',
  },
  '21 a browser check': {
    usage: { ...read(...two), failure: failure('challenge', 'blocked'), nextAt: now + hour },
    text: '$(shield) Plus · 5h 66% · wk 42% left',
    isDim: true,
    headline: '5-hour limit',
    label:
      'ChatGPT Plus. 5-hour limit 66 per cent left, resets at 18:12. Weekly limit 42 per cent left, resets Thursday 17:00. As of 15:59, 1 minute ago. Usage refresh paused.',
  },
  '22 the plan reports nothing': {
    usage: read(),
    text: '$(pulse) Plus',
    headline: 'OpenAI reported no usage limits for this plan.',
    label: 'ChatGPT Plus, no limits reported.',
  },
  '23 an extra limit spent': {
    usage: withReading({ windows: two, extra: [spark] }),
    text: '$(pulse) Plus · 5h 66% · wk 42% left',
    headline: '5-hour limit',
    label: 'ChatGPT Plus. 5-hour limit 66 per cent left, resets at 18:12. Weekly limit 42 per cent left, resets Thursday 17:00.',
  },
};

describe('the status bar in each situation', () => {
  it.each(Object.entries(table))('the text, tooltip, label and command are right in situation %s', (_name, row) => {
    const { usage, text, bg, isDim, headline, label, command = 'chatgptSignIn.showUsage' } = row;
    const account = 'account' in row ? row.account : ada;
    const drawn = view({ ...(account ? { account } : {}), ...(usage ? { usage } : {}) });
    const [whose] = lines(drawn);
    const [first] = account ? billingAndRest(lines(drawn)).rest : lines(drawn);
    expect({
      text: drawn.text,
      bg: drawn.background,
      isDim: drawn.isDim,
      headline: first,
      label: drawn.label,
      command: drawn.command,
    }).toEqual({
      text,
      bg,
      isDim,
      headline,
      label,
      command,
    });
    if (account) expect(whose).toMatch(/ada@example\.com$/);
    // The status bar is short, and visible to others who look at the screen.
    expect(drawn.text).not.toContain('@');
  });

  it('all 23 situations are tested', () => {
    expect(new Set(Object.keys(table).map(name => parseInt(name))).size).toBe(23);
  });
});

describe('the tooltip', () => {
  it.each<[string, KnownUsage | undefined, string | undefined]>([
    ['a plan', read(...two), 'Included in your ChatGPT plan'],
    ['a plan without a reading', undefined, 'Included in your ChatGPT plan'],
    [
      'credits',
      withReading({ windows: [week(100)], allowed: true, credits: { has: true, isUnlimited: true } }),
      'Billed to credits until a limit resets',
    ],
    ["a workspace's allowance", withReading({ windows: [], spend: [allowance] }), 'Billed to workspace credits, within an allowance'],
    ['a reading without limits', withReading({ windows: [] }), undefined],
  ])('the tooltip has the right billing line for %s', (_who, usage, billing) => {
    expect(billingAndRest(lines(view({ account: ada, ...(usage ? { usage } : {}) }))).billing).toBe(billing);
  });

  it('the tooltip has no billing line for an account without a plan', () => {
    const { hash, label, identity, isExpired } = ada;
    expect(billingAndRest(lines(view({ account: { hash, label, identity, isExpired } }))).billing).toBeUndefined();
  });

  it('the tooltip shows each window with both percentages, the reset and the forecast, and the age of the reading', () => {
    expect(lines(shown(read(...two)))).toEqual([
      'Plus · ada@example.com',
      'Included in your ChatGPT plan',
      '5-hour limit',
      '`█████████████░░░░░░░` 34% used · 66% left',
      'resets in 2h 12m (18:12) · about 39% left at reset',
      'Weekly limit',
      '`████████░░░░░░░░░░░░` 58% used · 42% left',
      'resets in 3d 1h (Thu 17:00) · runs out around Thu 13:00',
      '$(history) As of 15:59 (1 minute ago)',
    ]);
  });

  it('the tooltip shows additional limits, allowances, credits and saved resets', () => {
    const usage = withReading({
      windows: [week(58)],
      extra: [spark],
      spend: [allowance],
      credits: { has: true, isUnlimited: false, balance: 50 },
      resetCredits: { available: 1, nextExpiry: Date.UTC(2026, 11, 4, 3, 26) },
    });
    expect(lines(shown(usage)).slice(6)).toEqual([
      'GPT-5.3-Codex-Spark: Weekly limit',
      '`░░░░░░░░░░░░░░░░░░░░` used up',
      'resets in 15h 46m (tomorrow 07:46) · the main limits are not affected',
      'Your monthly allowance',
      '`████████████░░░░░░░░` 588 of 1,000 credits left',
      'resets in 7d 18h (1 Dec 10:00)',
      '50 credits (≈ USD 2.00 at 25 credits per dollar)',
      '1 saved reset, expires 4 Dec 03:26',
      '$(history) As of 15:59 (1 minute ago)',
    ]);
  });

  it('the tooltip says why the last attempt failed, and when the next is', () => {
    const usage = { ...read(week(58)), failure: failure('outage'), nextAt: now + 5 * minute };
    expect(lines(shown(usage))).toContain("Couldn't load usage. The service is currently unavailable or too busy. Next attempt: 16:05.");
  });

  it('the tooltip says that usage is loading, and the status bar keeps its text', () => {
    const drawn = shown({ ...read(week(58)), isReading: true });
    expect(lines(drawn).at(-1)).toBe('$(sync~spin) Loading your usage…');
    expect(drawn.text).toBe('$(pulse) Plus · wk 42% left');
  });

  it('text from the service appears in the tooltip without links, icons or markup', () => {
    const evil = '**x** [a](command:b) $(key) `c` <img src=x>\n\n# d';
    const { tooltip } = view({
      account: { ...ada, label: evil },
      usage: withReading({ windows: [week(58)], extra: [{ ...spark, limitName: evil }] }),
    });
    const links = [...tooltip.matchAll(/(?<!\\)\]\((command:[^)]*)\)/g)].map(([, address]) => address);
    expect(links).toEqual([
      'command:chatgptSignIn.showUsage',
      'command:chatgptSignIn.refreshUsage',
      'command:chatgptSignIn.manageAccounts',
    ]);
    expect(tooltip).not.toMatch(/(?<!\\)<|\$\(key|^# d/m);
  });

  it('links in the tooltip run commands of this extension alone', () => {
    for (const [name, row] of Object.entries(table)) {
      const account = 'account' in row ? row.account : ada;
      const { tooltip } = view({ ...(account ? { account } : {}), ...(row.usage ? { usage: row.usage } : {}) });
      const links = [...tooltip.matchAll(/\]\(([^)]*)\)/g)].map(([, address]) => address?.replace('command:', ''));
      if (account) expect(links.length, name).toBeGreaterThan(0);
      expect(tooltipCommands, name).toEqual(expect.arrayContaining(links));
    }
  });
});

describe('priorities in the status bar', () => {
  it.each([
    ['signingIn', '$(sync~spin) ChatGPT: Signing in', 'ChatGPT, signing in.'],
    ['signingOut', '$(sync~spin) ChatGPT: Signing out', 'ChatGPT, signing out.'],
  ] as const)('an activity wins over everything else: %s', (activity, text, label) => {
    const busy = { text, tooltip: label, label, command: 'chatgptSignIn.manageAccounts' };
    expect(view({ activity })).toEqual(busy);
    expect(view({ activity, problem: 'vaultNewer' })).toEqual(busy);
    expect(view({ activity, account: { ...ada, isExpired: true } })).toEqual(busy);
    expect(view({ activity, account: ada, usage: read(...two) })).toEqual(busy);
  });

  it('a problem with the vault shows as long as no account is known', () => {
    const sentence = 'A newer version of this extension saved the sign-ins. Reload this window to use that version.';
    expect(view({ problem: 'vaultNewer' })).toMatchObject({
      text: '$(warning) ChatGPT: Problem',
      label: `ChatGPT, problem. ${sentence}`,
      background: 'warning',
      command: 'chatgptSignIn.showLog',
    });
    expect(view({ problem: 'vaultUnavailable', account: ada, usage: read(week(58)) }).text).toBe('$(pulse) Plus · wk 42% left');
  });

  it('an expired session wins over a deactivated account, both win over the reading, and a refused request does not', () => {
    const inactive = { ...read(week(100)), failure: failure('accountInactive') };
    expect(view({ account: { ...ada, isExpired: true }, usage: inactive }).text).toContain('Sign in again');
    expect(shown(inactive).text).toContain('inactive');
    expect(shown({ ...read(week(100)), failure: failure('forbidden', 'signedOut', 9) }).text).toContain('wk used up');
  });

  it('an inactive workspace shows only when a second response confirms it', () => {
    expect(shown({ ...read(week(58)), failure: failure('workspaceInactive', 'refused') }).text).toBe('$(pulse) Plus · wk 42% left');
  });
});

describe('an old reading in the status bar', () => {
  const aged = (age: number, windows: UsageWindow[]) => ({ isReading: false, snapshot: snapshot({ fetchedAt: now - age, windows }) });

  it('a reading is old after 15 minutes', () => {
    expect(shown(aged(15 * minute - 1, two)).isDim).toBeUndefined();
    expect(shown(aged(15 * minute, two)).isDim).toBe(true);
  });

  it('a reading is old a little after the chosen interval, if that is longer', () => {
    expect(shown(aged(35 * minute, two), { interval: '30' }).isDim).toBeUndefined();
    expect(shown(aged(36 * minute, two), { interval: '30' }).isDim).toBe(true);
    expect(shown(aged(15 * minute, two), { interval: '5' }).isDim).toBe(true);
    expect(shown(aged(15 * minute, two), { interval: 'manual' }).isDim).toBe(true);
  });

  it.each<[string, UsageWindow[], string]>([
    ['low', [week(85)], '$(history) Plus · wk 15% left'],
    ['critical', [week(97)], '$(history) wk 3% left · Thu 17:00'],
    ['used up', [week(100)], '$(history) wk used up · Thu 17:00'],
  ])('an old reading of a window that is %s has the same text without the background color', (_what, windows, text) => {
    const drawn = shown(aged(20 * minute, windows));
    expect(drawn).toMatchObject({ text, isDim: true });
    expect(drawn.background).toBeUndefined();
  });
});

describe('the status bar without a reading', () => {
  it('the status bar shows that usage is loading', () => {
    expect(shown({ isReading: false, nextAt: now }).text).toBe('$(sync~spin) ChatGPT');
  });

  it('the status bar shows that usage has not been loaded while only the person refreshes it', () => {
    expect(shown({ isReading: false }, { interval: 'manual' })).toMatchObject({
      text: '$(pulse) Plus',
      label: 'ChatGPT Plus, usage not loaded yet.',
    });
  });

  it.each<[FailureState, string, string]>([
    [
      failure('outage'),
      '$(debug-disconnect) ChatGPT',
      "Couldn't load usage. The service is currently unavailable or too busy. Next attempt: 16:02.",
    ],
    [
      failure('unreachable', 'proxyFailed'),
      '$(debug-disconnect) ChatGPT',
      "Couldn't load usage. The proxy can't be reached or didn't forward the request. Check the setting http.proxy, or the proxy of your system. Next attempt: 16:02.",
    ],
    [
      failure('challenge', 'blocked'),
      '$(shield) ChatGPT',
      'A web page came back in place of your usage. A browser check or a network filter may be in the way. Next attempt: 16:02.',
    ],
    [failure('tooMany'), '$(debug-disconnect) ChatGPT', 'OpenAI is receiving too many usage requests. Next attempt: 16:02.'],
    [
      failure('forbidden', 'refused', 3),
      '$(shield) ChatGPT',
      "Couldn't load usage. The service refuses to report the usage of this account. Next attempt: 16:02.",
    ],
    [
      { ...failure('forbidden', 'refused'), refusal: refusalOf('usage', 'unsupported_country_region_territory') },
      '$(shield) ChatGPT',
      "Couldn't load usage. OpenAI doesn't offer this in the country or region, or to the network, that this computer's requests come " +
        "from. If it works in your browser, VS Code may not use the browser's proxy or VPN: check the setting http.proxy. " +
        'Next attempt: 16:02.',
    ],
  ])('the status bar shows a failure with its reason: %o', (trouble, text, why) => {
    const drawn = shown({ isReading: false, failure: trouble, nextAt: now + 2 * minute });
    expect(drawn.text).toBe(text);
    expect(billingAndRest(lines(drawn))).toEqual({ billing: 'Included in your ChatGPT plan', rest: [why] });
    expect(drawn.background).toBeUndefined();
  });
});

describe('the status bar without usage', () => {
  it('an account without usage shows its plan and says so', () => {
    const account = { hash: ada.hash, label: ada.label, identity: ada.identity, isExpired: false };
    expect(view({ account, usage: { isReading: false } })).toMatchObject({
      text: '$(account) Plus',
      label: 'ChatGPT Plus. Usage is not available for this account.',
    });
  });

  it('usage that is off shows the plan and says so, whatever the last reading', () => {
    expect(shown(read(week(100)), { enabled: false })).toMatchObject({
      text: '$(account) Plus',
      label: 'ChatGPT Plus. Usage is turned off in the settings.',
    });
  });
});

describe('settings of the status bar', () => {
  it('the setting "used" applies to every number', () => {
    expect(shown(read(...two), { show: 'used' })).toMatchObject({
      text: '$(pulse) Plus · 5h 34% · wk 58% used',
      label: 'ChatGPT Plus. 5-hour limit 34 per cent used, resets at 18:12. Weekly limit 58 per cent used, resets Thursday 17:00.',
    });
    expect(shown(read(five(97)), { show: 'used' }).text).toBe('$(warning) 5h 97% used · 18:12');
    expect(shown(withReading({ spend: [allowance] }), { show: 'used' }).text).toBe('$(pulse) Plus · 413 of 1,000 credits used');
  });

  it('the status bar can show the worst window alone, or the icon alone', () => {
    expect(shown(read(...two), { statusBar: 'worst' })).toMatchObject({ text: '$(pulse) Plus · wk 42% left' });
    const drawn = shown(read(five(97)), { statusBar: 'icon' });
    expect(drawn).toMatchObject({ text: '$(warning)', background: 'error', label: 'Critical. 5-hour limit 3 per cent left until 18:12.' });
  });

  it('the thresholds set the background color', () => {
    expect(shown(read(week(58)), { warnAt: 50 }).background).toBe('warning');
    expect(shown(read(week(58)), { warnAt: 50, criticalAt: 58 }).background).toBe('error');
    expect(shown(read(week(85)), { warnAt: 90 }).background).toBeUndefined();
  });
});

describe('windows in the status bar', () => {
  const nine: UsageWindow = { ...limit, id: 'codex:540m', kind: 'other', lengthSeconds: 32_400, used: 10 };

  it.each<[string, UsageWindow[], string]>([
    ['two windows at most, the shortest', [five(34), week(58), month(1)], 'Plus · 5h 66% · wk 42% left'],
    ['the deciding window in any case', [five(34), week(58), month(90)], 'Plus · 5h 66% · mo 10% left'],
    ['a window of another length', [nine], 'Plus · 9h 90% left'],
    ['a window of unknown length', [{ ...limit, id: 'codex:unknown', kind: 'unknown', used: 10 }], 'Plus · limit 90% left'],
    ['a window whose reset has passed at the end', [five(34), week(58, now - minute)], 'Plus · 5h 66% left · wk –'],
    ['a single window whose reset has passed', [week(58, now - minute)], 'Plus · wk –'],
  ])('the text shows %s', (_what, windows, text) => {
    expect(shown(withReading({ fetchedAt: now - 2 * minute, windows })).text.replace(/^\S+ /, '')).toBe(text);
  });

  it('an unknown plan is left out', () => {
    const account = { ...ada, identity: { userId: 'u' } };
    const nameless = withoutPlan(snapshot({ windows: [week(58)] }));
    const drawn = view({ account, usage: { isReading: false, snapshot: nameless } });
    expect(drawn.text).toBe('$(pulse) wk 42% left');
    expect(drawn.label).toMatch(/^ChatGPT\. Weekly/);
  });
});

describe('the plan in the status bar', () => {
  it.each([
    ['that of the reading rather than that of the token', 'pro', 'plus', 'Pro'],
    ['that of the token if the reading has none', undefined, 'plus', 'Plus'],
    ['an unknown one, made readable', 'quantum_2027', 'plus', 'Quantum 2027'],
    ['none if its name cannot be shown', '$()', 'plus', 'ChatGPT'],
  ])('the plan shown is %s', (_which, plan, token, name) => {
    const account = { ...ada, identity: { userId: 'u', plan: token } };
    const nameless = withoutPlan(snapshot({}));
    expect(view({ account, usage: { isReading: false, snapshot: plan === undefined ? nameless : { ...nameless, plan } } }).text).toBe(
      `$(pulse) ${name}`,
    );
  });
});
