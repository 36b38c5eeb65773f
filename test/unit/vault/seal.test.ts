import { describe, expect, it } from 'vitest';
import type { RecordHeader } from '../../../src/vault/seal.ts';
import { accountHash, createSealKey, seal, unseal } from '../../../src/vault/seal.ts';

const key = createSealKey();
const header: RecordHeader = { hash: 'a1', login: 'login-1', generation: 3, state: 'ready' };
const content = { refreshToken: 'very secret', email: 'ada@example.com' };

describe('a sealed record [R41]', () => {
  it('a sealed record opens with its key and header', () => {
    expect(unseal(key, header, seal(key, header, content))).toEqual(content);
  });

  it('a sealed record has nothing of its content in the clear', () => {
    const bytes = seal(key, header, content).toString('latin1');
    for (const value of Object.values(content)) expect(bytes).not.toContain(value);
  });

  it.each<[string, Partial<RecordHeader>]>([
    ['account', { hash: 'a2' }],
    ['login', { login: 'login-2' }],
    ['generation', { generation: 4 }],
    ['state', { state: 'asking' }],
  ])('a sealed record does not open with another %s in its header', (_part, change) => {
    expect(unseal(key, { ...header, ...change }, seal(key, header, content))).toBeUndefined();
  });

  it('a sealed record does not open with another key, or with its key under another ID', () => {
    const sealed = seal(key, header, content);
    expect(unseal(createSealKey(), header, sealed)).toBeUndefined();
    expect(unseal({ ...key, id: 'renamed' }, header, sealed)).toBeUndefined();
  });

  it('a sealed record does not open after any one of its bytes has changed', () => {
    const sealed = seal(key, header, content);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(sealed.readUInt8(at) ^ 1, at);
      expect(unseal(key, header, changed), `byte ${at}`).toBeUndefined();
    }
  });

  it('a sealed record does not open when it is truncated to any length', () => {
    const sealed = seal(key, header, content);
    for (let length = 0; length < sealed.length; length++) {
      expect(unseal(key, header, sealed.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
  });

  it('no two seals have the same nonce', () => {
    const count = 10_000;
    const nonces = Array.from({ length: count }, () => seal(key, header, content).subarray(0, 12).toString('hex'));
    expect(new Set(nonces).size).toBe(count);
  });
});

describe('accountHash', () => {
  it('the hash of an account is the same each time and differs with another key', () => {
    const hash = accountHash(key, 'https://auth.openai.com', 'user/workspace');
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
    expect(accountHash(key, 'https://auth.openai.com', 'user/workspace')).toBe(hash);
    expect(accountHash(createSealKey(), 'https://auth.openai.com', 'user/workspace')).not.toBe(hash);
  });

  it('the hashes of accounts differ, however issuer and account are divided', () => {
    const names = [
      accountHash(key, 'https://a', 'b/c'),
      accountHash(key, 'https://a', 'b'),
      accountHash(key, 'https://a/b', 'c'),
      accountHash(key, 'https://ab', '/c'),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});
