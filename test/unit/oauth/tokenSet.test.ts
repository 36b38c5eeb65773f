import { describe, expect, it } from 'vitest';
import { isFresh, isExpiring, isValid, type ClockReading, type TokenSet } from '../../../src/oauth/tokenSet.ts';
import { readClaims } from '../../../src/oauth/claims.ts';
import { readString } from '../../../src/base/json.ts';
import { isRecord } from '../../../src/base/json.ts';
import { jwt } from '../support/jwt.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** A reading of this machine's clock, whose offset to the service's clock is unknown. */
function at(now: number): ClockReading {
  return { now, clockOffset: undefined };
}

function withLifetime(lifetime: number | undefined): TokenSet {
  const set = { accessToken: 'a', refreshToken: 'r', idToken: 'i', issuedAt: 0 };
  return lifetime === undefined ? set : { ...set, expiresAt: lifetime };
}

describe('an access token', () => {
  it.each([
    ['an hour', 60 * minute, 55 * minute],
    ['just over ten minutes', 10 * minute + 1, 5 * minute + 1],
    ['ten minutes', 10 * minute, 5 * minute],
    ['four minutes', 4 * minute, 2 * minute],
    ['one minute', minute, minute / 2],
  ])('an access token with a lifetime of %s is fresh until its refresh is due', (_life, lifetime, edge) => {
    expect(isFresh(withLifetime(lifetime), at(edge - 1))).toBe(true);
    expect(isFresh(withLifetime(lifetime), at(edge))).toBe(false);
    expect(isFresh(withLifetime(lifetime), at(lifetime + 1))).toBe(false);
  });

  it('an access token that expired before it was issued is not fresh', () => {
    expect(isFresh(withLifetime(-minute), at(0))).toBe(false);
  });

  it('an access token is valid until it expires', () => {
    expect(isValid(withLifetime(minute), at(minute - 1))).toBe(true);
    expect(isValid(withLifetime(minute), at(minute))).toBe(false);
  });

  it('an access token without a known expiry counts as valid', () => {
    expect(isExpiring(withLifetime(undefined), at(Number.MAX_SAFE_INTEGER))).toBe(false);
    expect(isValid(withLifetime(undefined), at(Number.MAX_SAFE_INTEGER))).toBe(true);
  });

  it.each([
    ['of its refresh', { ...withLifetime(undefined), rotatedAt: day }, 9 * day],
    ['of its access token, in a record of an older version', withLifetime(30 * day), 8 * day],
  ])(
    'a token set is due for a refresh when it is eight days old by the time %s, before its access token expires',
    (_which, tokens, due) => {
      expect(isFresh(tokens, at(due - 1))).toBe(true);
      expect(isFresh(tokens, at(due))).toBe(false);
      expect(isExpiring(tokens, at(due))).toBe(false);
      expect(isValid(tokens, at(due))).toBe(true);
    },
  );

  it.each([
    ['refreshed', { ...withLifetime(30 * day), rotatedAt: 2 * day }],
    ['issued, in a record of an older version', { ...withLifetime(30 * day), issuedAt: 2 * day }],
    ['issued, for an hour', { ...withLifetime(2 * day + 60 * minute), issuedAt: 2 * day }],
  ])('a token set that was %s in the future, by a clock that was put back since, is due and stays valid', (_what, tokens) => {
    for (const clockOffset of [undefined, 0]) {
      expect(isFresh({ ...tokens, clockOffset: 0 }, { now: day, clockOffset })).toBe(false);
      expect(isValid({ ...tokens, clockOffset: 0 }, { now: day, clockOffset })).toBe(true);
    }
    expect(isFresh(tokens, at(2 * day - 5_000))).toBe(true);
    // The service has told the time since: by the clock of its issue, the token set is not from the future.
    expect(isFresh({ ...tokens, clockOffset: 0 }, { now: day, clockOffset: day })).toBe(true);
  });

  it.each([
    ['was corrected', 10 * minute, 0],
    ['became wrong', 0, -10 * minute],
  ])("an access token expires by the service's clock, even after this machine's clock %s", (_when, before, after) => {
    // The service was ahead by `before` when the token was issued; now it is ahead by `after`.
    const tokens = { ...withLifetime(60 * minute), clockOffset: before };
    const edge = 55 * minute + before - after;
    expect(isFresh(tokens, { now: edge - 1, clockOffset: after })).toBe(true);
    expect(isFresh(tokens, { now: edge, clockOffset: after })).toBe(false);
    expect(isValid(tokens, { now: edge + 5 * minute - 1, clockOffset: after })).toBe(true);
    expect(isValid(tokens, { now: edge + 5 * minute, clockOffset: after })).toBe(false);
  });

  it("an access token expires by this machine's clock if the two offsets differ by no more than their accuracy", () => {
    const tokens = { ...withLifetime(minute), clockOffset: -400 };
    expect(isValid(tokens, { now: minute - 1, clockOffset: 4_600 })).toBe(true);
    expect(isValid(tokens, { now: minute - 1, clockOffset: 4_601 })).toBe(false);
    expect(isValid(tokens, { now: minute, clockOffset: -5_400 })).toBe(false);
  });

  it("an access token expires by this machine's clock while only one of the two offsets is known [R35]", () => {
    expect(isValid({ ...withLifetime(minute), clockOffset: 5 * minute }, at(minute - 1))).toBe(true);
    expect(isValid(withLifetime(minute), { now: minute - 1, clockOffset: 5 * minute })).toBe(true);
  });
});

describe('readClaims', () => {
  it('the claims of a token are read in any script, whatever its signature is', () => {
    expect(readClaims(jwt({ name: 'Ægir Ñandú 松' }))).toEqual({ name: 'Ægir Ñandú 松' });
    expect(readClaims(jwt({ sub: '1' }).split('.').slice(0, 2).join('.'))).toEqual({ sub: '1' });
  });

  it.each(['', 'opaque', 'a.b.c', 'a..c', '.', `a.${Buffer.from('[1]').toString('base64url')}.c`, 'a.bnVsbA.c'])(
    'the token "%s" has no claims',
    token => {
      expect(readClaims(token)).toBeUndefined();
    },
  );
});

describe('isRecord and readString', () => {
  it.each([[null], [undefined], [[]], ['x'], [1]])('%j is no record', value => {
    expect(isRecord(value)).toBe(false);
  });

  it('an object is a record', () => {
    expect(isRecord({})).toBe(true);
  });

  it.each([[''], ['  '], [null], [undefined], [0], [{}]])('%j is not read as a string', value => {
    expect(readString(value)).toBeUndefined();
  });

  it('a string is read unchanged', () => {
    expect(readString(' a ')).toBe(' a ');
  });
});
