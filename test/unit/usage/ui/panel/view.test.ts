import { describe, expect, it } from 'vitest';
import type { UsageSnapshot, UsageWindow } from '../../../../../src/usage/snapshot.ts';
import type { UsageSample } from '../../../../../src/usage/history.ts';
import type { FailureState } from '../../../../../src/usage/polling/backoff.ts';
import type { DisplayedAccount } from '../../../../../src/usage/ui/displayedAccount.ts';
import type { UsagePanelState, UsagePanelView } from '../../../../../src/usage/ui/panel/panelTypes.ts';
import { usagePanelView } from '../../../../../src/usage/ui/panel/view.ts';
import type { UsageSettings } from '../../../../../src/usage/ui/settings.ts';
import { readUsageSettings } from '../../../../../src/usage/ui/settings.ts';
import type { KnownUsage } from '../../support/snapshots.ts';
import { day, five, hour, minute, now, snapshot, usageState, week } from '../../support/snapshots.ts';

const ada: DisplayedAccount = {
  hash: 'hash-of-ada',
  label: 'ada@example.com',
  identity: { userId: 'u', plan: 'plus' },
  isExpired: false,
  host: 'chatgpt.com',
  page: 'https://chatgpt.com/codex/settings/usage',
};
const reader = { language: 'en', clock: '24h', timeZone: 'UTC' } as const;
const settings = (fields: Record<string, unknown> = {}) => readUsageSettings(name => fields[name]);

type Situation = Omit<Partial<UsagePanelState>, 'usage' | 'settings'> & { readonly usage?: KnownUsage; readonly settings?: UsageSettings };

function situation({ usage, settings: chosen = settings(), ...fields }: Situation = {}): UsagePanelState {
  const known = usage ? { usage: usageState(usage, chosen, now) } : {};
  return { accounts: [ada], account: ada, settings: chosen, format: reader, now, span: 7, width: 640, ...known, ...fields };
}
function view(fields: Situation = {}): UsagePanelView {
  return usagePanelView(situation(fields));
}
function read(fields: Partial<UsageSnapshot>, more: Partial<KnownUsage> = {}): KnownUsage {
  return { isReading: false, snapshot: snapshot({ plan: 'plus', ...fields }), ...more };
}
function trouble(kind: FailureState['kind'], code: FailureState['code'] = 'serviceUnavailable', times = 1): FailureState {
  return { kind, code, signInId: 'the-login', times, since: now - 10 * minute, at: now - minute, nextAt: now + minute };
}

const fine = read({ windows: [five(34), week(58)] });
const signIn = (title: string) => ({ action: 'signIn', title, isPrimary: true });

