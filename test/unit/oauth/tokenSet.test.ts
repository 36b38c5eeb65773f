import { describe, expect, it } from 'vitest';
import { isFresh, isExpiring, isValid, readClaims, type ClockReading, type TokenSet } from '../../../src/oauth/tokenSet.ts';
import { readString } from '../../../src/base/json.ts';
import { isRecord } from '../../../src/base/json.ts';
import { jwt } from '../support/jwt.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** This machine's clock, which nobody has compared with the service's. */
function at(now: number): ClockReading {
  return { now, clockOffset: undefined };
}

function living(life: number | undefined): TokenSet {
  const set = { accessToken: 'a', refreshToken: 'r', idToken: 'i', issuedAt: 0 };
  return life === undefined ? set : { ...set, expiresAt: life };
}

describe('an access token', () => {
  it.each([
    ['an hour', 60 * minute, 55 * minute],
    ['just over ten minutes', 10 * minute + 1, 5 * minute + 1],
    ['ten minutes', 10 * minute, 5 * minute],
    ['four minutes', 4 * minute, 2 * minute],
    ['one minute', minute, minute / 2],
  ])('that lives %s is fresh until the moment it has to be renewed', (_life, life, edge) => {
    expect(isFresh(living(life), at(edge - 1))).toBe(true);
    expect(isFresh(living(life), at(edge))).toBe(false);
    expect(isFresh(living(life), at(life + 1))).toBe(false);
  });

  it('that lapsed before it was issued is not fresh', () => {
    expect(isFresh(living(-minute), at(0))).toBe(false);
  });

  it('is valid until its end', () => {
    expect(isValid(living(minute), at(minute - 1))).toBe(true);
    expect(isValid(living(minute), at(minute))).toBe(false);
  });

  it('without a known end is taken to be good', () => {
    expect(isExpiring(living(undefined), at(Number.MAX_SAFE_INTEGER))).toBe(false);
    expect(isValid(living(undefined), at(Number.MAX_SAFE_INTEGER))).toBe(true);
  });

  it.each([
    ['of its own', { ...living(undefined), rotatedAt: day }, 9 * day],
    ['of its access token, in a record of an older version', living(30 * day), 8 * day],
  ])('is renewed when its set is eight days old by the time %s, though it has not lapsed', (_which, tokens, due) => {
    expect(isFresh(tokens, at(due - 1))).toBe(true);
    expect(isFresh(tokens, at(due))).toBe(false);
    expect(isExpiring(tokens, at(due))).toBe(false);
    expect(isValid(tokens, at(due))).toBe(true);
  });

  it.each([
    ['was put right since', 10 * minute, 0],
    ['went wrong since', 0, -10 * minute],
  ])('is as old as the service says, where the clock of this machine %s', (_when, before, after) => {
    // Written when the service was ahead by `before`; now it is by `after`.
    const tokens = { ...living(60 * minute), clockOffset: before };
    const edge = 55 * minute + before - after;
    expect(isFresh(tokens, { now: edge - 1, clockOffset: after })).toBe(true);
    expect(isFresh(tokens, { now: edge, clockOffset: after })).toBe(false);
    expect(isValid(tokens, { now: edge + 5 * minute - 1, clockOffset: after })).toBe(true);
    expect(isValid(tokens, { now: edge + 5 * minute, clockOffset: after })).toBe(false);
  });

  it('goes by this machine alone where the two differ by no more than the measuring does', () => {
    const tokens = { ...living(minute), clockOffset: -400 };
    expect(isValid(tokens, { now: minute - 1, clockOffset: 4_600 })).toBe(true);
    expect(isValid(tokens, { now: minute - 1, clockOffset: 4_601 })).toBe(false);
    expect(isValid(tokens, { now: minute, clockOffset: -5_400 })).toBe(false);
  });

  it('goes by this machine alone as long as only one of the two offsets is known [R35]', () => {
    expect(isValid({ ...living(minute), clockOffset: 5 * minute }, at(minute - 1))).toBe(true);
    expect(isValid(living(minute), { now: minute - 1, clockOffset: 5 * minute })).toBe(true);
  });
});

describe('the claims of a token', () => {
  it('are read whatever its signature is, in any script', () => {
    expect(readClaims(jwt({ name: 'Ægir Ñandú 松' }))).toEqual({ name: 'Ægir Ñandú 松' });
    expect(readClaims(jwt({ sub: '1' }).split('.').slice(0, 2).join('.'))).toEqual({ sub: '1' });
  });

  it.each(['', 'opaque', 'a.b.c', 'a..c', '.', `a.${Buffer.from('[1]').toString('base64url')}.c`, 'a.bnVsbA.c'])(
    'are absent from "%s"',
    token => {
      expect(readClaims(token)).toBeUndefined();
    },
  );
});

describe('a field of an answer', () => {
  it.each([[null], [undefined], [[]], ['x'], [1]])('is no record as %j', value => {
    expect(isRecord(value)).toBe(false);
  });

  it('is a record as an object', () => {
    expect(isRecord({})).toBe(true);
  });

  it.each([[''], ['  '], [null], [undefined], [0], [{}]])('says nothing as %j', value => {
    expect(readString(value)).toBeUndefined();
  });

  it('says what a string says', () => {
    expect(readString(' a ')).toBe(' a ');
  });
});
