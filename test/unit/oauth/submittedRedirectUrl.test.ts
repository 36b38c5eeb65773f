/** The redirect URL of a browser on another machine, which the person copies. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readClaims } from '../../../src/oauth/claims.ts';
import type { Simulator } from '../../simulator/client.ts';
import { startSimulator } from '../../simulator/client.ts';
import { ManualClock } from '../support/clock.ts';
import { jwt } from '../support/jwt.ts';
import { json, Network } from '../support/network.ts';
import { holdPort, visit } from './support/browser.ts';
import { idClaims } from './support/tokens.ts';
import { waitForBrowser } from './support/waiting.ts';

const issued = { id_token: jwt(idClaims), access_token: 'access', refresh_token: 'refresh', expires_in: 60 };

const begin = (network = new Network(() => json(200, issued))) => waitForBrowser(network);

describe('a submitted redirect URL', () => {
  it.each([
    ['unchanged', (address: string) => address],
    ['with spaces and a line break around it', (address: string) => `  ${address}\n`],
    ['with more parameters', (address: string) => `${address}&scope=openid+email&utm_source=x`],
    ['with a fragment', (address: string) => `${address}#_=_`],
    ['with localhost as its host', (address: string) => address.replace('127.0.0.1', 'localhost')],
    ['with another port, as after port forwarding', (address: string) => address.replace(/:\d+/, ':54321')],
  ])('a submitted redirect URL with the correct state signs in %s, with the redirect URI of its request', async (_what, change) => {
    const { wait, state, redirectUri, network, tokens } = await begin();
    expect(wait.submitRedirectUrl(change(`${redirectUri}?code=the-code&state=${state}`))).toBeUndefined();
    expect(await tokens).toMatchObject({ accessToken: 'access', refreshToken: 'refresh' });
    expect(network.sent.map(({ url, form }) => [url, form['code'], form['redirect_uri']])).toEqual([
      ['https://auth.openai.com/oauth/token', 'the-code', redirectUri],
    ]);
    await (await holdPort(Number(new URL(redirectUri).port))).release();
  });

  it.each([
    ['a wrong state', '{uri}?code=c&state=wrong', 'stateMismatch'],
    ['an empty state', '{uri}?code=c&state=', 'stateMismatch'],
    ['the correct state twice', '{uri}?code=c&state={state}&state={state}', 'stateMismatch'],
    ['the correct state beside another', '{uri}?code=c&state=wrong&state={state}', 'stateMismatch'],
    ['the correct state in capitals', '{uri}?code=c&state={STATE}', 'stateMismatch'],
    ['the correct state and more', '{uri}?code=c&state={state}x', 'stateMismatch'],
    ['a truncated state', '{uri}?code=c&state={most}', 'stateMismatch'],
    ['a wrong state and an error', '{uri}?error=access_denied&state=wrong', 'stateMismatch'],
    ['no state', '{uri}?code=c', 'callbackIncomplete'],
    ['no state but an error', '{uri}?error=access_denied', 'callbackIncomplete'],
    ['the state alone', '{uri}?state={state}', 'callbackIncomplete'],
    ['an empty code', '{uri}?code=&state={state}', 'callbackIncomplete'],
    ['the state in its fragment', '{uri}?code=c#state={state}', 'callbackIncomplete'],
    ['another path', 'http://127.0.0.1:1455/success?code=c&state={state}', 'callbackIncomplete'],
    ['a longer path', '{uri}/more?code=c&state={state}', 'callbackIncomplete'],
    ['no path', 'http://127.0.0.1:1455/?code=c&state={state}', 'callbackIncomplete'],
    ['the authorization URL in its place', '{opened}', 'callbackIncomplete'],
    ['the code alone', 'the-code', 'callbackIncomplete'],
    ['the query alone', '?code=c&state={state}', 'callbackIncomplete'],
    ['a script in its place', 'javascript:alert(1)//auth/callback?code=c&state={state}', 'callbackIncomplete'],
    ['no text', '', 'callbackIncomplete'],
    ['spaces alone', ' \n\t ', 'callbackIncomplete'],
    ['too many characters', 'http://127.0.0.1/auth/callback?x={flood}', 'callbackIncomplete'],
    ['invalid characters', '\u0000\uFFFF\uD800', 'callbackIncomplete'],
  ])('a submitted redirect URL with %s is refused, and the wait continues [R6]', async (_what, pattern, expected) => {
    const { wait, state, redirectUri, network, tokens } = await begin();
    const address = pattern
      .replaceAll('{uri}', redirectUri)
      .replaceAll('{state}', state)
      .replace('{STATE}', state.toUpperCase() === state ? `${state}A` : state.toUpperCase())
      .replace('{most}', state.slice(0, -1))
      .replace('{opened}', wait.url)
      .replace('{flood}', 'x'.repeat(8_192));
    expect(wait.submitRedirectUrl(address)).toBe(expected);
    expect(network.log.entries.at(-1)).toMatchObject({ level: 'warn', fields: { failure: expected } });
    expect(network.sent).toEqual([]);
    expect(wait.submitRedirectUrl(`${redirectUri}?code=c&state=${state}`)).toBeUndefined();
    await expect(tokens).resolves.toBeDefined();
    expect(network.sent).toHaveLength(1);
  });

  it('a second submitted redirect URL is refused, and its code is not exchanged', async () => {
    const { wait, state, redirectUri, network, tokens } = await begin();
    expect(wait.submitRedirectUrl(`${redirectUri}?code=first&state=${state}`)).toBeUndefined();
    expect(wait.submitRedirectUrl(`${redirectUri}?code=first&state=${state}`)).toBe('stateMismatch');
    expect(wait.submitRedirectUrl(`${redirectUri}?code=second&state=${state}`)).toBe('stateMismatch');
    await tokens;
    expect(wait.submitRedirectUrl(`${redirectUri}?code=third&state=${state}`)).toBe('stateMismatch');
    expect(network.sent.map(({ form }) => form['code'])).toEqual(['first']);
  });

  it('a redirect URL that is submitted after the callback is refused, and the other way round', async () => {
    const one = await begin();
    const page = visit(`${one.redirectUri}?code=first&state=${one.state}`);
    await one.tokens;
    expect((await page).status).toBe(200);
    expect(one.wait.submitRedirectUrl(`${one.redirectUri}?code=second&state=${one.state}`)).toBe('stateMismatch');
    const tokenResponse = Promise.withResolvers<Response>();
    const other = await begin(new Network(() => tokenResponse.promise));
    expect(other.wait.submitRedirectUrl(`${other.redirectUri}?code=first&state=${other.state}`)).toBeUndefined();
    expect(await visit(`${other.redirectUri}?code=second&state=${other.state}`)).toMatchObject({ status: 400 });
    tokenResponse.resolve(json(200, issued));
    await other.tokens;
    for (const { network } of [one, other]) expect(network.sent.map(({ form }) => form['code'])).toEqual(['first']);
  });

  it.each([
    ['access denied', 'error=access_denied', 'denied'],
    ['no entitlement', 'error=access_denied&error_description=missing_codex_entitlement', 'noEntitlement'],
    ['another issuer', 'code=c&iss=https%3A%2F%2Fevil.example', 'issuerMismatch'],
  ])('a submitted redirect URL with %s ends the sign-in, as the callback does', async (_what, query, code) => {
    const { wait, state, redirectUri, network, failure } = await begin();
    expect(wait.submitRedirectUrl(`${redirectUri}?${query}&state=${state}`)).toBeUndefined();
    expect(await failure).toMatchObject({ code });
    expect(network.sent).toEqual([]);
  });

  it('a submitted redirect URL belongs to its own sign-in alone', async () => {
    const [one, other] = [await begin(), await begin()];
    expect(other.wait.submitRedirectUrl(`${one.redirectUri}?code=c&state=${one.state}`)).toBe('stateMismatch');
    expect([one.network.sent, other.network.sent]).toEqual([[], []]);
  });

  it('neither the state nor the code of a submitted redirect URL is in the log [R51]', async () => {
    const { wait, state, redirectUri, network, tokens } = await begin();
    wait.submitRedirectUrl(`${redirectUri}?code=the-secret-code&state=a-wrong-state`);
    wait.submitRedirectUrl(`${redirectUri}?code=the-secret-code&state=${state}`);
    await tokens;
    for (const secret of [state, 'the-secret-code', 'a-wrong-state']) expect(network.log.text).not.toContain(secret);
  });
});

describe('a submitted redirect URL with the simulator', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator();
  });
  afterAll(() => simulator.stop());
  beforeEach(() => simulator.reset());

  it('the redirect URL of a browser on another machine signs in the account that approved it', async () => {
    const registered = encodeURIComponent('http://127.0.0.1:1455');
    // The service has two registered ports, and a test that needs neither leaves them to others.
    const network = new Network(
      ({ url, init, body }) => fetch(url, { ...init, body: body.replace(/http%3A%2F%2F127\.0\.0\.1%3A\d+/, registered) }),
      new ManualClock(Date.now()),
    );
    const { wait, redirectUri, tokens } = await waitForBrowser(network, { issuer: simulator.issuer });
    const opened = wait.url.replace(encodeURIComponent(new URL(redirectUri).origin), registered);
    const redirected = await simulator.approve(opened, { account: 'ada' });
    expect(wait.submitRedirectUrl(redirected)).toBeUndefined();
    expect(readClaims((await tokens).idToken)).toMatchObject({ email: 'ada@example.com' });
    expect(await simulator.counts()).toMatchObject({ code: 1 });
  });
});
