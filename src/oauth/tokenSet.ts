import { isRecord } from '../base/json.ts';

/** Access, refresh and id token as one value: they are stored, replaced and forgotten together. */
export interface TokenSet {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
  /** Granted scopes, separated by spaces; absent where the service does not say. */
  readonly scope?: string;
  /** When the service issued the access token, in milliseconds since the epoch, by this machine's clock. */
  readonly issuedAt: number;
  /** When the access token lapses, likewise; absent where neither the answer nor the token says. */
  readonly expiresAt?: number;
  /** When the refresh token was got, likewise; absent in records of an older version, where it is `issuedAt`. */
  readonly rotatedAt?: number;
  /** What the service's clock was ahead of this machine's when these times were written down; absent where it did not say. */
  readonly clockOffset?: number;
}

/** An access token and when it lapses, without what renews it. */
export type AccessToken = Pick<TokenSet, 'accessToken' | 'issuedAt' | 'expiresAt' | 'clockOffset'>;

/** Who signed in, as the token says: for display and for keeping accounts apart, never to decide access. */
export interface Identity {
  readonly userId: string;
  readonly workspaceId?: string;
  readonly workspaceName?: string;
  readonly email?: string;
  /** The plan in the service's own word, which nobody need have seen before. */
  readonly plan?: string;
  /** A FedRAMP account's requests carry a header that says so. */
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

/** Tokens whose life is this short are renewed at half of it. */
const shortLifetime = 10 * 60_000;
const expiryMargin = 5 * 60_000;
/** An idle session may lapse at the service unseen; a token set this old is renewed at its next use. */
const longestIdle = 8 * 24 * 60 * 60_000;

/** This machine's time, and what the service's clock is ahead of it now, as far as that has been measured. */
export interface ClockReading {
  readonly now: number;
  readonly clockOffset: number | undefined;
}

/** Whether the access token can be handed out without renewing the token set first. */
export function isFresh(tokens: TokenSet, time: ClockReading): boolean {
  return !isExpiring(tokens, time) && !isOld(tokens, time);
}

/**
 * Whether the access token is about to lapse: it has five more minutes, or half its life where it lives ten minutes or
 * less. A token without a known end is taken to be good; the service says when it is not.
 */
export function isExpiring(tokens: AccessToken, time: ClockReading): boolean {
  if (tokens.expiresAt === undefined) return false;
  const life = tokens.expiresAt - tokens.issuedAt;
  return tokens.expiresAt - nowByTokenClock(tokens, time) <= (life <= shortLifetime ? life / 2 : expiryMargin);
}

/** Whether the access token is still accepted by the service, as far as its end tells. */
export function isValid(tokens: AccessToken, time: ClockReading): boolean {
  return tokens.expiresAt === undefined || tokens.expiresAt > nowByTokenClock(tokens, time);
}

function isOld(tokens: TokenSet, time: ClockReading): boolean {
  return nowByTokenClock(tokens, time) - (tokens.rotatedAt ?? tokens.issuedAt) >= longestIdle;
}

/** `Date` tells whole seconds, and an answer is some time on its way. */
const measuringError = 5_000;

/** Now, by the clock that the token set's times were written with: this machine's may have been set since. */
function nowByTokenClock(tokens: AccessToken, { now, clockOffset }: ClockReading): number {
  if (clockOffset === undefined || tokens.clockOffset === undefined) return now;
  const shift = clockOffset - tokens.clockOffset;
  return Math.abs(shift) > measuringError ? now + shift : now;
}
