import { describe, expect, it } from 'vitest';
import { isFresh, isRecord, isValid, readClaims, readString, type TokenSet } from '../../../src/oauth/tokens.ts';
import { jwt } from '../support/jwt.ts';

const minute = 60_000;

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
    expect(isFresh(living(life), edge - 1)).toBe(true);
    expect(isFresh(living(life), edge)).toBe(false);
    expect(isFresh(living(life), life + 1)).toBe(false);
  });

  it('that lapsed before it was issued is not fresh', () => {
    expect(isFresh(living(-minute), 0)).toBe(false);
  });

  it('is valid until its end', () => {
    expect(isValid(living(minute), minute - 1)).toBe(true);
    expect(isValid(living(minute), minute)).toBe(false);
  });

  it('without a known end is taken to be good', () => {
    expect(isFresh(living(undefined), Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(isValid(living(undefined), Number.MAX_SAFE_INTEGER)).toBe(true);
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