describe('the usage panel without a reading', () => {
  it('the signed-out panel offers to sign in, and nothing else', () => {
    const { accounts, account, ...rest } = situation();
    expect([accounts.length, account]).toEqual([1, ada]);
    expect(usagePanelView({ ...rest, accounts: [] })).toEqual({
      title: 'ChatGPT Usage',
      facts: [],
      banner: { tone: 'info', headline: "Sign in with ChatGPT to see your plan's limits.", details: [], button: signIn('Sign In…') },
      isBusy: false,
      sections: [],
      buttons: [],
      summary: "Sign in with ChatGPT to see your plan's limits.",
    });
  });

  it('a problem with the vault is named', () => {
    const { account, ...rest } = situation({ accounts: [], problem: 'vaultLocked' });
    expect(account).toBe(ada);
    expect(usagePanelView(rest).banner).toMatchObject({ tone: 'error', button: { action: 'showLog' } });
  });

  it('the first reading in progress is announced', () => {
    const { banner, isBusy, limits, history, buttons } = view({ usage: { isReading: true } });
    expect(banner).toEqual({ tone: 'info', headline: 'Loading your usage…', details: [] });
    expect([isBusy, limits, history]).toEqual([true, undefined, undefined]);
    expect(buttons.map(({ action }) => action)).toEqual(['refresh', 'copyDiagnostics', 'export', 'openPage']);
  });

  it('the panel says that usage has not been loaded while no reading is scheduled', () => {
    expect(view({ usage: { isReading: false } }).banner?.headline).toBe("Your usage hasn't been loaded yet.");
  });

  it('a failure is shown with its reason and the next attempt', () => {
    const usage = { isReading: false, failure: trouble('unreachable', 'offline'), nextAt: now + 5 * minute };
    expect(view({ usage }).banner).toEqual({ tone: 'info', headline: "Can't reach chatgpt.com. Next attempt: 16:05.", details: [] });
  });

  it('an account without usage shows plan and account, without buttons', () => {
    const { host, page, ...plain } = ada;
    expect([host, page]).toEqual(['chatgpt.com', 'https://chatgpt.com/codex/settings/usage']);
    const { banner, buttons, facts } = view({ account: plain, accounts: [plain] });
    expect(banner).toEqual({ tone: 'info', headline: 'Usage is not available for this account.', details: [] });
    expect(buttons).toEqual([]);
    expect(facts).toEqual([
      { term: 'Plan', text: 'Plus' },
      { term: 'Account', text: 'ada@example.com' },
    ]);
  });

  it('usage that is off shows no data and no refresh, and a button to the settings', () => {
    const { banner, limits, history, buttons } = view({ usage: fine, settings: settings({ enabled: false }) });
    expect(banner).toMatchObject({ headline: 'Usage is turned off in the settings.', button: { action: 'openSettings' } });
    expect([limits, history]).toEqual([undefined, undefined]);
    expect(buttons.map(({ action }) => action)).toEqual(['copyDiagnostics', 'export', 'openPage']);
  });
});

