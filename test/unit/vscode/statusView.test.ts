import { describe, expect, it } from 'vitest';
import type { UsageState } from '../../../src/usage/meter.ts';
import type { UsageSnapshot, UsageWindow } from '../../../src/usage/model.ts';
import type { Situation, StatusView } from '../../../src/vscode/statusView.ts';
import { statusView } from '../../../src/vscode/statusView.ts';

// Times of day are this machine's: a Monday at noon, wherever it is.
const now = new Date(2026, 10, 23, 12, 0).getTime();
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const ada = { label: 'ada@example.com', identity: { userId: 'u', plan: 'plus' }, isEnded: false };
const limit = { limitId: 'codex', isActive: true, source: 'usage' } as const;
const five = (used: number, resetAt = now + 2 * hour): UsageWindow => ({
  ...limit,
  id: 'codex:5h',
  kind: '5h',
  lengthSeconds: 18_000,
  used,
  resetAt,
});
const week = (used: number, resetAt = now + 3 * day): UsageWindow => ({
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
  resetAt: now + 10 * day,
});

const snapshot = (fields: Partial<UsageSnapshot>): UsageSnapshot => ({
  v: 1,
  fetchedAt: now,
  windows: [],
  extra: [],
  spend: [],
  partial: [],
  ...fields,
});

function read(...windows: UsageWindow[]): UsageState {
  return { isReading: false, snapshot: snapshot({ fetchedAt: now - 5 * minute, plan: 'plus', windows }) };
}

const view = (situation: Partial<Situation> = {}): StatusView => statusView({ now, language: 'en-GB', ...situation });

describe('with nobody signed in', () => {
  it('offers to sign in', () => {
    expect(view()).toEqual({
      text: '$(account) ChatGPT: Sign in',
      tooltip: ["Sign in with ChatGPT to see your plan's limits."],
      label: 'ChatGPT, not signed in. Sign in.',
      command: 'chatgptSignIn.signIn',
    });
  });

  it('says what keeps the sign-ins from being read', () => {
    const sentence = 'A newer version of this extension has saved the sign-ins. Reload this window to use it.';
    expect(view({ problem: 'vaultNewer' })).toEqual({
      text: '$(warning) ChatGPT: Problem',
      tooltip: [sentence],
      label: `ChatGPT, problem. ${sentence}`,
      background: 'warning',
      command: 'chatgptSignIn.showLog',
    });
  });
});

describe('while something is under way', () => {
  it.each([
    ['signingIn', '$(sync~spin) ChatGPT: Signing in', 'ChatGPT, signing in.'],
    ['signingOut', '$(sync~spin) ChatGPT: Signing out', 'ChatGPT, signing out.'],
  ] as const)('says what, whatever else there is: %s', (activity, text, label) => {
    const busy = { text, tooltip: [label], label, command: 'chatgptSignIn.manageAccounts' };
    expect(view({ activity })).toEqual(busy);
    expect(view({ activity, problem: 'vaultNewer' })).toEqual(busy);
    expect(view({ activity, account: { ...ada, isEnded: true } })).toEqual(busy);
    expect(view({ activity, account: ada, usage: read(five(34)) })).toEqual(busy);
  });
});

describe('with a session that is over', () => {
  it('offers to sign in again, whatever was read before', () => {
    expect(view({ account: { ...ada, isEnded: true }, usage: read(five(34)) })).toEqual({
      text: '$(key) ChatGPT: Sign in again',
      tooltip: ['Your ChatGPT session ended.', 'ada@example.com'],
      label: 'ChatGPT session ended. Sign in again.',
      background: 'warning',
      command: 'chatgptSignIn.signIn',
    });
  });
});

describe('with somebody signed in', () => {
  it('shows the plan, the windows and when they reset', () => {
    expect(view({ account: ada, usage: read(five(34), week(58)) })).toEqual({
      text: '$(pulse) Plus · 5h 66% · wk 42% left',
      tooltip: [
        'Plus · ada@example.com',
        '5-hour limit: 66% left, resets 14:00',
        'Weekly limit: 42% left, resets Thu 12:00',
        'Read at 11:55',
      ],
      label: 'ChatGPT Plus. 5-hour limit: 66% left, resets 14:00. Weekly limit: 42% left, resets Thu 12:00',
      command: 'chatgptSignIn.manageAccounts',
    });
  });

  it('goes on showing it while the vault cannot be read', () => {
    expect(view({ problem: 'vaultUnavailable', account: ada, usage: read(five(34)) }).text).toBe('$(pulse) Plus · 5h 66% left');
  });

  it('shows the plan alone before anything was asked', () => {
    expect(view({ account: ada })).toEqual({
      text: '$(pulse) Plus',
      tooltip: ['Plus · ada@example.com'],
      label: expect.stringMatching(/^ChatGPT Plus$/) as string,
      command: 'chatgptSignIn.manageAccounts',
    });
  });

  it('says that it reads for the first time', () => {
    expect(view({ account: ada, usage: { isReading: true } })).toEqual({
      text: '$(sync~spin) Plus',
      tooltip: ['ada@example.com', 'Reading your usage…'],
      label: 'ChatGPT usage, loading.',
      command: 'chatgptSignIn.manageAccounts',
    });
  });

  it('keeps what it knows while it reads again', () => {
    const { text, label } = view({ account: ada, usage: { ...read(five(34)), isReading: true } });
    expect(text).toBe('$(sync~spin) Plus · 5h 66% left');
    expect(label).toContain('66% left');
  });

  it('says why nothing was read, and keeps the last reading', () => {
    const failure = { kind: 'unreachable', code: 'offline', login: 'login', times: 1, since: now, at: now } as const;
    const sentence = 'Usage was not read. The service cannot be reached. Check the network connection.';
    expect(view({ account: ada, usage: { isReading: false, failure } })).toMatchObject({
      text: '$(pulse) Plus',
      tooltip: ['Plus · ada@example.com', sentence],
      label: `ChatGPT Plus. ${sentence}`,
    });
    expect(view({ account: ada, usage: { ...read(five(34)), failure } })).toMatchObject({
      text: '$(pulse) Plus · 5h 66% left',
      tooltip: ['Plus · ada@example.com', '5-hour limit: 66% left, resets 14:00', sentence, 'Read at 11:55'],
    });
  });

  it('says that the plan has no limits', () => {
    expect(view({ account: ada, usage: read() })).toMatchObject({
      text: '$(pulse) Plus',
      tooltip: ['Plus · ada@example.com', 'OpenAI reported no usage limits for this plan.', 'Read at 11:55'],
      label: 'ChatGPT Plus. OpenAI reported no usage limits for this plan.',
    });
  });
});

