import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { clientId, knownScopes } from '../../simulator/contract.ts';
import { walkSignIn } from '../../simulator/walk.ts';
import {
  accountIdIn,
  authClaims,
  backend,
  begin,
  callback,
  claims,
  errorCode,
  exchange,
  postJson,
  redirectUri,
  signIn,
  usage,
  type Tokens,
} from './codex.ts';
import { useSimulator } from '../support/simulator.ts';

const simulator = await useSimulator();

describe('a sign-in through the pages', () => {
  it('a sign-in ends at the callback with code, scope and state, and the code is exchanged for tokens', async () => {
    const { url, state, verifier } = begin(simulator);
    const answer = await simulator.approve(url, { account: 'ada@example.com' });
    expect(answer).toMatch(`${redirectUri}?`);
    expect(callback(answer)).toEqual({ code: expect.any(String) as string, scope: knownScopes.join(' '), state });

    const { status, headers, body } = await exchange(simulator, callback(answer)['code'] ?? '', verifier);
    expect(status).toBe(200);
    expect(headers.get('x-request-id')).toMatch(/^req_/);
    expect(Object.keys(body as Tokens)).toEqual([
      'id_token',
      'access_token',
      'refresh_token',
      'token_type',
      'expires_in',
      'scope',
      'earliest_refresh_at',
      'oai_is',
    ]);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 864_000, scope: knownScopes.join(' ') });
  });

  it('tokens verify with the published keys, and have the claims of real ones', async () => {
    const { id_token: idToken, access_token: accessToken } = await signIn(simulator, { account: 'ada' });
    const keys = createRemoteJWKSet(new URL(`${simulator.issuer}/.well-known/jwks.json`));
    const { payload: id } = await jwtVerify(idToken, keys, { issuer: simulator.issuer, audience: clientId });
    const { payload: access } = await jwtVerify(accessToken, keys, { issuer: simulator.issuer, audience: 'https://api.openai.com/v1' });

    expect(Object.keys(id).sort()).toEqual(
      'amr at_hash aud auth_provider auth_time email email_verified exp https://api.openai.com/auth iat iss jti name rat sid sub'.split(
        ' ',
      ),
    );
    expect(Object.keys(access).sort()).toEqual(
      'aud client_id exp https://api.openai.com/auth https://api.openai.com/profile iat iss jti nbf scp session_id sub'.split(' '),
    );
    expect(id.aud).toEqual([clientId]);
    expect((id.exp ?? 0) - (id.iat ?? 0)).toBe(3600);
    expect((access.exp ?? 0) - (access.iat ?? 0)).toBe(864_000);
    expect(access['scp']).toEqual(knownScopes);
    expect(access['session_id']).toBe(id['sid']);
    expect(authClaims(idToken)).toMatchObject({ chatgpt_plan_type: 'plus', organizations: [{ title: 'Personal' }] });
    expect(authClaims(accessToken)).toMatchObject({ chatgpt_plan_type: 'plus', chatgpt_account_id: accountIdIn(idToken) });
  });

  it('an ID token has organizations only if the client asks for them', async () => {
    const { url, verifier } = begin(simulator, { id_token_add_organizations: undefined });
    const { code = '' } = callback(await simulator.approve(url, { account: 'ada' }));
    const { body } = await exchange(simulator, code, verifier);
    expect(authClaims((body as Tokens).id_token)).not.toHaveProperty('organizations');
  });

  it.each([
    ['fay', 'free'],
    ['gus', 'go'],
    ['ada', 'plus'],
    ['pia', 'pro'],
    ['ben', 'business'],
    ['eda', 'edu'],
    ['eli', 'enterprise'],
  ])('%s signs in on the plan %s', async (account, plan) => {
    const { id_token: idToken } = await signIn(simulator, { account });
    expect(authClaims(idToken)['chatgpt_plan_type']).toBe(plan);
  });

  it('a person with two workspaces has to choose one', async () => {
    const personal = await signIn(simulator, { account: 'sam', workspace: 'Personal' });
    const team = await signIn(simulator, { account: 'sam', workspace: 'Rivers Design Team' });
    expect(authClaims(personal.id_token)['chatgpt_plan_type']).toBe('plus');
    expect(authClaims(team.id_token)['chatgpt_plan_type']).toBe('team');
    expect(claims(team.id_token).sub).toBe(claims(personal.id_token).sub);
    expect(accountIdIn(team.id_token)).not.toBe(accountIdIn(personal.id_token));
    await expect(simulator.approve(begin(simulator).url, { account: 'sam' })).rejects.toThrow('Choose a workspace');
  });

  it('only the workspaces that the client allows are offered', async () => {
    const team = accountIdIn((await signIn(simulator, { account: 'sam', workspace: 'team' })).id_token);
    const { url, verifier } = begin(simulator, { allowed_workspace_id: team });
    const { code = '' } = callback(await simulator.approve(url, { account: 'sam' }));
    const { body } = await exchange(simulator, code, verifier);
    expect(accountIdIn((body as Tokens).id_token)).toBe(team);
    const refused = await simulator.approve(begin(simulator, { allowed_workspace_id: team }).url, { account: 'ada' });
    expect(callback(refused)).toMatchObject({ error: 'access_denied', error_description: 'workspace not allowed' });
  });

  it('a sign-in that the person denies, and one without the entitlement, end with access_denied', async () => {
    const denied = begin(simulator);
    expect(callback(await simulator.approve(denied.url, { account: 'ada', deny: true }))).toEqual({
      error: 'access_denied',
      error_description: expect.stringContaining('denied') as string,
      state: denied.state,
    });
    expect(callback(await simulator.approve(begin(simulator).url, { account: 'noa' }))).toMatchObject({
      error: 'access_denied',
      error_description: 'missing_codex_entitlement',
    });
  });

  it('a browser that is signed in comes back as the same account without a question, unless the request has prompt=login', async () => {
    const browser = new Map<string, string>();
    const signInAs = async (account: string, changes: Record<string, string>) => {
      const { url, verifier } = begin(simulator, changes);
      const { code = '' } = callback(await walkSignIn(url, { account, workspace: 'team' }, browser));
      const { body } = await exchange(simulator, code, verifier);
      return claims((body as Tokens).id_token)['email'];
    };
    expect(await signInAs('ada', {})).toBe('ada@example.com');
    expect(await signInAs('pia', {})).toBe('ada@example.com');
    expect(await signInAs('pia', { login_hint: 'pia@example.com' })).toBe('ada@example.com');
    expect(await signInAs('pia', { prompt: 'login' })).toBe('pia@example.com');
    expect(await signInAs('sam', { prompt: 'login consent' })).toBe('sam@example.com');
    expect(await signInAs('ada', {})).toBe('sam@example.com');
    await simulator.reset();
    expect(await signInAs('ada', {})).toBe('ada@example.com');
  });

  it('a browser that is signed in as somebody without the entitlement is refused again without a question', async () => {
    const browser = new Map<string, string>();
    for (const account of ['noa', 'ada']) {
      const answer = await walkSignIn(begin(simulator).url, { account }, browser);
      expect(callback(answer)).toMatchObject({ error_description: 'missing_codex_entitlement' });
    }
  });

  it('the page that asks for the account has the one that the request hints at first', async () => {
    const browser = await fetch(begin(simulator, { login_hint: 'pia@example.com' }).url, { redirect: 'manual' });
    const cookie = browser.headers
      .getSetCookie()
      .map(each => each.split(';')[0])
      .join('; ');
    const page = await fetch(new URL(browser.headers.get('location') ?? '', simulator.issuer), { headers: { cookie } });
    expect(/name="account" value="(\w+)"/.exec(await page.text())?.[1]).toBe('pia');
  });
});

