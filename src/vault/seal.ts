import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** A key that records are sealed with. The secret lies in SecretStorage alone, the id also in the vault. */
export interface SealKey {
  readonly id: string;
  readonly secret: Buffer;
}

export const sealKeyLength = 32;
const nonceLength = 12;
const tagLength = 16;

/** The readable part of a record. The seal covers it too, so that a record does not open in another place. */
export interface RecordHeader {
  readonly hash: string;
  readonly login: string;
  readonly generation: number;
  readonly state: string;
}

export const recordFormat = 1;

export function createSealKey(): SealKey {
  return { id: randomBytes(8).toString('hex'), secret: randomBytes(sealKeyLength) };
}

/** Names an account in the vault, and its lock: nobody without the key can say whose it is. */
export function accountHash(key: SealKey, issuer: string, accountId: string): string {
  return createHmac('sha256', key.secret)
    .update(JSON.stringify(['account', issuer, accountId]))
    .digest('hex')
    .slice(0, 32);
}

/** AES-256-GCM: nonce, ciphertext, tag. */
export function seal(key: SealKey, header: RecordHeader, content: unknown): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', key.secret, nonce, { authTagLength: tagLength });
  cipher.setAAD(additionalData(key, header));
  return Buffer.concat([nonce, cipher.update(JSON.stringify(content), 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** @returns `undefined` where the record was not sealed with this key and header, or was changed since */
export function unseal(key: SealKey, header: RecordHeader, sealed: Uint8Array): unknown {
  if (sealed.length < nonceLength + tagLength) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key.secret, sealed.subarray(0, nonceLength), { authTagLength: tagLength });
  decipher.setAAD(additionalData(key, header));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(nonceLength, sealed.length - tagLength)), decipher.final()]);
    return JSON.parse(plain.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function additionalData(key: SealKey, { hash, login, generation, state }: RecordHeader): Buffer {
  return Buffer.from(JSON.stringify([recordFormat, key.id, hash, login, generation, state]), 'utf8');
}
