// Every way in that a name from outside has, and every place where one is shown.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundle, translatables } from '../../scripts/l10n.ts';
import { markedName } from '../../src/accounts/markedName.ts';
import { newAccount } from '../../src/accounts/store/newAccount.ts';
import { fromRow, toRow } from '../../src/accounts/store/storedAccount.ts';
import { accountItem } from '../../src/accounts/ui/menuSection.ts';
import { fromApiKeyRow, toApiKeyRow } from '../../src/apiKeys/apiKey.ts';
import { checkApiKey } from '../../src/apiKeys/checkApiKey.ts';
import { formatOwner, readKeyName } from '../../src/apiKeys/ui/apiKeyCommands.ts';
import { plainText } from '../../src/base/plainText.ts';
import { hostOf } from '../../src/base/url.ts';
import { codexAccount } from '../../src/codexCli/codexAccount.ts';
import { readAccount, readStep } from '../../src/codexCli/cliResponses.ts';
import { readWorkspaceName } from '../../src/backend/workspaceName.ts';
import { decodeCatalogue } from '../../src/models/catalogue.ts';
import { readIdentity } from '../../src/oauth/services/index.ts';
import { decodeModelTraffic } from '../../src/usage/decode/headers.ts';
import { decodeUsage } from '../../src/usage/decode/usage.ts';
import { fetchUsage } from '../../src/usage/polling/fetchUsage.ts';
import { usagePanelView } from '../../src/usage/ui/panel/view.ts';
import { readUsageSettings } from '../../src/usage/ui/settings.ts';
import { statusView } from '../../src/usage/ui/statusBar/statusView.ts';
import { createSealKey } from '../../src/vault/seal.ts';
import { ada, service, tokensOf } from './accounts/store/support/service.ts';
import { started, DeviceAttempt, replies } from './oauth/support/device.ts';
import { tokens, workspaceId } from './oauth/support/tokens.ts';
import { jwt } from './support/jwt.ts';
import { json, Network } from './support/network.ts';
import { hostileNames, iconsIn, invisibleIn, linksIn } from './support/outsideText.ts';
import { account, OneAccount } from './usage/support/account.ts';
import { now, snapshot, usageState, week } from './usage/support/snapshots.ts';

/** Nothing of it is more than text, and it is there. */
function expectPlain(...names: (string | undefined)[]): void {
  for (const name of names) {
    if (name === undefined) expect.fail('no name');
    expect([linksIn(name), iconsIn(name), invisibleIn(name)]).toEqual([[], [], []]);
    expect(Array.from(name).length).toBeLessThanOrEqual(80);
    expect(name).toContain('Acme');
  }
}

const issuer = 'https://auth.openai.com';
const at = { fetchedAt: 0, clockOffset: 0 };
const plain = { ...service, dialect: 'standard' as const };
const window = { used_percent: 1, limit_window_seconds: 18_000 };
/** A header has no character beyond Latin-1, and no line end. */
const inHeader = (name: string) => name.replace(/[^\x20-\xff]/g, '?');