describe('the cookies of a sign-in', () => {
  it("cookies have no expiry, because the browser's clock may differ", async () => {
    await simulator.set({ clockOffsetSeconds: -864_000 });
    const { headers } = await fetch(begin(simulator).url, { redirect: 'manual' });
    expect(headers.getSetCookie().length).toBeGreaterThan(0);
    for (const cookie of headers.getSetCookie()) expect(cookie).not.toMatch(/expires|max-age/i);
    expect(callback(await simulator.approve(begin(simulator).url, { account: 'ada' }))).toHaveProperty('code');
  });
});

describe('an authorize request that is refused', () => {
  it.each([
    ['an unknown redirect URI', { redirect_uri: 'http://127.0.0.1:9999/auth/callback' }],
    ['another host in the redirect URI', { redirect_uri: 'http://localhost:1455/auth/callback' }],
    ['another client', { client_id: 'app_unknown' }],
  ])('an authorize request with %s shows an error page', async (_what, change) => {
    const response = await fetch(begin(simulator, change).url, { redirect: 'manual' });
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).toContain('authorize_hydra_invalid');
  });

  it.each([
    ['no state', { state: '' }, 'invalid_state'],
    ['a short state', { state: 'short' }, 'invalid_state'],
    ['an unknown scope', { scope: 'openid model.request' }, 'invalid_scope'],
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
  ])('an authorize request with %s redirects with an error', async (_what, change, error) => {
    const response = await fetch(begin(simulator, change).url, { redirect: 'manual' });
    expect(callback(response.headers.get('location') ?? '')).toMatchObject({ error });
  });

  it('a sign-in without offline_access gives no refresh token', async () => {
    const { url, verifier } = begin(simulator, { scope: 'openid profile email' });
    const { code = '' } = callback(await simulator.approve(url, { account: 'ada' }));
    expect((await exchange(simulator, code, verifier)).body).not.toHaveProperty('refresh_token');
  });
});

