import { describe, expect, it } from 'vitest';
import { requireSecureAddress } from '../../../src/oauth/service.ts';

describe('an address that tokens may be sent to', () => {
  it.each([
    ['https://auth.openai.com', 'https://auth.openai.com'],
    ['https://auth.openai.com/', 'https://auth.openai.com'],
    ['https://auth.openai.com/tenant///', 'https://auth.openai.com/tenant'],
    ['https://AUTH.openai.com', 'https://auth.openai.com'],
    ['https://auth.openai.com:8443/a', 'https://auth.openai.com:8443/a'],
    ['http://127.0.0.1:9999', 'http://127.0.0.1:9999'],
    ['http://127.200.3.4', 'http://127.200.3.4'],
    ['http://2130706433:80/x', 'http://127.0.0.1/x'],
    ['http://[::1]:9999/x', 'http://[::1]:9999/x'],
  ])('may be %s, which is kept as %s', (address, kept) => {
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
  ])('is not secure as %s', address => {
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
    'https://auth.openai.com?a=b',
    'https://auth.openai.com/#fragment',
  ])('is not valid as "%s"', address => {
    expect(() => requireSecureAddress(address)).toThrow(expect.objectContaining({ code: 'addressInvalid' }));
  });
});
