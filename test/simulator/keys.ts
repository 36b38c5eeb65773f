/** The signing key of the service, which each process creates. */

import { generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'oidc-provider';

export interface Keys {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  privateJwk: JWK;
}

export async function makeKeys(): Promise<Keys> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const kid = `simulator-${randomBytes(4).toString('hex')}`;
  const privateJwk: JWK = { ...(privateKey.export({ format: 'jwk' }) as JWK), kid, alg: 'RS256', use: 'sig' };
  return { kid, privateKey, publicKey, privateJwk };
}
