import { describe, expect, it } from 'vitest';
import type { RecordHeader } from '../../../src/vault/seal.ts';
import { accountHash, createSealKey, seal, unseal } from '../../../src/vault/seal.ts';

const key = createSealKey();
const header: RecordHeader = { hash: 'a1', login: 'login-1', generation: 3, state: 'ready' };
const content = { refreshToken: 'very secret', email: 'ada@example.com' };

describe('a sealed record [R41]', () => {
  it('opens with its key and header to what was sealed', () => {
    expect(unseal(key, header, seal(key, header, content))).toEqual(content);
  });

  it('shows nothing of its content', () => {
    const bytes = seal(key, header, content).toString('latin1');
    for (const value of Object.values(content)) expect(bytes).not.toContain(value);
  });

  it.each<[string, Partial<RecordHeader>]>([
    ['account', { hash: 'a2' }],
    ['login', { login: 'login-2' }],
    ['generation', { generation: 4 }],
    ['state', { state: 'asking' }],
  ])('does not open beside another %s', (_part, change) => {
    expect(unseal(key, { ...header, ...change }, seal(key, header, content))).toBeUndefined();
  });

  it('does not open with another key, nor under another name of the same key', () => {
    const sealed = seal(key, header, content);
    expect(unseal(createSealKey(), header, sealed)).toBeUndefined();
    expect(unseal({ ...key, id: 'renamed' }, header, sealed)).toBeUndefined();
  });

  it('does not open after any one of its bytes has changed', () => {
    const sealed = seal(key, header, content);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(sealed.readUInt8(at) ^ 1, at);
      expect(unseal(key, header, changed), `byte ${at}`).toBeUndefined();
    }
  });

  it('does not open when it was cut short, down to nothing', () => {
    const sealed = seal(key, header, content);
    for (let length = 0; length < sealed.length; length++) {
      expect(unseal(key, header, sealed.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
  });

  it('never has the nonce of another', () => {
    const count = 10_000;
    const nonces = Array.from({ length: count }, () => seal(key, header, content).subarray(0, 12).toString('hex'));
    expect(new Set(nonces).size).toBe(count);
  });
});

describe("an account's name in the vault", () => {
  it('is the same each time, and tells nobody without the key whose it is', () => {
    const hash = accountHash(key, 'https://auth.openai.com', 'user/workspace');
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
    expect(accountHash(key, 'https://auth.openai.com', 'user/workspace')).toBe(hash);
    expect(accountHash(createSealKey(), 'https://auth.openai.com', 'user/workspace')).not.toBe(hash);
  });

  it('keeps issuers and accounts apart, however they are spelt', () => {
    const names = [
      accountHash(key, 'https://a', 'b/c'),
      accountHash(key, 'https://a', 'b'),
      accountHash(key, 'https://a/b', 'c'),
      accountHash(key, 'https://ab', '/c'),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});
