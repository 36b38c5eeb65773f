import { describe, expect, it } from 'vitest';
import { protocolOf } from '../../../../src/oauth/services/index.ts';
import type { HttpResponse } from '../../../../src/base/http.ts';
import { codexClientId, codexService, codex } from '../../../../src/oauth/services/codex.ts';
import { service } from '../support/service.ts';

const settings = { issuer: 'https://auth.openai.com', clientId: '', backendUrl: 'https://chatgpt.com/backend-api', originator: 'me/1' };

describe("OpenAI's service", () => {
  it('is what its own client was seen to use, with the four scopes that are enough', () => {
    expect(codexService(settings)).toEqual({
      dialect: 'openai',
      issuer: 'https://auth.openai.com',
      clientId: 'app_EMoamEEZ73f0CkXaXp7hrann',
      endpoints: {
        authorization: 'https://auth.openai.com/oauth/authorize',
        token: 'https://auth.openai.com/oauth/token',
        revocation: 'https://auth.openai.com/oauth/revoke',
        deviceAuthorization: 'https://auth.openai.com/api/accounts/deviceauth/usercode',
      },
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      authorizationParameters: { id_token_add_organizations: 'true', codex_cli_simplified_flow: 'true', originator: 'me/1' },
      redirect: { host: '127.0.0.1', path: '/auth/callback', ports: [1455, 1457] },
      nonce: false,
      issInCallback: false,
      backendUrl: 'https://chatgpt.com/backend-api',
    });
  });

  it('follows the settings, without the slashes at their ends', () => {
    const other = codexService({ ...settings, issuer: 'https://id.example/t/', clientId: 'app_x', backendUrl: 'https://b.example/api//' });
    expect(other).toMatchObject({ issuer: 'https://id.example/t', clientId: 'app_x', backendUrl: 'https://b.example/api' });
    expect(other.endpoints.token).toBe('https://id.example/t/oauth/token');
  });

  it.each([
    [{ issuer: 'http://auth.openai.com' }, 'addressNotSecure'],
    [{ issuer: '' }, 'addressInvalid'],
    [{ backendUrl: 'http://chatgpt.com' }, 'addressNotSecure'],
    [{ backendUrl: 'chatgpt.com' }, 'addressInvalid'],
  ])('is refused with the setting %j', (change, code) => {
    expect(() => codexService({ ...settings, ...change })).toThrow(expect.objectContaining({ code }));
  });

  it('speaks its own dialect', () => {
    expect(protocolOf(service)).toBe(codex);
  });
});

const auth = 'https://api.openai.com/auth';
const profile = 'https://api.openai.com/profile';

describe('who signed in', () => {
  it.each([
    [
      'everything',
      { email: 'a@b.c', [auth]: { chatgpt_user_id: 'u', chatgpt_account_id: 'w', chatgpt_plan_type: 'plus' } },
      { userId: 'u', workspaceId: 'w', email: 'a@b.c', plan: 'plus' },
    ],
    ['three user ids', { sub: 's', [auth]: { chatgpt_user_id: 'c', user_id: 'u' } }, { userId: 'c' }],
    ['two user ids', { sub: 's', [auth]: { user_id: 'u' } }, { userId: 'u' }],
    ['the subject alone', { sub: 's' }, { userId: 's' }],
    ['an empty user id', { sub: 's', [auth]: { chatgpt_user_id: '', user_id: 7 } }, { userId: 's' }],
    ['two emails', { sub: 's', email: 'top@b.c', [profile]: { email: 'profile@b.c' } }, { userId: 's', email: 'top@b.c' }],
    ['the email of the profile', { sub: 's', [profile]: { email: 'profile@b.c' } }, { userId: 's', email: 'profile@b.c' }],
    ['an email that is no text', { sub: 's', email: ['a@b.c'], [profile]: 'a@b.c' }, { userId: 's' }],
    ['a plan that nobody has seen yet', { sub: 's', [auth]: { chatgpt_plan_type: 'quantum_2027' } }, { userId: 's', plan: 'quantum_2027' }],
    ['a plan in capitals', { sub: 's', [auth]: { chatgpt_plan_type: 'PLUS' } }, { userId: 's', plan: 'PLUS' }],
    ['no plan', { sub: 's', [auth]: { chatgpt_plan_type: null } }, { userId: 's' }],
    ['FedRAMP', { sub: 's', [auth]: { chatgpt_account_is_fedramp: true } }, { userId: 's', fedramp: true }],
    ['no FedRAMP', { sub: 's', [auth]: { chatgpt_account_is_fedramp: false } }, { userId: 's' }],
    ['FedRAMP as a word', { sub: 's', [auth]: { chatgpt_account_is_fedramp: 'true' } }, { userId: 's' }],
    ['a claim object that is a list', { sub: 's', [auth]: [{ user_id: 'u' }] }, { userId: 's' }],
  ])('is read from a token with %s', (_what, claims, identity) => {
    expect(codex.readIdentity(claims)).toEqual(identity);
  });

  it.each([[{}], [{ email: 'a@b.c' }], [{ sub: 4 }], [{ [auth]: { chatgpt_account_id: 'w' } }]])('is nobody in %j', claims => {
    expect(codex.readIdentity(claims)).toBeUndefined();
  });
});

describe('the code of an error', () => {
  it.each([
    ['in an object', { error: { code: 'a', message: 'm' } }, 'a'],
    ['as a string', { error: 'a', error_description: 'd' }, 'a'],
    ['at the top', { code: 'a', message: 'm' }, 'a'],
    ['in an object before the top', { error: { code: 'a' }, code: 'b' }, 'a'],
    ['at the top where the object has none', { error: { message: 'm' }, code: 'b' }, 'b'],
    ['at the top where the string is empty', { error: '', code: 'b' }, 'b'],
    ['nowhere', { error: { code: null } }, undefined],
    ['nowhere in a list', [{ error: 'a' }], undefined],
    ['nowhere in a text', 'error', undefined],
    ['nowhere in nothing', undefined, undefined],
  ])('is read %s', (_where, body, code) => {
    expect(codex.readErrorCode(body)).toBe(code);
  });
});

describe('a token answer', () => {
  const answer = (status: number, text: string, type = 'application/json'): HttpResponse => ({
    status,
    headers: new Headers(type === '' ? {} : { 'content-type': type }),
    text,
    clockOffset: 0,
  });

  it('that succeeds has the token_type that every client expects, and is otherwise as it was', async () => {
    const response = codex.toStandardResponse(answer(200, '{"access_token":"a","token_type":"Session","extra":1}'));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ access_token: 'a', token_type: 'bearer', extra: 1 });
  });

  it('that fails has its code as a string, and none of its texts', async () => {
    const response = codex.toStandardResponse(answer(401, '{"error":{"code":"invalid_client","message":"secret"}}'));
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ error: 'invalid_client' });
    expect(await codex.toStandardResponse(answer(400, '{"detail":"x"}')).json()).toEqual({});
  });

  it('that is no object stays as it is', async () => {
    const page = codex.toStandardResponse(answer(200, '<html>', 'text/html'));
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([200, 'text/html', '<html>']);
    expect(codex.toStandardResponse(answer(200, '', '')).headers.get('content-type')).toBe('');
  });
});

it('revokes by the refresh token, as its own client does', () => {
  const { contentType, body } = codex.revocation(service, 'refresh');
  expect(contentType).toBe('application/json');
  expect(JSON.parse(body)).toEqual({ token: 'refresh', token_type_hint: 'refresh_token', client_id: codexClientId });
});
