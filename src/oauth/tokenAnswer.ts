import type { TokenSet } from './tokenSet.ts';
import { readClaims } from './tokenSet.ts';
import { readString } from '../base/json.ts';
import { isRecord } from '../base/json.ts';

/**
 * A token answer as a token set. What a refresh leaves out keeps its old value.
 * @param now this machine's clock, in milliseconds
 * @param clockOffset what the service's clock is ahead of it; `undefined` where it did not say
 * @param previous the token set that is being replaced, for a refresh
 * @returns `undefined` where a token is missing that there was none of before
 */
export function readTokenResponse(body: unknown, now: number, clockOffset: number | undefined, previous?: TokenSet): TokenSet | undefined {
  if (!isRecord(body)) return undefined;
  const fresh = readString(body['access_token']);
  const accessToken = fresh ?? previous?.accessToken;
  const refreshToken = readString(body['refresh_token']) ?? previous?.refreshToken;
  const idToken = readString(body['id_token']) ?? previous?.idToken;
  if (!accessToken || !refreshToken || !idToken) return undefined;
  const scope = readString(body['scope']) ?? previous?.scope;
  const expiresAt = fresh === undefined ? previous?.expiresAt : expiry(fresh, body['expires_in'], now, clockOffset ?? 0);
  // The offset goes with the times that were written by that clock.
  const offset = fresh === undefined ? previous?.clockOffset : clockOffset;
  return {
    accessToken,
    refreshToken,
    idToken,
    issuedAt: fresh === undefined ? (previous?.issuedAt ?? now) : now,
    rotatedAt: now,
    ...(offset === undefined ? {} : { clockOffset: offset }),
    ...(scope === undefined ? {} : { scope }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** `expires_in` counts from now and needs no clock; the token's own `exp` is by the service's. */
function expiry(accessToken: string, expiresIn: unknown, now: number, clockOffset: number): number | undefined {
  const seconds = typeof expiresIn === 'string' ? Number.parseFloat(expiresIn) : expiresIn;
  if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0) return now + seconds * 1000;
  const exp = readClaims(accessToken)?.['exp'];
  return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 - clockOffset : undefined;
}