describe('the usage panel with a reading', () => {
  it('the facts are plan, account, workspace and billing', () => {
    const identity = { userId: 'u', plan: 'plus', workspaceName: 'Rivers Design Team' };
    expect(view({ usage: fine, account: { ...ada, identity } }).facts).toEqual([
      { term: 'Plan', text: 'Plus' },
      { term: 'Account', text: 'ada@example.com' },
      { term: 'Workspace', text: 'Rivers Design Team' },
      { term: 'Billing', text: 'Included in your ChatGPT plan' },
    ]);
  });

  it('each limit is a card with used and left percentage, even pace, reset and forecast', () => {
    const { limits, banner } = view({ usage: fine });
    expect(banner).toBeUndefined();
    expect(limits).toEqual({
      title: 'Limits',
      cards: [
        {
          id: 'codex-0',
          title: '5-hour limit',
          tone: 'normal',
          value: 66,
          pace: 40,
          share: '66% left',
          sentence: '5-hour limit 66 percent left, resets at 18:00',
          lines: ['34% used · 66% left', 'resets in 2h (18:00)', 'about 43% left at reset', '40% left at an even pace'],
        },
        {
          id: 'codex-1',
          title: 'Weekly limit',
          tone: 'normal',
          value: 42,
          pace: expect.closeTo(42.86, 1) as number,
          share: '42% left',
          sentence: 'Weekly limit 42 percent left, resets Thursday 16:00',
          lines: ['58% used · 42% left', 'resets in 3d (Thu 16:00)', 'runs out around Thu 14:00', '43% left at an even pace'],
        },
      ],
    });
  });

  it('the setting "used" shows the used percentage first', () => {
    const [card] = view({ usage: fine, settings: settings({ show: 'used' }) }).limits?.cards ?? [];
    expect(card).toMatchObject({
      value: 34,
      pace: 60,
      share: '34% used',
      sentence: '5-hour limit 34 percent used, resets at 18:00',
    });
    expect(card?.lines.at(-1)).toBe('60% used at an even pace');
  });

  it.each<[string, UsageWindow, object]>([
    ['low', five(85), { tone: 'low', badge: 'low', share: '15% left' }],
    ['critical', five(97), { tone: 'critical', badge: 'critical', share: '3% left' }],
    ['used up', five(100), { tone: 'spent', share: 'used up', value: 0 }],
    ['untouched', five(0, { isActive: false, resetAt: now + 5 * hour }), { tone: 'normal', share: '100% left', value: 100 }],
  ])('a limit that is %s says so in words too', (_name, window, card) => {
    expect(view({ usage: read({ windows: [window] }) }).limits?.cards[0]).toMatchObject(card);
  });

  it('a limit whose reset has passed shows no number', () => {
    const old = read({ windows: [five(60, { resetAt: now - minute }), week(58)], fetchedAt: now - 10 * minute });
    const { limits, banner } = view({ usage: old });
    expect(banner?.headline).toBe('5-hour limit should have reset 15:59; waiting for OpenAI to confirm.');
    const [card] = limits?.cards ?? [];
    expect([card?.value, card?.pace, card?.share]).toEqual([undefined, undefined, '–']);
  });

  it.each<[string, KnownUsage, object]>([
    [
      'a limit is low',
      read({ windows: [five(85)] }),
      { tone: 'warning', headline: '5-hour limit is running low; resets 18:00.', details: [] },
    ],
    [
      'a limit is critical',
      read({ windows: [five(97)] }),
      { tone: 'error', headline: 'Only 3% of the 5-hour limit left until 18:00.', details: [] },
    ],
    [
      'the weekly limit blocks the others',
      read({ windows: [five(1), week(100)], allowed: false, limitReached: true }),
      {
        tone: 'error',
        headline: "Blocked by the weekly limit until Thu 16:00. You can't use the 5-hour limit (99% left) until then.",
        details: [],
      },
    ],
    [
      'credits pay',
      read({ windows: [week(100)], allowed: true, credits: { has: true, isUnlimited: false, balance: 812 } }),
      {
        tone: 'warning',
        headline: expect.stringMatching(/^Your included usage is used up\. Requests now use credits\. 812 credits/) as string,
      },
    ],
    [
      'the workspace has no credits',
      read({ allowed: false, reachedType: 'workspace_member_credits_depleted' }),
      { tone: 'error', headline: 'Workspace out of credits', details: ['Ask your workspace owner to add credits.'] },
    ],
    [
      'the account is blocked without a reason',
      read({ windows: [week(38)], allowed: false }),
      { tone: 'error', headline: 'OpenAI reports this account as blocked, although its limits show 62% left.' },
    ],
    ['the plan reports no limits', read({}), { tone: 'info', headline: 'OpenAI reported no usage limits for this plan.' }],
  ])('the banner shows when %s', (_name, usage, banner) => {
    expect(view({ usage }).banner).toMatchObject(banner);
  });

  it.each<[string, KnownUsage, object]>([
    [
      'the reading is old',
      read({ windows: [five(34)], fetchedAt: now - 20 * minute }),
      { headline: 'As of 15:40 (20 minutes ago)', details: [] },
    ],
    [
      'the last attempt failed',
      read({ windows: [five(34)], fetchedAt: now - 5 * minute }, { failure: trouble('tooMany'), nextAt: now + 20 * minute }),
      { headline: 'OpenAI is receiving too many usage requests. Next attempt: 16:20.', details: ['As of 15:55 (5 minutes ago)'] },
    ],
    [
      'a browser check blocked the last attempt',
      read({ windows: [five(34)] }, { failure: trouble('challenge', 'blocked'), nextAt: now + hour }),
      {
        headline:
          'A web page came back in place of your usage. A browser check or a network filter may be in the way. Next attempt: 17:00.',
        details: ['As of 16:00 (just now)'],
      },
    ],
    [
      'the reading is old and a limit is low',
      read({ windows: [five(85)], fetchedAt: now - 20 * minute }),
      { tone: 'warning', headline: '5-hour limit is running low; resets 18:00.', details: ['As of 15:40 (20 minutes ago)'] },
    ],
  ])('the banner says that %s, and the limits stay', (_name, usage, banner) => {
    const shown = view({ usage });
    expect(shown.banner).toMatchObject(banner);
    expect(shown.limits?.cards).toHaveLength(1);
  });

  it('an expired session keeps the limits and offers to sign in', () => {
    const { banner, limits, buttons } = view({ usage: fine, account: { ...ada, isExpired: true } });
    expect(buttons.map(({ action }) => action)).not.toContain('refresh');
    expect(banner).toEqual({
      tone: 'warning',
      headline: 'Your ChatGPT session has expired.',
      details: ['Last usage update: 16:00.'],
      button: signIn('Sign In Again'),
    });
    expect(limits?.cards).toHaveLength(2);
  });

  it.each(['refused', 'signedOut'] as const)('a refused request (%s) keeps the limits and does not offer to sign in', code => {
    const { banner, limits, buttons } = view({ usage: { ...fine, failure: trouble('forbidden', code, 9) } });
    expect(banner).toMatchObject({ tone: 'info', headline: expect.stringContaining('The service refuses to report the usage') as string });
    expect(banner).not.toHaveProperty('button');
    expect([limits?.cards.length, buttons[0]?.action]).toEqual([2, 'refresh']);
  });

  it('an inactive workspace offers to sign in again once it is confirmed', () => {
    const once = { ...fine, failure: trouble('workspaceInactive', 'refused') };
    expect(view({ usage: once }).banner).not.toHaveProperty('button');
    const confirmed = view({ usage: { ...fine, failure: trouble('workspaceInactive', 'refused', 2) } });
    expect(confirmed.banner).toMatchObject({ headline: 'This workspace is no longer active.', button: signIn('Sign In Again') });
  });

  it('a deactivated account shows no data', () => {
    const { banner, limits, history, sections } = view({ usage: { ...fine, failure: trouble('accountInactive', 'refused') } });
    expect(banner).toMatchObject({ tone: 'error', headline: 'OpenAI reports that this account was deactivated. Check your email.' });
    expect([limits, history, sections]).toEqual([undefined, undefined, []]);
  });

  it('several accounts can be selected from a list', () => {
    const ben: DisplayedAccount = { ...ada, hash: 'hash-of-ben', label: 'ben@example.com' };
    const { accounts, facts } = view({ accounts: [ada, ben], account: ben, usage: fine });
    expect(accounts).toEqual({
      label: 'Account',
      options: [
        { value: 'hash-of-ada', name: 'ada@example.com', isChosen: false },
        { value: 'hash-of-ben', name: 'ben@example.com', isChosen: true },
      ],
    });
    expect(facts.map(({ term }) => term)).toEqual(['Plan', 'Billing']);
  });

  it('credits, allowances, saved resets, other limits and code review have sections if the reading has them', () => {
    const spark = week(100, { id: 'spark:weekly', limitId: 'codex_bengalfox', limitName: 'GPT-5.3-Codex-Spark' });
    const review = week(10, { id: 'code-review:weekly', limitId: 'code-review' });
    const usage = read({
      windows: [week(58)],
      extra: [spark, review],
      credits: { has: true, isUnlimited: false, balance: 812, localMessages: [40, 210], cloudMessages: [0, 0] },
      spend: [{ kind: 'individual', limit: 1000, used: 412, leftPercent: 58.8, resetAt: now + 8 * day, isReached: false }],
      resetCredits: { available: 1, nextExpiry: now + 10 * day },
    });
    const sections = view({ usage }).sections.map(({ title, cards, facts, note }) => ({
      title,
      cards: cards.map(card => [card.title, card.share, card.tone]),
      facts: facts.map(({ term, text }) => `${term}: ${text}`),
      note,
    }));
    expect(sections).toEqual([
      { title: 'Allowances', cards: [['Your monthly allowance', '588 of 1,000 credits left', 'normal']], facts: [], note: undefined },
      {
        title: 'Credits',
        cards: [],
        facts: [expect.stringMatching(/^Balance: 812 credits/), 'Estimated local messages: 40 to 210'],
        note: undefined,
      },
      {
        title: 'Saved resets',
        cards: [],
        facts: ['Saved: 1 saved reset, expires Dec 3 16:00'],
        note: 'You use them in ChatGPT. This extension never uses them.',
      },
      { title: 'Other limits', cards: [['GPT-5.3-Codex-Spark: Weekly limit', 'used up', 'spent']], facts: [], note: undefined },
      { title: 'Code review', cards: [['Code review: Weekly limit', '90% left', 'normal']], facts: [], note: undefined },
    ]);
    expect(view({ usage: fine }).sections).toEqual([]);
  });

  it('a reserve is shown once the limit that it stands in for is used up, and not before', () => {
    const extra = [week(24, { id: 'reserve:weekly', limitId: 'reserve', limitName: 'gpt-reserve', reserve: 'open' })];
    const limitsIn = (used: number) => {
      const { sections, history, banner } = view({ usage: read({ windows: [week(used)], extra, allowed: used < 100 }) });
      return [sections.flatMap(({ cards }) => cards.map(({ title }) => title)), history?.limits.options.length, banner?.headline];
    };
    expect(limitsIn(58)).toEqual([[], 1, undefined]);
    const said = 'Weekly limit is used up; resets Thu 16:00. Requests can still use the reserve (76% left).';
    expect(limitsIn(100)).toEqual([['Reserve: Weekly limit'], 2, said]);
  });

  it('the source names service, age, next refresh, time zone, clock difference and unreadable fields', () => {
    const usage = read({ windows: [week(58)], clockOffset: -5 * minute, partial: ['credits.balance'] }, { nextAt: now + 2 * minute });
    expect(view({ usage }).source?.lines).toEqual([
      'Reported by chatgpt.com and shared by all windows on this computer. The numbers may lag behind.',
      'As of 16:00 (just now)',
      'Next refresh: 16:02.',
      'Time zone: UTC.',
      "The clocks of this computer and the service differ by 5m. Reset times follow the service's clock.",
      'Fields that could not be read: credits.balance.',
    ]);
  });

  it('the ids of cards are unique and valid in HTML, whatever the names of the limits', () => {
    const odd = [week(1, { limitId: 'a b"<', limitName: 'x' }), week(2, { limitId: 'a b"<', limitName: 'y' })];
    const ids = view({ usage: read({ windows: [five(34), week(58)], extra: odd }) });
    const all = [...(ids.limits?.cards ?? []), ...ids.sections.flatMap(({ cards }) => cards)].map(({ id }) => id);
    expect(new Set(all).size).toBe(4);
    expect(all.every(id => /^[\w-]+$/.test(id))).toBe(true);
  });
});

