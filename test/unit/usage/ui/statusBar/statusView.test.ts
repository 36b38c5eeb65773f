import { describe, expect, it } from 'vitest';
import type { UsageState } from '../../../../../src/usage/polling/usageService.ts';
import type { SpendLimit, UsageSnapshot, UsageWindow } from '../../../../../src/usage/snapshot.ts';
import type { FailureState } from '../../../../../src/usage/polling/pollSchedule.ts';
import { tooltipCommands } from '../../../../../src/usage/ui/statusBar/statusTooltip.ts';
import type { StatusBarState, StatusView } from '../../../../../src/usage/ui/statusBar/statusView.ts';
import { statusView } from '../../../../../src/usage/ui/statusBar/statusView.ts';
import { billingTexts } from '../../../../../src/shell/billingTexts.ts';
import { readUsageSettings } from '../../../../../src/usage/ui/settings.ts';

// A Monday.
const now = Date.UTC(2026, 10, 23, 16, 0);
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const ada = { label: 'ada@example.com', identity: { userId: 'u', plan: 'plus' }, isEnded: false, host: 'chatgpt.com' };
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
const read = (...windows: UsageWindow[]): UsageState => ({ isReading: false, snapshot: snapshot({ windows }) });
const told = (fields: Partial<UsageSnapshot>): UsageState => ({ isReading: false, snapshot: snapshot(fields) });
const failure = (kind: FailureState['kind'], code: FailureState['code'] = 'serviceUnavailable', times = 1): FailureState => ({
  kind,
  code,
  login: 'login',
  times,
  since: now - 2 * minute,
  at: now,
});

const settings = (values: Record<string, unknown> = {}) => readUsageSettings(name => values[name]);
const reader = { language: 'en-GB', clock: 'auto', timeZone: 'UTC' } as const;
const view = (situation: Partial<StatusBarState> = {}): StatusView =>
  statusView({ now, format: reader, settings: settings(), ...situation });
const shown = (usage: UsageState, values: Record<string, unknown> = {}): StatusView =>
  view({ account: ada, usage, settings: settings(values) });

