/** From a response of the service to the status bar. */
import { describe, expect, it } from 'vitest';
import { readUsageSettings } from '../../../../../src/usage/ui/settings.ts';
import { statusView } from '../../../../../src/usage/ui/statusBar/statusView.ts';
import { readFixture } from '../../../support/captured.ts';
import { html, json } from '../../../support/network.ts';
import { account } from '../../support/account.ts';
import { Machine } from '../../support/machine.ts';

const fixtureTime = 1_795_449_600;
const hour = 3600;

/** A captured response, with some fields replaced. */
function captured(name: string, over: Record<string, unknown> = {}): () => Response {
  const payload = readFixture(`${name.includes('/') ? name : `usage/${name}`}.json`) as Record<string, unknown>;
  return () => json(200, { ...payload, account_id: undefined, ...over });
}

const plan = (plan_type: string, windows: object, over: Record<string, unknown> = {}): (() => Response) =>
  captured('01-plus-5h-and-weekly', { plan_type, rate_limit: { allowed: true, limit_reached: false, ...windows }, ...over });
const window = (limit_window_seconds: number, used_percent: number) => ({
  used_percent,
  limit_window_seconds,
  reset_at: fixtureTime + hour,
});
const monthly = { primary_window: window(2_592_000, 12), secondary_window: null };
const fiveAndWeekly = (five: number, weekly: number) => ({
  primary_window: window(18_000, five),
  secondary_window: window(604_800, weekly),
});

interface Case {
  readonly what: string;
  readonly answer: () => Response;
  readonly text: string | RegExp;
  readonly label: RegExp;
  /** A line of the tooltip. */
  readonly says: RegExp;
  readonly background?: 'warning' | 'error';
}

const reserve = readFixture('cases/c01-luna-reserve-active.json') as {
  rate_limit: object;
  additional_rate_limits: [{ rate_limit: { primary_window: object } }];
};
const [{ rate_limit: reserveLimit }] = reserve.additional_rate_limits;
const withReserve = (rateLimit: object, over: Record<string, unknown> = {}) =>
  captured('cases/c01-luna-reserve-active', {
    additional_rate_limits: [{ ...reserve.additional_rate_limits[0], rate_limit: { ...reserveLimit, ...rateLimit } }],
    ...over,
  });

