import { isRecord } from '../base/json.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** The payload of a JWT, unverified; `undefined` for anything that is not one. */
export function readClaims(jwt: string): Claims | undefined {
  const payload = jwt.split('.')[1];
  if (!payload) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return isRecord(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}
