import { defined } from '../base/defined.ts';
import { isRecord, readString } from '../base/json.ts';
import { readClaims } from './claims.ts';
import type { TokenSet } from './tokenSet.ts';

/**
 * A token response (RFC 6749, 5.1) as a token set. What a refresh leaves out keeps its previous value (RFC 6749, 6).
 * @param now this machine's time
 * @param clockOffset how far the service's clock is ahead of it; `undefined` where the response does not say
 * @param previous the token set that is being refreshed
 * @returns `undefined` where a token is neither in the response nor in `previous`
 */
export function readTokenResponse(body: unknown, now: number, clockOffset: number | undefined, previous?: TokenSet): TokenSet | undefined {
  if (!isRecord(body)) return undefined;
  const fresh = readString(body['access_token']);
  const accessToken = fresh ?? previous?.accessToken;
  const refreshToken = readString(body['refresh_token']) ?? previous?.refreshToken;
  const idToken = readString(body['id_token']) ?? previous?.idToken;
  if (!accessToken || !refreshToken || !idToken) return undefined;
  const scope = readString(body['scope']) ?? previous?.scope;
  const expiresAt = fresh === undefined ? previous?.expiresAt : readExpiry(fresh, body['expires_in'], now, clockOffset ?? 0);
  // The offset belongs to the times that are kept beside it.
  const offset = fresh === undefined ? previous?.clockOffset : clockOffset;
  return {
    accessToken,
    refreshToken,
    idToken,
    issuedAt: fresh === undefined ? (previous?.issuedAt ?? now) : now,
    rotatedAt: now,
    ...defined({ clockOffset: offset, scope, expiresAt }),
  };
}

/** `expires_in` counts from now and needs no clock; the token's own `exp` is by the service's clock. */
function readExpiry(accessToken: string, expiresIn: unknown, now: number, clockOffset: number): number | undefined {
  const seconds = typeof expiresIn === 'string' ? Number.parseFloat(expiresIn) : expiresIn;
  if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0) return now + seconds * 1000;
  const exp = readClaims(accessToken)?.['exp'];
  return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 - clockOffset : undefined;
}