/** The tooltip as a person reads it, a line each, without links. */
function lines({ tooltip }: StatusView): string[] {
  const text = tooltip
    .replaceAll(/\\(?=[!-/:-@[-`{-~])/g, '')
    .replaceAll('**', '')
    .replaceAll('\u00a0', ' ');
  return text.split(/\s*\n+/).filter(line => line !== '' && line !== '---' && !line.includes('](command:'));
}

/** What stands below the account, and what comes after it. */
function payerAndRest([, ...below]: readonly string[]): { payer?: string; rest: string[] } {
  const [first = '', ...others] = below;
  return Object.values(billingTexts).some(text => text() === first) ? { payer: first, rest: others } : { rest: below };
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
  readonly usage?: UsageState;
  readonly text: string;
  readonly bg?: StatusView['background'];
  readonly dim?: true;
  /** The tooltip's first line that is not whose account it is. */
  readonly headline: string;
  readonly label: string;
  readonly command?: StatusView['command'];
}

// The situations of the specification, by their numbers there.
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
    usage: told({ plan: 'pro', windows: [week(16)] }),
    text: '$(pulse) Pro · wk 84% left',
    headline: 'This plan has no 5-hour limit right now.',
    label: 'ChatGPT Pro. Weekly limit 84 per cent left, resets Thursday 17:00.',
  },
  '5 monthly, untouched': {
    usage: told({ plan: 'free', windows: [month(0)] }),
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
    usage: told({ windows: [five(1), week(100)], allowed: false, limitReached: true }),
    text: '$(circle-slash) wk used up · Thu 17:00',
    bg: 'error',
    headline: "Blocked by the weekly limit until Thu 17:00. You can't use the 5-hour limit (99% left) until then.",
    label: 'ChatGPT blocked by the weekly limit until Thursday 17:00.',
  },
  '9 spent, credits usable': {
    usage: told({ windows: [week(100)], allowed: true, credits: { has: true, isUnlimited: false, balance: 812.4 } }),
    text: '$(credit-card) wk used up · 812 credits',
    bg: 'warning',
    headline: 'Your included usage is used up. Requests now use credits. 812 credits (≈ USD 32.50 at 25 credits per dollar).',
    label: 'Weekly limit used up. 812 credits left.',
  },
  '10 unlimited credits, no windows': {
    usage: told({ plan: 'enterprise', allowed: true, credits: { has: true, isUnlimited: true } }),
    text: '$(pulse) Enterprise · no fixed limit',
    headline: 'Usage is billed to workspace credits. OpenAI reports no limit.',
    label: 'ChatGPT Enterprise, no fixed limit reported.',
  },
  '11 spend control': {
    usage: told({ plan: 'team', allowed: true, spend: [allowance] }),
    text: '$(pulse) Team · 588 of 1,000 credits left',
    headline: 'Your monthly allowance resets 1 Dec 10:00.',
    label: 'Your monthly allowance, 588 of 1,000 credits left.',
  },
  '12 workspace out of credits, for a member': {
    usage: told({ windows: [week(100)], allowed: false, reachedType: 'workspace_member_credits_depleted' }),
    text: '$(circle-slash) Workspace out of credits',
    bg: 'error',
    headline: 'Ask your workspace owner to add credits. Weekly limit is also used up; resets Thu 17:00.',
    label:
      'ChatGPT blocked, workspace out of credits. Ask your workspace owner to add credits. Weekly limit is also used up; resets Thu 17:00.',
  },
  '12 workspace out of credits, for its owner': {
    usage: told({ windows: [week(10)], allowed: false, reachedType: 'workspace_owner_credits_depleted' }),
    text: '$(circle-slash) Workspace out of credits',
    bg: 'error',
    headline: 'Add credits in ChatGPT.',
    label: 'ChatGPT blocked, workspace out of credits. Add credits in ChatGPT.',
  },
  '13 blocked though windows have room': {
    usage: told({ windows: [five(38), week(20)], allowed: false }),
    text: '$(circle-slash) ChatGPT blocked',
    bg: 'error',
    headline: 'OpenAI reports this account as blocked, although its limits show 62% left.',
    label: 'ChatGPT blocked. Limits still show 62 per cent left.',
  },
  '14 stale': {
    usage: { isReading: false, snapshot: snapshot({ ...old, windows: two }), failure: offline, nextAt: now + 5 * minute },
    text: '$(history) Plus · 5h 66% · wk 42% left',
    dim: true,
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
    usage: told({ fetchedAt: now - 10 * minute, windows: [five(99, now - 5 * minute), week(58)] }),
    text: '$(history) Plus · 5h – · wk 42% left',
    headline: '5-hour limit should have reset 15:55; waiting for OpenAI to confirm.',
    label: 'ChatGPT Plus. 5-hour limit should have reset 15:55, not confirmed yet. Weekly limit 42 per cent left, resets Thursday 17:00.',
  },
  '17 asked too often': {
    usage: { ...read(...two), failure: failure('tooMany'), nextAt: now + 20 * minute },
    text: '$(history) Plus · 5h 66% · wk 42% left',
    dim: true,
    headline: '5-hour limit',
    label:
      'ChatGPT Plus. 5-hour limit 66 per cent left, resets at 18:12. Weekly limit 42 per cent left, resets Thursday 17:00. As of 15:59, 1 minute ago. Next attempt: 16:20.',
  },
  '18 session ended': {
    account: { ...ada, isEnded: true },
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
    dim: true,
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
    usage: told({ windows: two, extra: [spark] }),
    text: '$(pulse) Plus · 5h 66% · wk 42% left',
    headline: '5-hour limit',
    label: 'ChatGPT Plus. 5-hour limit 66 per cent left, resets at 18:12. Weekly limit 42 per cent left, resets Thursday 17:00.',
  },
};

describe('each situation', () => {
  it.each(Object.entries(table))('%s', (_name, row) => {
    const { usage, text, bg, dim, headline, label, command = 'chatgptSignIn.showUsage' } = row;
    const account = 'account' in row ? row.account : ada;
    const drawn = view({ ...(account ? { account } : {}), ...(usage ? { usage } : {}) });
    const [whose] = lines(drawn);
    const [first] = account ? payerAndRest(lines(drawn)).rest : lines(drawn);
    expect({
      text: drawn.text,
      bg: drawn.background,
      dim: drawn.isDim,
      headline: first,
      label: drawn.label,
      command: drawn.command,
    }).toEqual({
      text,
      bg,
      dim,
      headline,
      label,
      command,
    });
    if (account) expect(whose).toMatch(/ada@example\.com$/);
    // The address is nobody else's business, and the status bar is short.
    expect(drawn.text).not.toContain('@');
  });

  it('is in the table', () => {
    expect(new Set(Object.keys(table).map(name => parseInt(name))).size).toBe(23);
  });
});

describe('the tooltip', () => {
  it.each<[string, UsageState | undefined, string | undefined]>([
    ['a plan', read(...two), 'Included in your ChatGPT plan'],
    ['a plan that was not read yet', undefined, 'Included in your ChatGPT plan'],
    [
      'credits',
      told({ windows: [week(100)], allowed: true, credits: { has: true, isUnlimited: true } }),
      'Billed to credits until a limit resets',
    ],
    ["a workspace's allowance", told({ windows: [], spend: [allowance] }), 'Billed to workspace credits, within an allowance'],
    ['nobody that is told of', told({ windows: [] }), undefined],
  ])('says who pays: %s', (_who, usage, payer) => {
    expect(payerAndRest(lines(view({ account: ada, ...(usage ? { usage } : {}) }))).payer).toBe(payer);
  });

  it('says of an account that has no plan here nothing of who pays', () => {
    const { label, identity, isEnded } = ada;
    expect(payerAndRest(lines(view({ account: { label, identity, isEnded } }))).payer).toBeUndefined();
  });

  it('has a row a window with both numbers, the reset both ways and what comes of it, and the age', () => {
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

  it('has rows for extra limits, which are named, and for allowances, and tells of credits and saved resets', () => {
    const usage = told({
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

  it('says why the last try told nothing, and when the next is', () => {
    const usage = { ...read(week(58)), failure: failure('outage'), nextAt: now + 5 * minute };
    expect(lines(shown(usage))).toContain("Couldn't load usage. The service is currently unavailable. Next attempt: 16:05.");
  });

  it('says that it is being read, where the bar keeps what it has', () => {
    const drawn = shown({ ...read(week(58)), isReading: true });
    expect(lines(drawn).at(-1)).toBe('$(sync~spin) Loading your usage…');
    expect(drawn.text).toBe('$(pulse) Plus · wk 42% left');
  });

  it('shows what the service has written as it is: no link, no icon, no markup', () => {
    const evil = '**x** [a](command:b) $(key) `c` <img src=x>\n\n# d';
    const { tooltip } = view({
      account: { ...ada, label: evil },
      usage: told({ windows: [week(58)], extra: [{ ...spark, limitName: evil }] }),
    });
    const links = [...tooltip.matchAll(/(?<!\\)\]\((command:[^)]*)\)/g)].map(([, address]) => address);
    expect(links).toEqual([
      'command:chatgptSignIn.showUsage',
      'command:chatgptSignIn.refreshUsage',
      'command:chatgptSignIn.manageAccounts',
    ]);
    expect(tooltip).not.toMatch(/(?<!\\)<|\$\(key|^# d/m);
  });

  it('links to nothing but our own commands', () => {
    for (const [name, row] of Object.entries(table)) {
      const account = 'account' in row ? row.account : ada;
      const { tooltip } = view({ ...(account ? { account } : {}), ...(row.usage ? { usage: row.usage } : {}) });
      const links = [...tooltip.matchAll(/\]\(([^)]*)\)/g)].map(([, address]) => address?.replace('command:', ''));
      if (account) expect(links.length, name).toBeGreaterThan(0);
      expect(tooltipCommands, name).toEqual(expect.arrayContaining(links));
    }
  });
});

describe('what comes first', () => {
  it.each([
    ['signingIn', '$(sync~spin) ChatGPT: Signing in', 'ChatGPT, signing in.'],
    ['signingOut', '$(sync~spin) ChatGPT: Signing out', 'ChatGPT, signing out.'],
  ] as const)('is what is under way: %s', (activity, text, label) => {
    const busy = { text, tooltip: label, label, command: 'chatgptSignIn.manageAccounts' };
    expect(view({ activity })).toEqual(busy);
    expect(view({ activity, problem: 'vaultNewer' })).toEqual(busy);
    expect(view({ activity, account: { ...ada, isEnded: true } })).toEqual(busy);
    expect(view({ activity, account: ada, usage: read(...two) })).toEqual(busy);
  });

  it('is what keeps the sign-ins from being read, while nobody is known', () => {
    const sentence = 'A newer version of this extension saved the sign-ins. Reload this window to use that version.';
    expect(view({ problem: 'vaultNewer' })).toMatchObject({
      text: '$(warning) ChatGPT: Problem',
      label: `ChatGPT, problem. ${sentence}`,
      background: 'warning',
      command: 'chatgptSignIn.showLog',
    });
    expect(view({ problem: 'vaultUnavailable', account: ada, usage: read(week(58)) }).text).toBe('$(pulse) Plus · wk 42% left');
  });

  it('is the session, then the account, before any reading', () => {
    const inactive = { ...read(week(100)), failure: failure('accountInactive') };
    expect(view({ account: { ...ada, isEnded: true }, usage: inactive }).text).toContain('Sign in again');
    expect(shown(inactive).text).toContain('inactive');
    expect(shown({ ...read(week(100)), failure: failure('sessionEnded', 'signedOut') }).text).toContain('Sign in again');
  });

  it('is no workspace that is gone by one answer alone', () => {
    expect(shown({ ...read(week(58)), failure: failure('workspaceInactive', 'refused') }).text).toBe('$(pulse) Plus · wk 42% left');
  });
});

describe('a reading that is old', () => {
  const aged = (age: number, windows: UsageWindow[]) => ({ isReading: false, snapshot: snapshot({ fetchedAt: now - age, windows }) });

  it('is so from a quarter of an hour on', () => {
    expect(shown(aged(15 * minute - 1, two)).isDim).toBeUndefined();
    expect(shown(aged(15 * minute, two)).isDim).toBe(true);
  });

  it('is so a little after the interval that a person chose, where that is longer', () => {
    expect(shown(aged(35 * minute, two), { interval: '30' }).isDim).toBeUndefined();
    expect(shown(aged(36 * minute, two), { interval: '30' }).isDim).toBe(true);
    expect(shown(aged(15 * minute, two), { interval: '5' }).isDim).toBe(true);
    expect(shown(aged(15 * minute, two), { interval: 'manual' }).isDim).toBe(true);
  });

  it.each<[string, UsageWindow[], string]>([
    ['low', [week(85)], '$(history) Plus · wk 15% left'],
    ['critical', [week(97)], '$(history) wk 3% left · Thu 17:00'],
    ['used up', [week(100)], '$(history) wk used up · Thu 17:00'],
  ])('says the same of a window that is %s, without the colour', (_what, windows, text) => {
    const drawn = shown(aged(20 * minute, windows));
    expect(drawn).toMatchObject({ text, isDim: true });
    expect(drawn.background).toBeUndefined();
  });
});

describe('with nothing read', () => {
  it('loads until it has', () => {
    expect(shown({ isReading: false, nextAt: now }).text).toBe('$(sync~spin) ChatGPT');
  });

  it('says that it was not asked to, where a person is to ask', () => {
    expect(shown({ isReading: false }, { interval: 'manual' })).toMatchObject({
      text: '$(pulse) Plus',
      label: 'ChatGPT Plus, usage not loaded yet.',
    });
  });

  it.each<[FailureState, string, string]>([
    [failure('outage'), '$(debug-disconnect) ChatGPT', "Couldn't load usage. The service is currently unavailable. Next attempt: 16:02."],
    [
      failure('unreachable', 'proxyFailed'),
      '$(debug-disconnect) ChatGPT',
      "Couldn't load usage. The proxy didn't forward the request. Check the setting http.proxy. Next attempt: 16:02.",
    ],
    [
      failure('challenge', 'blocked'),
      '$(shield) ChatGPT',
      'chatgpt.com responded with a browser check. Your account is fine. Next attempt: 16:02.',
    ],
    [failure('tooMany'), '$(debug-disconnect) ChatGPT', 'OpenAI is receiving too many usage requests. Next attempt: 16:02.'],
    [failure('forbidden', 'refused', 3), '$(shield) ChatGPT', "Usage isn't available for this workspace. Next attempt: 16:02."],
  ])('says why', (trouble, text, why) => {
    const drawn = shown({ isReading: false, failure: trouble, nextAt: now + 2 * minute });
    expect(drawn.text).toBe(text);
    expect(payerAndRest(lines(drawn))).toEqual({ payer: 'Included in your ChatGPT plan', rest: [why] });
    expect(drawn.background).toBeUndefined();
  });
});

describe('where usage is not told', () => {
  it('says so of a service that tells none', () => {
    const account = { label: ada.label, identity: ada.identity, isEnded: false };
    expect(view({ account, usage: { isReading: false } })).toMatchObject({
      text: '$(account) Plus',
      label: 'ChatGPT Plus. Usage is not available for this account.',
    });
  });

  it('says so where it is switched off, whatever was read before', () => {
    expect(shown(read(week(100)), { enabled: false })).toMatchObject({
      text: '$(account) Plus',
      label: 'ChatGPT Plus. Usage is turned off in the settings.',
    });
  });
});

describe('the settings', () => {
  it('turn the numbers round everywhere', () => {
    expect(shown(read(...two), { show: 'used' })).toMatchObject({
      text: '$(pulse) Plus · 5h 34% · wk 58% used',
      label: 'ChatGPT Plus. 5-hour limit 34 per cent used, resets at 18:12. Weekly limit 58 per cent used, resets Thursday 17:00.',
    });
    expect(shown(read(five(97)), { show: 'used' }).text).toBe('$(warning) 5h 97% used · 18:12');
    expect(shown(told({ spend: [allowance] }), { show: 'used' }).text).toBe('$(pulse) Plus · 413 of 1,000 credits used');
  });

  it('show the worst window alone, or the icon alone', () => {
    expect(shown(read(...two), { statusBar: 'worst' })).toMatchObject({ text: '$(pulse) Plus · wk 42% left' });
    const drawn = shown(read(five(97)), { statusBar: 'icon' });
    expect(drawn).toMatchObject({ text: '$(warning)', background: 'error', label: 'Critical. 5-hour limit 3 per cent left until 18:12.' });
  });

  it('say when it is time to warn', () => {
    expect(shown(read(week(58)), { warnAt: 50 }).background).toBe('warning');
    expect(shown(read(week(58)), { warnAt: 50, criticalAt: 58 }).background).toBe('error');
    expect(shown(read(week(85)), { warnAt: 90 }).background).toBeUndefined();
  });
});

describe('the windows', () => {
  const nine: UsageWindow = { ...limit, id: 'codex:540m', kind: 'other', lengthSeconds: 32_400, used: 10 };

  it.each<[string, UsageWindow[], string]>([
    ['two at most, the shortest', [five(34), week(58), month(1)], 'Plus · 5h 66% · wk 42% left'],
    ['the one that decides in any case', [five(34), week(58), month(90)], 'Plus · 5h 66% · mo 10% left'],
    ['one of another length', [nine], 'Plus · 9h 90% left'],
    ['one of unknown length', [{ ...limit, id: 'codex:unknown', kind: 'unknown', used: 10 }], 'Plus · limit 90% left'],
    ['one that passed, last', [five(34), week(58, now - minute)], 'Plus · 5h 66% left · wk –'],
    ['one that passed, alone', [week(58, now - minute)], 'Plus · wk –'],
  ])('are shown shortly: %s', (_what, windows, text) => {
    expect(shown(told({ fetchedAt: now - 2 * minute, windows })).text.replace(/^\S+ /, '')).toBe(text);
  });

  it('are told without the plan where nobody names it', () => {
    const account = { ...ada, identity: { userId: 'u' } };
    const nameless = withoutPlan(snapshot({ windows: [week(58)] }));
    const drawn = view({ account, usage: { isReading: false, snapshot: nameless } });
    expect(drawn.text).toBe('$(pulse) wk 42% left');
    expect(drawn.label).toMatch(/^ChatGPT\. Weekly/);
  });
});

describe('the plan', () => {
  it.each([
    ['of the reading before that of the token', 'pro', 'plus', 'Pro'],
    ['of the token where the reading has none', undefined, 'plus', 'Plus'],
    ['that nobody has seen yet', 'quantum_2027', 'plus', 'Quantum 2027'],
    ['that cannot be shown, as none', '$()', 'plus', 'ChatGPT'],
  ])('is shown %s', (_which, plan, token, name) => {
    const account = { ...ada, identity: { userId: 'u', plan: token } };
    const nameless = withoutPlan(snapshot({}));
    expect(view({ account, usage: { isReading: false, snapshot: plan === undefined ? nameless : { ...nameless, plan } } }).text).toBe(
      `$(pulse) ${name}`,
    );
  });
});
