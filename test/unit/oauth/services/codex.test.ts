import { describe, expect, it } from 'vitest';
import { protocolOf } from '../../../../src/oauth/services/index.ts';
import type { HttpResponse } from '../../../../src/base/http.ts';
import { codexClientId } from '../../../../src/oauth/services/codexClient.ts';
import { codex } from '../../../../src/oauth/services/codexProtocol.ts';
import { codexService } from '../../../../src/oauth/services/codexService.ts';
import { service } from '../support/service.ts';

const settings = { issuer: 'https://auth.openai.com', clientId: '', backendUrl: 'https://chatgpt.com/backend-api', originator: 'me/1' };

describe('codexService', () => {
  it("OpenAI's service has the client ID, endpoints and ports of its own client, with the four scopes that are enough", () => {
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

  it("OpenAI's service has the URLs of the settings without their final slashes", () => {
    const other = codexService({ ...settings, issuer: 'https://id.example/t/', clientId: 'app_x', backendUrl: 'https://b.example/api//' });
    expect(other).toMatchObject({ issuer: 'https://id.example/t', clientId: 'app_x', backendUrl: 'https://b.example/api' });
    expect(other.endpoints.token).toBe('https://id.example/t/oauth/token');
  });

  it.each([
    [{ issuer: 'http://auth.openai.com' }, 'addressNotSecure'],
    [{ issuer: '' }, 'addressInvalid'],
    [{ backendUrl: 'http://chatgpt.com' }, 'addressNotSecure'],
    [{ backendUrl: 'chatgpt.com' }, 'addressInvalid'],
  ])("OpenAI's service is refused with the setting %j", (change, code) => {
    expect(() => codexService({ ...settings, ...change })).toThrow(expect.objectContaining({ code }));
  });

  it("OpenAI's service has a protocol of its own", () => {
    expect(protocolOf(service)).toBe(codex);
  });
});

const auth = 'https://api.openai.com/auth';
const profile = 'https://api.openai.com/profile';

describe('codex.readIdentity', () => {
  it.each([
    [
      'all claims',
      { email: 'a@b.c', [auth]: { chatgpt_user_id: 'u', chatgpt_account_id: 'w', chatgpt_plan_type: 'plus' } },
      { userId: 'u', workspaceId: 'w', email: 'a@b.c', plan: 'plus' },
    ],
    ['three user ids', { sub: 's', [auth]: { chatgpt_user_id: 'c', user_id: 'u' } }, { userId: 'c' }],
    ['two user ids', { sub: 's', [auth]: { user_id: 'u' } }, { userId: 'u' }],
    ['the subject alone', { sub: 's' }, { userId: 's' }],
    ['an empty user id', { sub: 's', [auth]: { chatgpt_user_id: '', user_id: 7 } }, { userId: 's' }],
    ['two emails', { sub: 's', email: 'top@b.c', [profile]: { email: 'profile@b.c' } }, { userId: 's', email: 'top@b.c' }],
    ['the email of the profile', { sub: 's', [profile]: { email: 'profile@b.c' } }, { userId: 's', email: 'profile@b.c' }],
    ['an email that is no string', { sub: 's', email: ['a@b.c'], [profile]: 'a@b.c' }, { userId: 's' }],
    ['an unknown plan', { sub: 's', [auth]: { chatgpt_plan_type: 'quantum_2027' } }, { userId: 's', plan: 'quantum_2027' }],
    ['a plan in capitals', { sub: 's', [auth]: { chatgpt_plan_type: 'PLUS' } }, { userId: 's', plan: 'PLUS' }],
    ['no plan', { sub: 's', [auth]: { chatgpt_plan_type: null } }, { userId: 's' }],
    ['FedRAMP', { sub: 's', [auth]: { chatgpt_account_is_fedramp: true } }, { userId: 's', fedramp: true }],
    ['no FedRAMP', { sub: 's', [auth]: { chatgpt_account_is_fedramp: false } }, { userId: 's' }],
    ['FedRAMP as a string', { sub: 's', [auth]: { chatgpt_account_is_fedramp: 'true' } }, { userId: 's' }],
    ['claims that are an array', { sub: 's', [auth]: [{ user_id: 'u' }] }, { userId: 's' }],
  ])('the identity is read from a token with %s', (_what, claims, identity) => {
    expect(codex.readIdentity(claims)).toEqual(identity);
  });

  it.each([[{}], [{ email: 'a@b.c' }], [{ sub: 4 }], [{ [auth]: { chatgpt_account_id: 'w' } }]])('nobody is identified by %j', claims => {
    expect(codex.readIdentity(claims)).toBeUndefined();
  });
});

describe('codex.readErrorCode', () => {
  it.each([
    ['in an object', { error: { code: 'a', message: 'm' } }, 'a'],
    ['as a string', { error: 'a', error_description: 'd' }, 'a'],
    ['at the top', { code: 'a', message: 'm' }, 'a'],
    ['in an object rather than at the top', { error: { code: 'a' }, code: 'b' }, 'a'],
    ['at the top if the object has none', { error: { message: 'm' }, code: 'b' }, 'b'],
    ['at the top if the string is empty', { error: '', code: 'b' }, 'b'],
    ['as undefined if it is null', { error: { code: null } }, undefined],
    ['as undefined from an array', [{ error: 'a' }], undefined],
    ['as undefined from a string', 'error', undefined],
    ['as undefined from nothing', undefined, undefined],
  ])('the error code of a response is read %s', (_where, body, code) => {
    expect(codex.readErrorCode(body)).toBe(code);
  });
});

describe('codex.toStandardResponse', () => {
  const response = (status: number, text: string, type = 'application/json'): HttpResponse => ({
    status,
    headers: new Headers(type === '' ? {} : { 'content-type': type }),
    text,
    clockOffset: 0,
  });

  it('a token response that succeeds gets the token_type that every client expects, and is otherwise unchanged', async () => {
    const standard = codex.toStandardResponse(response(200, '{"access_token":"a","token_type":"Session","extra":1}'));
    expect(standard.status).toBe(200);
    expect(await standard.json()).toEqual({ access_token: 'a', token_type: 'bearer', extra: 1 });
  });

  it('a token response that fails gets its error code as a string, and none of its texts', async () => {
    const standard = codex.toStandardResponse(response(401, '{"error":{"code":"invalid_client","message":"secret"}}'));
    expect(standard.status).toBe(401);
    expect(await standard.json()).toEqual({ error: 'invalid_client' });
    expect(await codex.toStandardResponse(response(400, '{"detail":"x"}')).json()).toEqual({});
  });

  it('a token response that is no object stays as it is', async () => {
    const page = codex.toStandardResponse(response(200, '<html>', 'text/html'));
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([200, 'text/html', '<html>']);
    expect(codex.toStandardResponse(response(200, '', '')).headers.get('content-type')).toBe('');
  });
});

it("a revocation names the refresh token, as OpenAI's own client does", () => {
  const { contentType, body } = codex.revocationRequest(service, 'refresh');
  expect(contentType).toBe('application/json');
  expect(JSON.parse(body)).toEqual({ token: 'refresh', token_type_hint: 'refresh_token', client_id: codexClientId });
});
