/** The address that a browser on another machine ended at, brought here by hand. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readClaims } from '../../../src/oauth/tokenSet.ts';
import type { Simulator } from '../../simulator/client.ts';
import { startSimulator } from '../../simulator/client.ts';
import { ManualClock } from '../support/clock.ts';
import { jwt } from '../support/jwt.ts';
import { json, Network } from '../support/network.ts';
import { holdPort, visit } from './support/browser.ts';
import { idClaims } from './support/tokens.ts';
import { waitForBrowser } from './support/waiting.ts';

const answer = { id_token: jwt(idClaims), access_token: 'access', refresh_token: 'refresh', expires_in: 60 };

const begin = (network = new Network(() => json(200, answer))) => waitForBrowser(network);

describe('an address that is pasted', () => {
  it.each([
    ['as it was', (address: string) => address],
    ['with blanks and a line around it', (address: string) => `  ${address}\n`],
    ['with more in it', (address: string) => `${address}&scope=openid+email&utm_source=x`],
    ['with a fragment', (address: string) => `${address}#_=_`],
    ['under the other name of the machine', (address: string) => address.replace('127.0.0.1', 'localhost')],
    ['with another port, as a forwarded one has', (address: string) => address.replace(/:\d+/, ':54321')],
  ])('with the right state signs in %s, by the address that was registered', async (_what, change) => {
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
    ['the right state twice', '{uri}?code=c&state={state}&state={state}', 'stateMismatch'],
    ['the right state beside another', '{uri}?code=c&state=wrong&state={state}', 'stateMismatch'],
    ['the right state in capitals', '{uri}?code=c&state={STATE}', 'stateMismatch'],
    ['the right state and more', '{uri}?code=c&state={state}x', 'stateMismatch'],
    ['most of the right state', '{uri}?code=c&state={most}', 'stateMismatch'],
    ['a wrong state and an error', '{uri}?error=access_denied&state=wrong', 'stateMismatch'],
    ['no state', '{uri}?code=c', 'callbackIncomplete'],
    ['no state but an error', '{uri}?error=access_denied', 'callbackIncomplete'],
    ['nothing but the state', '{uri}?state={state}', 'callbackIncomplete'],
    ['an empty code', '{uri}?code=&state={state}', 'callbackIncomplete'],
    ['the state in its fragment', '{uri}?code=c#state={state}', 'callbackIncomplete'],
    ['another path', 'http://127.0.0.1:1455/success?code=c&state={state}', 'callbackIncomplete'],
    ['a longer path', '{uri}/more?code=c&state={state}', 'callbackIncomplete'],
    ['no path', 'http://127.0.0.1:1455/?code=c&state={state}', 'callbackIncomplete'],
    ['the address that was opened', '{opened}', 'callbackIncomplete'],
    ['the code alone', 'the-code', 'callbackIncomplete'],
    ['the query alone', '?code=c&state={state}', 'callbackIncomplete'],
    ['a script', 'javascript:alert(1)//auth/callback?code=c&state={state}', 'callbackIncomplete'],
    ['nothing', '', 'callbackIncomplete'],
    ['blanks', ' \n\t ', 'callbackIncomplete'],
    ['a flood', 'http://127.0.0.1/auth/callback?x={flood}', 'callbackIncomplete'],
    ['bytes', '\u0000\uFFFF\uD800', 'callbackIncomplete'],
  ])('with %s is told to be wrong, and the wait goes on [R6]', async (_what, pattern, trouble) => {
    const { wait, state, redirectUri, network, tokens } = await begin();
    const address = pattern
      .replaceAll('{uri}', redirectUri)
      .replaceAll('{state}', state)
      .replace('{STATE}', state.toUpperCase() === state ? `${state}A` : state.toUpperCase())
      .replace('{most}', state.slice(0, -1))
      .replace('{opened}', wait.url)
      .replace('{flood}', 'x'.repeat(8_192));
    expect(wait.submitRedirectUrl(address)).toBe(trouble);
    expect(network.log.entries.at(-1)).toMatchObject({ level: 'warn', fields: { failure: trouble } });
    expect(network.sent).toEqual([]);
    expect(wait.submitRedirectUrl(`${redirectUri}?code=c&state=${state}`)).toBeUndefined();
    await expect(tokens).resolves.toBeDefined();
    expect(network.sent).toHaveLength(1);
  });

  it('a second time is too late, and its code is not redeemed', async () => {
    const { wait, state, redirectUri, network, tokens } = await begin();
    expect(wait.submitRedirectUrl(`${redirectUri}?code=first&state=${state}`)).toBeUndefined();
    expect(wait.submitRedirectUrl(`${redirectUri}?code=first&state=${state}`)).toBe('stateMismatch');
    expect(wait.submitRedirectUrl(`${redirectUri}?code=second&state=${state}`)).toBe('stateMismatch');
    await tokens;
    expect(wait.submitRedirectUrl(`${redirectUri}?code=third&state=${state}`)).toBe('stateMismatch');
    expect(network.sent.map(({ form }) => form['code'])).toEqual(['first']);
  });

  it('after the browser came back by itself is too late, and the other way round', async () => {
    const one = await begin();
    const page = visit(`${one.redirectUri}?code=first&state=${one.state}`);
    await one.tokens;
    expect((await page).status).toBe(200);
    expect(one.wait.submitRedirectUrl(`${one.redirectUri}?code=second&state=${one.state}`)).toBe('stateMismatch');
    const held = Promise.withResolvers<Response>();
    const other = await begin(new Network(() => held.promise));
    expect(other.wait.submitRedirectUrl(`${other.redirectUri}?code=first&state=${other.state}`)).toBeUndefined();
    expect(await visit(`${other.redirectUri}?code=second&state=${other.state}`)).toMatchObject({ status: 400 });
    held.resolve(json(200, answer));
    await other.tokens;
    for (const { network } of [one, other]) expect(network.sent.map(({ form }) => form['code'])).toEqual(['first']);
  });

  it.each([
    ['access denied', 'error=access_denied', 'denied'],
    ['no entitlement', 'error=access_denied&error_description=missing_codex_entitlement', 'noEntitlement'],
    ['another issuer', 'code=c&iss=https%3A%2F%2Fevil.example', 'issuerMismatch'],
  ])('ends the sign-in with %s, as a browser that comes back does', async (_what, query, code) => {
    const { wait, state, redirectUri, network, failure } = await begin();
    expect(wait.submitRedirectUrl(`${redirectUri}?${query}&state=${state}`)).toBeUndefined();
    expect(await failure).toMatchObject({ code });
    expect(network.sent).toEqual([]);
  });

  it('belongs to its own attempt alone', async () => {
    const [one, other] = [await begin(), await begin()];
    expect(other.wait.submitRedirectUrl(`${one.redirectUri}?code=c&state=${one.state}`)).toBe('stateMismatch');
    expect([one.network.sent, other.network.sent]).toEqual([[], []]);
  });

  it('leaves neither its state nor its code in the log [R51]', async () => {
    const { wait, state, redirectUri, network, tokens } = await begin();
    wait.submitRedirectUrl(`${redirectUri}?code=the-secret-code&state=a-wrong-state`);
    wait.submitRedirectUrl(`${redirectUri}?code=the-secret-code&state=${state}`);
    await tokens;
    for (const secret of [state, 'the-secret-code', 'a-wrong-state']) expect(network.log.text).not.toContain(secret);
  });
});

describe('at the simulated service', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator();
  });
  afterAll(() => simulator.stop());
  beforeEach(() => simulator.reset());

  it('the address of a browser on another machine signs in the one who went through its pages', async () => {
    const registered = encodeURIComponent('http://127.0.0.1:1455');
    // The service knows two ports, and a test that needs neither leaves them to others.
    const network = new Network(
      ({ url, init, body }) => fetch(url, { ...init, body: body.replace(/http%3A%2F%2F127\.0\.0\.1%3A\d+/, registered) }),
      new ManualClock(Date.now()),
    );
    const { wait, redirectUri, tokens } = await waitForBrowser(network, { issuer: simulator.issuer });
    const opened = wait.url.replace(encodeURIComponent(new URL(redirectUri).origin), registered);
    const ended = await simulator.approve(opened, { account: 'ada' });
    expect(wait.submitRedirectUrl(ended)).toBeUndefined();
    expect(readClaims((await tokens).idToken)).toMatchObject({ email: 'ada@example.com' });
    expect(await simulator.counts()).toMatchObject({ code: 1 });
  });
});
