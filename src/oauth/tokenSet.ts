import { day, minute, second } from '../base/duration.ts';

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
