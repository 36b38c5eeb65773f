import { defined } from '../base/defined.ts';
import { day, minute, second } from '../base/duration.ts';
import { isRecord, readString } from '../base/json.ts';

/** Access, refresh and id token as one value: they are stored, replaced and deleted together. */
export interface TokenSet {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
  /** Granted scopes, separated by spaces; absent where the service does not say. */
  readonly scope?: string;
  /** When the service issued the access token, in milliseconds since the epoch, by this machine's clock. */
  readonly issuedAt: number;
  /** When the access token expires, by the same clock; absent where neither the response nor the token says. */
  readonly expiresAt?: number;
  /** When the refresh token was issued, by the same clock; absent in records of an older version, where `issuedAt` stands for it. */
  readonly rotatedAt?: number;
  /** How far the service's clock was ahead of this machine's when these times were taken; absent where the service did not say. */
  readonly clockOffset?: number;
}

/** An access token and when it expires, without the refresh token. */
export type AccessToken = Pick<TokenSet, 'accessToken' | 'issuedAt' | 'expiresAt' | 'clockOffset'>;

/** Who signed in, as the id_token says: for display and to distinguish accounts, never to decide access. */
export interface Identity {
  readonly userId: string;
  readonly workspaceId?: string;
  readonly workspaceName?: string;
  readonly email?: string;
  /** The plan in the service's own word, which may be one that this version does not know. */
  readonly plan?: string;
  /** Requests of a FedRAMP account carry a header that says so. */
  readonly fedramp?: boolean;
}

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

/** A token with a lifetime this short is refreshed after half of it. */
const shortLifetime = 10 * minute;
const expiryMargin = 5 * minute;
/** The service may end an idle session; a token set this old is refreshed at its next use. */
const longestIdle = 8 * day;

/** This machine's time, and how far the service's clock is ahead of it; `undefined` where that has not been measured. */
export interface ClockReading {
  readonly now: number;
  readonly clockOffset: number | undefined;
}

/** Whether the access token can be returned to a caller without a refresh. */
export function isFresh(tokens: TokenSet, time: ClockReading): boolean {
  return !isExpiring(tokens, time) && !isOld(tokens, time);
}

/**
 * Whether the access token expires within five minutes, or within half its lifetime where that is ten minutes or less. A token
 * without a known expiry does not; the service refuses it when it has expired.
 * @param margin milliseconds, instead of five minutes
 */
export function isExpiring(tokens: AccessToken, time: ClockReading, margin = expiryMargin): boolean {
  if (tokens.expiresAt === undefined) return false;
  const lifetime = tokens.expiresAt - tokens.issuedAt;
  return tokens.expiresAt - nowByTokenClock(tokens, time) <= (lifetime <= shortLifetime ? Math.min(lifetime / 2, margin) : margin);
}

/** Whether the access token has not expired. */
export function isValid(tokens: AccessToken, time: ClockReading): boolean {
  return tokens.expiresAt === undefined || tokens.expiresAt > nowByTokenClock(tokens, time);
}

/** Whether nobody has refreshed the tokens for long, as far as is known: by a clock that was put back since they are from the future. */
function isOld(tokens: TokenSet, time: ClockReading): boolean {
  const rotatedAt = tokens.rotatedAt ?? tokens.issuedAt;
  const now = nowByTokenClock(tokens, time);
  return now - rotatedAt >= longestIdle || (now === time.now && rotatedAt - now > measuringError);
}

/** `Date` has whole seconds, and a response takes some time to arrive. */
const measuringError = 5 * second;

/** The present time by the clock that the token set's times were taken with: this machine's clock may have been set since. */
function nowByTokenClock(tokens: AccessToken, { now, clockOffset }: ClockReading): number {
  if (clockOffset === undefined || tokens.clockOffset === undefined) return now;
  const shift = clockOffset - tokens.clockOffset;
  return Math.abs(shift) > measuringError ? now + shift : now;
}