const cases: Case[] = [
  {
    what: 'a reserve that takes requests once the limit is used up',
    answer: captured('cases/c01-luna-reserve-active'),
    text: 'wk used up · Reserve 76%',
    label: /^Weekly limit used up\. Reserve 76 percent left\.$/,
    says: /^Weekly limit is used up; resets .+\. Requests can still use the reserve \(76% left\)\.$/,
    background: 'warning',
  },
  {
    what: 'a reserve that is used up as well',
    answer: withReserve({ allowed: false, primary_window: { ...reserveLimit.primary_window, used_percent: 100 } }),
    text: /^wk used up · /,
    label: /^ChatGPT blocked by the weekly limit until .+\.$/,
    says: /^Blocked by the weekly limit until .+\.$/,
    background: 'error',
  },
  {
    what: 'a reserve that takes nothing although it has room',
    answer: withReserve({ allowed: false }),
    text: /^wk used up · /,
    label: /^ChatGPT blocked by the weekly limit until .+\.$/,
    says: /^Reserve: Weekly limit$/,
    background: 'error',
  },
  {
    what: 'a reserve where the service takes nothing else, although the limits have room',
    answer: withReserve({}, { rate_limit: { ...reserve.rate_limit, primary_window: window(604_800, 40) } }),
    text: 'Reserve 76%',
    label: /^Reserve 76 percent left\.$/,
    says: /^Requests can still use the reserve \(76% left\)\.$/,
    background: 'warning',
  },
  {
    what: 'no reserve while nothing is used up',
    answer: withReserve({}, { rate_limit: { allowed: true, limit_reached: false, primary_window: window(604_800, 40) } }),
    text: 'Pro 5x · wk 60% left',
    label: /^ChatGPT Pro 5x\. Weekly limit 60 percent left, .+\.$/,
    says: /^(?!.*[Rr]eserve)/,
  },
  {
    what: 'an Enterprise account whose plan is called business',
    answer: captured('cases/c03-enterprise-reported-as-business'),
    text: 'Enterprise · 17,000 of 25,000 credits left',
    label: /^Your monthly allowance, 17,000 of 25,000 credits left\.$/,
    says: /^Enterprise · ada@example\.com$/,
  },
  {
    what: 'a Business Premium seat',
    answer: captured('cases/c03-business-premium-seat'),
    text: 'Business Premium · wk 98% left',
    label: /^ChatGPT Business Premium\. Weekly limit 98 percent left, .+\.$/,
    says: /^Business Premium · ada@example\.com$/,
  },
  {
    what: 'a saved reset that cannot be used now',
    answer: captured('cases/c04-plus-reset-not-applicable'),
    text: 'Plus · 5h 67% · wk 95% left',
    label: /^ChatGPT Plus\. .+$/,
    says: /^1 saved reset, not usable now$/,
  },
  {
    what: 'a weekly limit alone',
    answer: captured('02-weekly-only-in-primary'),
    text: 'Pro · wk 84% left',
    label: /^ChatGPT Pro\. Weekly limit 84 percent left, resets .+\.$/,
    says: /^This plan has no 5-hour limit right now\.$/,
  },
  {
    what: 'a monthly limit that has not begun',
    answer: captured('03-free-monthly-unused-sliding-reset'),
    text: 'Free · mo 100% left',
    label: /^ChatGPT Free\. Monthly limit unused\.$/,
    says: /^Monthly limit is unused\. It starts with your next request\.$/,
  },
  {
    what: 'a limit that is nearly gone',
    answer: plan('plus', fiveAndWeekly(97, 58)),
    text: /^5h 3% left · .+[AP]M$/,
    label: /^Critical\. 5-hour limit 3 percent left until .+[AP]M\.$/,
    says: /^Only 3% of the 5-hour limit left until .+[AP]M\.$/,
    background: 'error',
  },
  {
    what: 'a used-up limit with credits',
    answer: captured('05-weekly-exhausted-blocks-5h', {
      rate_limit: { allowed: true, primary_window: { used_percent: 100, limit_window_seconds: 604_800, reset_at: fixtureTime + hour } },
      credits: { has_credits: true, unlimited: false, balance: '812.50' },
    }),
    text: 'wk used up · 813 credits',
    label: /^Weekly limit used up\. 813 credits left\.$/,
    says: /^Your included usage is used up\. Requests now use credits\. 813 credits \(≈ USD.32\.50 at 25 credits per dollar\)\.$/,
    background: 'warning',
  },
  {
    what: 'unlimited credits',
    answer: captured('09-no-rate-limit-object', { plan_type: 'enterprise', credits: { has_credits: true, unlimited: true } }),
    text: 'Enterprise · no fixed limit',
    label: /^ChatGPT Enterprise, no fixed limit reported\.$/,
    says: /^Usage is billed to workspace credits\. OpenAI reports no limit\.$/,
  },
  {
    what: 'an allowance of credits',
    answer: captured('07-enterprise-credits-no-windows'),
    text: 'Enterprise · 69,000 of 250,000 credits left',
    label: /^Workspace allowance \(shared\), 69,000 of 250,000 credits left\.$/,
    says: /^Workspace allowance \(shared\) resets .+\.$/,
  },
  {
    what: 'a workspace without credits',
    answer: captured('06-team-weekly-exhausted-with-spend-control'),
    text: 'Workspace out of credits',
    label:
      /^ChatGPT blocked, workspace out of credits\. Ask your workspace owner to add credits\. Weekly limit is also used up; resets .+\.$/,
    says: /^Ask your workspace owner to add credits\./,
    background: 'error',
  },
  {
    what: 'a blocked account although its limits have room',
    answer: captured('02-weekly-only-in-primary', {
      rate_limit: { allowed: false, primary_window: { used_percent: 38, limit_window_seconds: 604_800, reset_at: fixtureTime + hour } },
    }),
    text: 'ChatGPT blocked',
    label: /^ChatGPT blocked\. Limits still show 62 percent left\.$/,
    says: /^OpenAI reports this account as blocked, although its limits show 62% left\.$/,
    background: 'error',
  },
  {
    what: 'a service that limits requests',
    answer: () => json(429, {}, { 'retry-after': '1800' }),
    text: 'ChatGPT',
    label: /^ChatGPT usage unavailable\. OpenAI is receiving too many usage requests\. Next attempt: .+\.$/,
    says: /^OpenAI is receiving too many usage requests\. Next attempt: .+\.$/,
  },
  {
    what: 'a browser check',
    answer: () => html(403),
    text: 'ChatGPT',
    label: /^ChatGPT usage unavailable\. A web page came back in place of your usage\. .+ may be in the way\. Next attempt: .+\.$/,
    says: /A browser check or a network filter may be in the way\./,
  },
  {
    what: 'a deactivated account',
    answer: () => json(401, { error: { code: 'account_deactivated', message: 'deactivated' } }),
    text: 'ChatGPT account inactive',
    label: /^ChatGPT account inactive\. OpenAI reports that this account was deactivated\. Check your email\.$/,
    says: /^OpenAI reports that this account was deactivated\. Check your email\.$/,
    background: 'error',
  },
  {
    what: 'a plan that reports no limits',
    answer: captured('09-no-rate-limit-object'),
    text: 'Free Workspace',
    label: /^ChatGPT Free Workspace, no limits reported\.$/,
    says: /^OpenAI reported no usage limits for this plan\.$/,
  },
  {
    what: 'a used-up additional limit',
    answer: captured('04-pro-with-spark-additional-limits'),
    text: 'Pro · 5h 78% · wk 57% left',
    label: /^ChatGPT Pro\. 5-hour limit 78 percent left, .+\.$/,
    says: /^resets in 15h 4\dm \(.+\) · the main limits are not affected$/,
  },
  {
    what: 'a response with unusual values',
    answer: captured('08-hostile-shapes'),
    text: /^.+$/,
    label: /^.+\.$/,
    says: /^As of /,
  },
  {
    what: 'the plan Free',
    answer: plan('free', monthly),
    text: 'Free · mo 88% left',
    label: /^ChatGPT Free\. Monthly limit 88 percent left, resets .+\.$/,
    says: /^Free · ada@example\.com$/,
  },
  {
    what: 'the plan Go',
    answer: plan('go', monthly),
    text: 'Go · mo 88% left',
    label: /^ChatGPT Go\. Monthly limit 88 percent left, resets .+\.$/,
    says: /^Go · ada@example\.com$/,
  },
  {
    what: 'the plan Pro',
    answer: plan('pro', { primary_window: window(604_800, 7), secondary_window: null }),
    text: 'Pro · wk 93% left',
    label: /^ChatGPT Pro\. Weekly limit 93 percent left, resets .+\.$/,
    says: /^Pro · ada@example\.com$/,
  },
  {
    what: 'the plan Enterprise under its older word',
    answer: plan('business', fiveAndWeekly(3, 7)),
    text: 'Enterprise · 5h 97% · wk 93% left',
    label: /^ChatGPT Enterprise\. 5-hour limit 97 percent left, .+\. Weekly limit 93 percent left, .+\.$/,
    says: /^Enterprise · ada@example\.com$/,
  },
  {
    what: 'the plan Edu',
    answer: plan('edu', fiveAndWeekly(3, 7)),
    text: 'Edu · 5h 97% · wk 93% left',
    label: /^ChatGPT Edu\. 5-hour limit 97 percent left, .+\. Weekly limit 93 percent left, .+\.$/,
    says: /^Edu · ada@example\.com$/,
  },
  {
    what: 'the plan Enterprise',
    answer: plan('enterprise', { primary_window: null, secondary_window: null }, { credits: { has_credits: true, unlimited: true } }),
    text: 'Enterprise · no fixed limit',
    label: /^ChatGPT Enterprise, no fixed limit reported\.$/,
    says: /^Enterprise · ada@example\.com$/,
  },
];