describe('the plan', () => {
  const reading = (plan?: string) => snapshot(plan === undefined ? {} : { plan });

  it.each([
    ['of the reading before that of the token', 'pro', 'plus', 'Pro'],
    ['of the token where the reading has none', undefined, 'plus', 'Plus'],
    ['that nobody has seen yet', 'quantum_2027', 'plus', 'Quantum 2027'],
    ['that cannot be shown, as none', '$()', 'plus', 'ChatGPT'],
  ])('is shown %s', (_which, read_, token, name) => {
    const account = { ...ada, identity: { userId: 'u', plan: token } };
    expect(view({ account, usage: { isReading: false, snapshot: reading(read_) } }).text).toBe(`$(pulse) ${name}`);
  });

  it('is left out where nobody names it, for the eye and for the ear', () => {
    const account = { ...ada, identity: { userId: 'u' } };
    const { text, tooltip, label } = view({ account, usage: { isReading: false, snapshot: snapshot({ windows: [week(58)] }) } });
    expect(text).toBe('$(pulse) ChatGPT · wk 42% left');
    expect(tooltip[0]).toBe('ChatGPT · ada@example.com');
    expect(label).toBe('ChatGPT. Weekly limit: 42% left, resets Thu 12:00');
    expect(view({ account }).text).toBe('$(pulse) ChatGPT');
  });
});

describe('the windows', () => {
  it.each([
    ['two at most, the shortest', [five(34), week(58), month(1)], '5h 66% · wk 42% left'],
    ['one', [week(16)], 'wk 84% left'],
    ['a month', [month(0)], 'mo 100% left'],
    ['one of another length', [{ ...limit, id: 'codex:540m', kind: 'other', lengthSeconds: 32_400, used: 10 }], '9h 90% left'],
    ['one of unknown length', [{ ...limit, id: 'codex:unknown', kind: 'unknown', used: 10 }], 'limit 90% left'],
  ] satisfies [string, UsageWindow[], string][])('are shown shortly: %s', (_what, windows, text) => {
    expect(view({ account: ada, usage: read(...windows) }).text).toBe(`$(pulse) Plus · ${text}`);
  });

  it('are all told in the tooltip', () => {
    expect(view({ account: ada, usage: read(five(34), week(58), month(1)) }).tooltip).toHaveLength(5);
  });

  it.each([
    [0, '100%'],
    [0.4, '>99%'],
    [0.99, '>99%'],
    [1, '99%'],
    [33.5, '66%'],
    [50, '50%'],
    [98.6, '1%'],
    [99, '1%'],
    [99.01, '<1%'],
    [99.9, '<1%'],
    [100, '0%'],
  ])('that are used by %f have %s left', (used, left) => {
    expect(view({ account: ada, usage: read(week(used)) }).text).toBe(`$(pulse) Plus · wk ${left} left`);
  });

  it.each([
    ['today', now + 30 * minute, '12:30'],
    ['at the end of today', now + 12 * hour - minute, '23:59'],
    ['tomorrow', now + day, 'Tue 12:00'],
    ['within six days', now + 6 * day - minute, 'Sun 11:59'],
    ['in six days', now + 6 * day, '29 Nov, 12:00'],
    ['next month', now + 10 * day, '3 Dec, 12:00'],
  ])('that reset %s say so by day and clock', (_when, resetAt, said) => {
    expect(view({ account: ada, usage: read(week(58, resetAt)) }).tooltip[1]).toBe(`Weekly limit: 42% left, resets ${said}`);
  });

  it.each([
    ['that are not used', week(0)],
    ['whose time has passed', week(58, now)],
    ['whose time is not known', { ...limit, id: 'codex:weekly', kind: 'weekly', used: 58 } satisfies UsageWindow],
  ])('say nothing of a reset %s', (_which, window) => {
    expect(view({ account: ada, usage: read(window) }).tooltip[1]).not.toContain('resets');
  });

  it("are told in the person's language", () => {
    expect(view({ account: ada, usage: read(week(58)), language: 'de' }).tooltip[1]).toMatch(/Do\.?,? 12:00$/);
    expect(view({ account: ada, usage: read(week(58)), language: 'en-US' }).tooltip[1]).toMatch(/Thu 12:00\sPM$/);
  });
});