describe.each(hostileNames)('a name with %s [R74]', (_what, name) => {
  const claims = jwt({
    sub: 'user-1',
    email: name,
    iss: service.issuer,
    'https://api.openai.com/auth': { chatgpt_user_id: 'user-1', chatgpt_plan_type: name },
    'https://api.openai.com/profile': { email: name },
  });

  it('is plain text from a token', () => {
    const [identity, plainIdentity] = [readIdentity(service, claims), readIdentity(plain, claims)];
    expectPlain(identity?.email, identity?.plan, plainIdentity?.email);
  });

  it("is plain text from OpenAI's back end", async () => {
    const sent = name.slice(0, 100_000);
    const network = new Network(() =>
      json(200, { accounts: [{ id: workspaceId, name: sent }], rate_limit: {}, plan_type: sent, email: sent }),
    );
    const options = { http: network.http, clock: network.clock, log: network.log, correlationId: 'test' };
    expectPlain(await readWorkspaceName({ service, identity: { userId: 'u', workspaceId }, tokens }, options));
    const store = new OneAccount(account());
    await fetchUsage(account(), { url: 'https://chatgpt.com/backend-api' }, { ...options, accounts: store, details: false });
    const [profile] = store.profileUpdates;
    expectPlain(profile?.email, profile?.plan);
  });

  it('is plain text from a usage response and from the headers of a model response', () => {
    const limit = { limit_name: name, metered_feature: name, rate_limit: { primary_window: window } };
    const decoded = decodeUsage({ plan_type: name, rate_limit_reached_type: name, additional_rate_limits: [limit] }, at);
    const [extra] = decoded?.extra ?? [];
    expectPlain(decoded?.plan, decoded?.reachedType, extra?.limitId, extra?.limitName);
    const headers = new Headers({
      'x-codex-plan-type': inHeader(name).slice(0, 4_000),
      'x-spark-primary-used-percent': '7',
      'x-spark-limit-name': inHeader(name).slice(0, 4_000),
    });
    const update = decodeModelTraffic({ headers }, at);
    expectPlain(update?.plan, update?.extra[0]?.limitName);
  });

  it('is plain text from the list of models', () => {
    const level = { effort: 'low', description: name };
    const listed = { slug: 'gpt', display_name: name, description: name, supported_reasoning_levels: [level] };
    const [model] = decodeCatalogue({ models: [listed, { slug: name }] }) ?? [];
    const beginning = (text = '') => Array.from(text).slice(0, 80).join('');
    expectPlain(model?.name, beginning(model?.description), beginning(model?.efforts[0]?.description));
  });

  it('is plain text from the Codex CLI', () => {
    const cli = readAccount({ account: { type: 'chatgpt', email: name, planType: name, workspaceName: name } });
    const { email, plan, workspaceName } = cli.kind === 'chatgpt' ? cli.profile : {};
    expectPlain(email, plan, workspaceName);
    expectPlain(codexAccount(service, claims, { profile: {}, generation: 1, now: 0 })?.label);
    const step = readStep('deviceCode', { verificationUrl: `https://openai.com/${name.slice(0, 100)}`, userCode: name }, issuer);
    if (step?.kind !== 'deviceCode') expect.fail('no code');
    expectPlain(step.userCode);
    expect(invisibleIn(step.verificationUri)).toEqual([]);
  });

  it("is plain text as a device's code", async () => {
    const attempt = new DeviceAttempt({ start: () => json(200, { ...started, user_code: name }), polls: [replies.approve] });
    await attempt.tokens;
    expectPlain(attempt.shown[0]?.userCode);
  });

  it('is plain text from the API, and where the person has pasted it', async () => {
    const headers = { 'openai-organization': inHeader(name), 'openai-project': inHeader(name) };
    const network = new Network(() => Response.json({ data: [] }, { headers }));
    const { owner } = await checkApiKey('https://api.openai.com/v1', 'sk-1', { http: network.http, correlationId: 'test' });
    expectPlain(owner.organization, owner.project, readKeyName(name));
  });

  it('is plain text in a record that an earlier version wrote', () => {
    const key = createSealKey();
    const identity = { ...ada, email: name, plan: name, workspaceName: name };
    const known = fromRow(
      key,
      toRow(key, { ...newAccount(key, 'login', service, identity, tokensOf(ada, 0)), label: `${name} (${name})` }),
    );
    expectPlain(known?.label, known?.identity.email, known?.identity.plan, known?.identity.workspaceName);
    const owner = { organization: name, project: name };
    const old = { id: 'id', keyId: key.id, name, secret: 's', apiUrl: 'https://api.openai.com/v1', owner, isRefused: false, addedAt: 0 };
    const apiKey = fromApiKeyRow(key, toApiKeyRow(key, old));
    expectPlain(apiKey?.name, apiKey?.owner.organization, apiKey?.owner.project);
  });

  it('is shown in the account menu with no icon but ours', () => {
    const workspaceName = plainText(name);
    const identity = { ...account().identity, plan: plainText(name), workspaceName };
    const { label, description, detail } = accountItem(account({ label: markedName(name, 'id', [workspaceName]), identity }));
    expect(iconsIn(label)).toEqual(['account']);
    for (const text of [label, description ?? '', detail ?? '']) expect(linksIn(text)).toEqual([]);
    expect(iconsIn(`${description ?? ''}${detail ?? ''}`)).toEqual([]);
    expect(iconsIn(formatOwner({ organization: workspaceName, project: workspaceName }) ?? '')).toEqual([]);
  });

  it('is shown in the status bar and its tooltip with no icon and no link but ours', () => {
    const settings = readUsageSettings(() => undefined);
    const shown = { ...account(), label: markedName(name, 'id'), identity: { userId: 'u', plan: plainText(name) }, host: 'chatgpt.com' };
    const extra = { ...week(58), limitId: plainText(name), limitName: plainText(name, 64) };
    const usage = usageState(
      { isReading: false, snapshot: snapshot({ plan: plainText(name), windows: [week(58)], extra: [extra] }) },
      settings,
      now,
    );
    const format = { language: 'en', clock: '24h', timeZone: 'UTC' } as const;
    const view = statusView({ account: shown, usage, settings, format, now });
    expect(iconsIn(view.text)).toEqual(['pulse']);
    expect(iconsIn(view.tooltip).filter(icon => !['history', 'graph', 'refresh', 'account'].includes(icon))).toEqual([]);
    // Markdown's own links, which escaped brackets are not.
    const links = [...view.tooltip.matchAll(/(?<!\\)\]\(([^)]*)\)/g)].map(([, address]) => address);
    expect(links.filter(address => address?.startsWith('command:chatgptSignIn.') !== true)).toEqual([]);
    expect(view.tooltip).not.toMatch(/(?<!\\)</);
    const panel = usagePanelView({ account: shown, accounts: [shown], usage, settings, format, now, span: 7, width: 640 });
    expect(invisibleIn(JSON.stringify(panel))).toEqual([]);
  });
});