describe('the status bar after a response of the service', () => {
  it.each(cases)('the status bar, its tooltip and its label show $what', async ({ what, answer, text, label, says, background }) => {
    const signedIn = account();
    const machine = new Machine(signedIn);
    machine.answer = answer;
    const { usageService } = await machine.open();
    const { label: name, identity } = signedIn;
    const drawn = statusView({
      account: { hash: signedIn.hash, label: name, identity, isExpired: false, host: 'chatgpt.com' },
      usage: usageService.state(signedIn.hash),
      settings: readUsageSettings(() => undefined),
      format: { language: 'en', clock: 'auto', timeZone: 'UTC' },
      now: machine.clock.now(),
    });
    const withoutIcon = drawn.text.replace(/^\$\([^)]+\) /, '');
    expect(withoutIcon).toEqual(typeof text === 'string' ? text : expect.stringMatching(text));
    expect(plain(drawn.label)).toMatch(label);
    const lines = plain(drawn.tooltip).split(/\s*\n+/);
    expect(lines[0]).toContain(name);
    expect(lines).toContainEqual(expect.stringMatching(says));
    if (what.startsWith('no reserve')) expect(lines.join()).not.toMatch(/reserve/i);
    expect(drawn.background).toBe(background);
  });
});

/** The text that a person reads. */
function plain(markdown: string): string {
  return markdown
    .replaceAll(/\\(?=[!-/:-@[-`{-~])/g, '')
    .replaceAll('**', '')
    .replaceAll(/\$\([^)]+\) ?/g, '')
    .replaceAll(/[\u00a0\u202f]/g, ' ');
}