describe('the history in the usage panel', () => {
  const samples: UsageSample[] = [hour, hour / 2].map(ago => ({
    windowId: 'codex:weekly',
    at: now - ago,
    used: 58 - ago / hour,
    resetAt: now + 3 * day,
    lengthSeconds: 604_800,
  }));

  it('the history is that of the longest limit, until another one is selected', () => {
    const chosen = (windowId?: string) =>
      view({ usage: fine, history: samples, ...(windowId === undefined ? {} : { windowId }) }).history?.limits.options.find(
        ({ isChosen }) => isChosen,
      )?.name;
    expect([chosen(), chosen('codex:5h'), chosen('gone')]).toEqual(['Weekly limit', '5-hour limit', 'Weekly limit']);
  });

  it('the chart has a label, a legend of what it draws, and the selected time span', () => {
    const { history } = view({ usage: fine, history: samples, span: 30 });
    expect(history?.label).toBe('Weekly limit, 30 days: chart with 3 data points');
    expect(history?.legend.map(({ label }) => label)).toEqual(['Left', 'Even pace', 'Warning at 20% left']);
    expect(history?.spans.options.map(({ name, isChosen }) => [name, isChosen])).toEqual([
      ['7 days', false],
      ['30 days', true],
      ['56 days', false],
    ]);
  });

  it('history is announced while it loads, and missing until the first reading', () => {
    expect(view({ usage: fine }).history).toMatchObject({ empty: 'Loading history…' });
    expect(view({ usage: fine }).history).not.toHaveProperty('chart');
    expect(view({ usage: fine, history: [] }).history).toMatchObject({
      note: 'There is no history yet. It starts with the first refresh.',
    });
  });
});