describe('the code exchange', () => {
  it('a wrong code verifier is refused', async () => {
    const { url } = begin(simulator);
    const { code = '' } = callback(await simulator.approve(url, { account: 'ada' }));
    const reply = await exchange(simulator, code, begin(simulator).verifier);
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({
      error: { message: expect.any(String) as string, type: 'invalid_request_error', param: null, code: 'invalid_grant' },
    });
  });

  it('a code used twice is refused and ends the session of the first use', async () => {
    const { url, verifier } = begin(simulator);
    const { code = '' } = callback(await simulator.approve(url, { account: 'ada' }));
    const { body } = await exchange(simulator, code, verifier);
    expect(errorCode(await exchange(simulator, code, verifier))).toBe('invalid_grant');
    expect(errorCode(await usage(simulator, (body as Tokens).access_token))).toBe('token_invalidated');
  });

  it('broken JSON and a token exchange for an API key get the errors of the real service', async () => {
    const broken = await fetch(`${simulator.issuer}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(broken.status).toBe(400);
    const apiKey = await postJson(`${simulator.issuer}/oauth/token`, { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' });
    expect([apiKey.status, errorCode(apiKey)]).toEqual([401, 'invalid_subject_token']);
  });
});

describe('the automatic approval', () => {
  it('an authorize request redirects at once as the chosen account', async () => {
    await simulator.set({ autoApprove: { account: 'sam', workspace: 'team' } });
    const { url, verifier } = begin(simulator);
    const response = await fetch(url, { redirect: 'manual' });
    const { code = '' } = callback(response.headers.get('location') ?? '');
    const { body } = await exchange(simulator, code, verifier);
    expect(authClaims((body as Tokens).id_token)['chatgpt_plan_type']).toBe('team');
    expect(await simulator.sessions()).toContainEqual(expect.objectContaining({ account: 'sam', workspace: 'team', generation: 0 }));
  });

  it('an account without the entitlement is refused as through the pages', async () => {
    await simulator.set({ autoApprove: 'noa' });
    const response = await fetch(begin(simulator).url, { redirect: 'manual' });
    expect(callback(response.headers.get('location') ?? '')).toMatchObject({ error_description: 'missing_codex_entitlement' });
  });
});

describe('discovery', () => {
  it('the document names the endpoints of the other sign-in and the keys of this one', async () => {
    const document = (await fetch(`${simulator.issuer}/.well-known/openid-configuration`).then(r => r.json())) as Record<string, unknown>;
    expect(document).toMatchObject({
      issuer: simulator.issuer,
      authorization_endpoint: `${simulator.issuer}/api/accounts/authorize`,
      token_endpoint: `${simulator.issuer}/api/accounts/oauth/token`,
      jwks_uri: `${simulator.issuer}/.well-known/jwks.json`,
    });
  });
});

describe('the list of workspaces', () => {
  it('the list has all workspaces of a person, and the default one', async () => {
    const { id_token: idToken, access_token: accessToken } = await signIn(simulator, { account: 'sam', workspace: 'team' });
    const { body } = await backend(simulator, 'accounts/check', accessToken, accountIdIn(idToken));
    expect(body).toMatchObject({
      accounts: [
        { structure: 'personal', plan_type: 'plus', name: null },
        { structure: 'workspace', plan_type: 'team', name: 'Rivers Design Team' },
      ],
      default_account_id: accountIdIn(idToken),
    });
  });
});
