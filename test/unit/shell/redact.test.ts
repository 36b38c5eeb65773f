import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { homedir } from 'node:os';
import { redact, redactField } from '../../../src/shell/redact.ts';
import { jwt } from '../support/jwt.ts';

const bytes = createHash('sha512').update('opaque').digest();
const uuid = '6f1d2c3b-8a97-4e55-b0c1-0123456789ab';

const secrets: readonly [string, string][] = [
  ['a JWT', jwt({ sub: '1', email: 'ada@example.com' })],
  ['a short JWT', 'eyJhbGciOiJub25lIn0.e30.'],
  ['a JWT without its signature', jwt({ sub: '1' }).split('.').slice(0, 2).join('.')],
  ['an opaque token', bytes.subarray(0, 32).toString('base64url')],
  ['a long opaque token', Buffer.concat([bytes, bytes]).toString('base64url')],
  ['a token in base64', bytes.toString('base64')],
  ['a token in hexadecimal', bytes.subarray(0, 16).toString('hex')],
  ['a refresh token by its prefix', 'rt_x1y2z3'],
  ['an authorization code by its prefix', 'ac_x1y2z3'],
  ['an API key', 'sk-proj-x1y2z3'],
  ['a device code', 'ABCD-12345'],
  ['an email', 'ada.brightwell+codex@mail.example.com'],
  ['a URL-encoded email', 'ada.brightwell%40example.com'],
  ["a user's id at an identity provider", 'google-oauth2|1056700001'],
  ['a token with a shorter secret inside', 'x7Qk2mVbN9-at-x1y2z3w4-ABCD-12345-Zz81kQm2'],
  ['an email in another script', 'ñandú@example.com'],
  ['an account id', uuid],
  ['an account id in capitals', uuid.toUpperCase()],
  ['a user id', 'user-SimulatedAda'],
  ['an organization id', 'org-Simulated0003'],
  ['a session id', 'authsess_aWs6xRDf7kOqTgZasglvLuec'],
  ['a client id', 'app_EMoamEEZ73f0CkXaXp7hrann'],
];

describe('redaction of secrets [R51]', () => {
  it.each(secrets)('a secret is not in the redacted text: %s', (_what, secret) => {
    for (const text of [
      secret,
      `before ${secret} after`,
      `"${secret}"`,
      `(${secret})`,
      `x=${secret}`,
      `{"x":"${secret}"}`,
      `a\n${secret}\nb`,
    ]) {
      expect(redact(text)).not.toContain(secret);
      expect(redactField('reason', text)).not.toContain(secret);
    }
    expect(redact(`before ${secret} after`)).toMatch(/^before <\w+> after$/);
  });

  it.each([
    ['https://auth.openai.com/oauth/authorize?state=s3cr3t&x=1', '<address>'],
    ['http://127.0.0.1:1455/auth/callback?code=s3cr3t', '<address>'],
    ['vscode://unofficial.chatgpt-sign-in/x?token=s3cr3t', '<address>'],
    ['/auth/callback?code=s3cr3t&state=s3cr3t&scope=openid', '/auth/callback?code=<secret>&state=<secret>&scope=openid'],
    ['Authorization: Bearer s3cr3t', 'Authorization: Bearer <token>'],
    ['proxy-authorization: basic s3cr3t', 'proxy-authorization: basic <token>'],
    ['{"access_token":"s3cr3t","refresh_token": "s3cr3t"}', '{"access_token":"<secret>","refresh_token": "<secret>"}'],
    ["{ 'id_token': 's3cr3t' }", "{ 'id_token': '<secret>' }"],
    ['code_verifier=s3cr3t', 'code_verifier=<secret>'],
    ['verifier: s3cr3t', 'verifier: <secret>'],
    ['at activate (file:///home/s3cr3t/.vscode/extensions/x/dist/extension.js:1:2345)', 'at activate (extension.js:1:2345)'],
    ['at activate (/home/s3cr3t/.vscode/extensions/x/dist/extension.cjs:1:2345)', 'at activate (extension.cjs:1:2345)'],
    ['at async C:\\Users\\Ada s3cr3t\\.vscode\\extensions\\x\\dist\\extension.cjs:1:2345', 'at async extension.cjs:1:2345'],
    ['Require stack:\n- /home/s3cr3t/.vscode/extensions/x/dist/extension.cjs', 'Require stack:\n- extension.cjs'],
    ['PASSWORD=s3cr3t', 'PASSWORD=<secret>'],
    ['key = s3cr3t', 'key = <secret>'],
  ])('a secret is recognized by the text around it: %s', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
    expect(redacted).not.toContain('s3cr3t');
  });
});