it('a host is plain text, and its end is what counts', () => {
  expect(hostOf('https://$(flame).example:8443/x')).toBe('$ (flame).example:8443');
  expect(hostOf(`https://${'auth.openai.com.'.repeat(12)}evil.example`)).toMatch(/^[\w.]{70,80}evil\.example$|^.{68}evil\.example$/);
});

it('a sign-in page of the CLI that is no web address is not shown', () => {
  for (const address of ['', 'javascript:alert(1)', 'command:x', 'http://openai.com', `https://openai.com/${'x'.repeat(5_000)}`]) {
    expect(readStep('browser', { authUrl: address }, issuer)).toBeUndefined();
    expect(readStep('deviceCode', { verificationUrl: address, userCode: 'ABCD' }, issuer)).toBeUndefined();
  }
});

it.each([
  'http://127.0.0.1:8080/x',
  'https://localhost/x',
  'http://[::1]/x',
  'https://192.168.1.1/x',
  'https://router.local/x',
  'https://intranet/x',
])('a sign-in page of the CLI at %s is not shown for a service on the internet, and is for one on this computer [R72]', address => {
  const [browser, device] = [{ authUrl: address }, { verificationUrl: address, userCode: 'ABCD' }];
  expect([readStep('browser', browser, issuer), readStep('deviceCode', device, issuer)]).toEqual([undefined, undefined]);
  expect(readStep('browser', browser, 'http://127.0.0.1:9')).toEqual({ kind: 'browser', url: address });
  expect(readStep('deviceCode', device, 'http://127.0.0.1:9')).toMatchObject({ verificationUri: address });
});

it('a sign-in page of the CLI is opened by an address without control characters', () => {
  const step = readStep('browser', { authUrl: ' https://auth.openai.com/oauth/auth\norize?a=\u0007b\u202e\r\n' }, issuer);
  expect(step).toEqual({ kind: 'browser', url: 'https://auth.openai.com/oauth/authorize?a=%07b%E2%80%AE' });
});

const german = JSON.parse(readFileSync(bundle('de'), 'utf8')) as Record<string, string>;
const messages = translatables().flatMap(({ key, message }) => [message, german[key] ?? '']);

it.each(hostileNames)(
  'a name with %s makes no link and no icon in any message of this extension, in English or German [R74]',
  (_what, name) => {
    const named = messages.filter(message => message.includes('{0}'));
    const filled = named.map(message => message.replace(/\{\d\}/g, () => plainText(name)));
    expect(filled.length).toBeGreaterThan(100);
    for (const message of filled) expect([linksIn(message), iconsIn(message)]).toEqual([[], []]);
  },
);
