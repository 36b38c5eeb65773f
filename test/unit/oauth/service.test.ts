import { describe, expect, it } from 'vitest';
import { requireBaseAddress } from '../../../src/base/url.ts';
import { requireSecureAddress } from '../../../src/base/url.ts';

describe('a URL that tokens may be sent to [R15]', () => {
  it.each([
    ['https://auth.openai.com', 'https://auth.openai.com/'],
    ['https://auth.openai.com/', 'https://auth.openai.com/'],
    ['https://AUTH.openai.com:443/a/', 'https://auth.openai.com/a/'],
    ['https://auth.openai.com/a?tenant=b&c=/', 'https://auth.openai.com/a?tenant=b&c=/'],
    ['https://auth.openai.com:8443/a', 'https://auth.openai.com:8443/a'],
    ['http://127.0.0.1:9999', 'http://127.0.0.1:9999/'],
    ['http://127.200.3.4', 'http://127.200.3.4/'],
    ['http://2130706433:80/x', 'http://127.0.0.1/x'],
    ['http://[::1]:9999/x', 'http://[::1]:9999/x'],
  ])('the URL %s is accepted, and kept as %s', (address, kept) => {
    expect(requireSecureAddress(address)).toBe(kept);
  });

  it.each([
    'http://auth.openai.com',
    'http://localhost:9999',
    'http://128.0.0.1',
    'http://127.0.0.1.example.com',
    'http://[::2]',
    'http://[::ffff:127.0.0.1]',
    'ftp://auth.openai.com',
    'ws://127.0.0.1',
    'vscode://extension/path',
  ])('the URL %s is not secure', address => {
    expect(() => requireSecureAddress(address)).toThrow(expect.objectContaining({ code: 'addressNotSecure' }));
  });

  it.each([
    '',
    'auth.openai.com',
    'https://',
    '/oauth',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user@auth.openai.com',
    'https://user:password@auth.openai.com',
    'https://:password@auth.openai.com',
    'https://auth.openai.com/#fragment',
    'https://auth.openai.com/?a=b#fragment',
    'https://auth.openai.com/#',
  ])('the URL "%s" is not valid', address => {
    expect(() => requireSecureAddress(address)).toThrow(expect.objectContaining({ code: 'addressInvalid' }));
  });
});

describe('a base URL [R15]', () => {
  it.each([
    ['https://auth.openai.com', 'https://auth.openai.com'],
    ['https://auth.openai.com/', 'https://auth.openai.com'],
    ['https://auth.openai.com/tenant///', 'https://auth.openai.com/tenant'],
    ['http://127.0.0.1:9999/', 'http://127.0.0.1:9999'],
  ])('the base URL %s is accepted, and kept as %s', (address, kept) => {
    expect(requireBaseAddress(address)).toBe(kept);
  });

  it.each(['https://auth.openai.com?a=b', 'https://auth.openai.com/?', 'https://auth.openai.com/#x', 'https://me@auth.openai.com'])(
    'the base URL "%s" is not valid',
    address => {
      expect(() => requireBaseAddress(address)).toThrow(expect.objectContaining({ code: 'addressInvalid' }));
    },
  );

  it('a base URL has to be secure', () => {
    expect(() => requireBaseAddress('http://auth.openai.com')).toThrow(expect.objectContaining({ code: 'addressNotSecure' }));
  });
});