describe('redaction of other text', () => {
  it.each([
    'the browser came back',
    'answerNotUnderstood <- noAnswer',
    'getaddrinfo ENOTFOUND auth.openai.com',
    'connect ECONNREFUSED 127.0.0.1:1455',
    'read ECONNRESET',
    'net::ERR_CERT_AUTHORITY_INVALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    'refresh_token_reused',
    'app_session_terminated',
    'invalid_grant',
    'user-agent',
    'SQLITE_BUSY: database is locked',
    'EACCES: permission denied, mkdir vault-1.db',
    'TypeError: fetch failed',
    '2026-11-23T16:00:00.000Z',
    '1455',
    '503',
  ])('a term that helps to find an error stays: %s', text => {
    expect(redact(text)).toBe(text);
  });
});

describe('redaction of folders [R51]', () => {
  it.each([
    [
      "EACCES: permission denied, mkdir '/data/vsc.ada/globalStorage/x/vault-1.db'",
      "EACCES: permission denied, mkdir '<storage>/x/vault-1.db'",
    ],
    ["EACCES: open 'D:\\ada b\\User\\globalStorage\\x.db'", "EACCES: open 'D:<storage>\\x.db'"],
    ["mkdir '/home/ada/.config/Code/vault-1.db'", "mkdir '<home>/.config/Code/vault-1.db'"],
    ['/Users/ada is not writable', '<home> is not writable'],
    ['/mnt/c/Users/ada/x.db', '/mnt/c<home>/x.db'],
    ['C:\\Users\\Ada Smith\\AppData\\x.db', 'C:<home>\\AppData\\x.db'],
    ['{"path":"C:\\\\Users\\\\ada\\\\x.db"}', '{"path":"C:<home>\\\\x.db"}'],
  ])('a folder of a person is replaced: %s', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  it("this machine's home is replaced", () => {
    expect(redact(`open ${homedir()}/x/y.db`)).toBe('open <home>/x/y.db');
  });
});

describe('redaction of a long text [R51]', () => {
  it('only its beginning is looked at and kept, without the word that the cut goes through', () => {
    expect(redact('a b '.repeat(4_000)).length).toBeLessThanOrEqual(4_001);
    const secret = 'rt_x1y2z3';
    for (let at = 3_980; at < 4_010; at++) expect(redact(`${'a '.repeat(at / 2)}${secret} ${'b '.repeat(3_000)}`)).not.toContain('rt_x1');
    expect(redact('x'.repeat(16_384)).length).toBeLessThan(100);
  });
});

describe('redaction of the field requestId', () => {
  it.each(['req_kBlNT73f3tw', uuid, '8f2b1c0d9e3a4f5b-AMS'])('a request id of the service stays: %s', id => {
    expect(redactField('requestId', id)).toBe(id);
  });

  it('any other text under the name requestId, and a request id under another name, is redacted', () => {
    expect(redactField('requestId', 'for ada@example.com')).toBe('for <email>');
    expect(redactField('requestId', 'eyJhbGciOiJub25lIn0.e30.')).toBe('<token>');
    expect(redactField('requestId', bytes.toString('base64url'))).toBe('<secret>');
    expect(redactField('other', uuid)).toBe('<id>');
  });
});
