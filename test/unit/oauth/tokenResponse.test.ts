import { describe, expect, it } from 'vitest';
import { readTokenResponse } from '../../../src/oauth/tokenSet.ts';
import { jwt } from '../support/jwt.ts';
import { tokens } from './support/tokens.ts';

const now = 1_800_000_000_000;
const all = { access_token: 'access', refresh_token: 'refresh', id_token: 'id', scope: 'openid', expires_in: 60 };

describe('the first token answer [R20]', () => {
  it('is a token set', () => {
    expect(readTokenResponse(all, now, 0)).toEqual({
      accessToken: 'access',
      refreshToken: 'refresh',
      idToken: 'id',
      scope: 'openid',
      issuedAt: now,
      expiresAt: now + 60_000,
      rotatedAt: now,
      clockOffset: 0,
    });
  });

  it('says nothing of a clock that the service does not tell', () => {
    expect(readTokenResponse(all, now, undefined)).not.toHaveProperty('clockOffset');
  });

  it.each(['access_token', 'refresh_token', 'id_token'])('is none without %s', missing => {
    expect(readTokenResponse({ ...all, [missing]: undefined }, now, 0)).toBeUndefined();
    expect(readTokenResponse({ ...all, [missing]: '' }, now, 0)).toBeUndefined();
    expect(readTokenResponse({ ...all, [missing]: 7 }, now, 0)).toBeUndefined();
  });

  it.each([[undefined], ['text'], [[]], [null]])('is none as %j', body => {
    expect(readTokenResponse(body, now, 0)).toBeUndefined();
  });

  it('says nothing of scopes that the service does not tell', () => {
    expect(readTokenResponse({ ...all, scope: undefined }, now, 0)).not.toHaveProperty('scope');
  });
});

describe('the end of an access token', () => {
  const lapsing = { ...all, access_token: jwt({ exp: now / 1000 + 900 }) };

  it.each([
    ['from expires_in as a number', { ...all, expires_in: 90 }, 90_000],
    ['from expires_in as a string', { ...all, expires_in: '90' }, 90_000],
    ['from expires_in before the token itself', { ...lapsing, expires_in: 90 }, 90_000],
    ['from the token itself where expires_in is absent', { ...lapsing, expires_in: undefined }, 900_000],
    ['from the token itself where expires_in is nonsense', { ...lapsing, expires_in: 'soon' }, 900_000],
    ['from the token itself where expires_in is 0', { ...lapsing, expires_in: 0 }, 900_000],
    ['from the token itself where expires_in is negative', { ...lapsing, expires_in: -1 }, 900_000],
  ])('is known %s', (_from, body, life) => {
    expect(readTokenResponse(body, now, 0)?.expiresAt).toBe(now + life);
  });

  it.each([
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ])("is told in this machine's time when the service's clock is %s", (_way, offset) => {
    const body = { ...all, expires_in: undefined, access_token: jwt({ exp: (now + offset) / 1000 + 900 }) };
    expect(readTokenResponse(body, now, offset)?.expiresAt).toBe(now + 900_000);
    expect(readTokenResponse(all, now, offset)?.expiresAt).toBe(now + 60_000);
  });

  it.each([['opaque'], [jwt({})], [jwt({ exp: 'later' })]])('is unknown for %s', accessToken => {
    expect(readTokenResponse({ ...all, expires_in: undefined, access_token: accessToken }, now, 0)).not.toHaveProperty('expiresAt');
  });
});

describe('the answer of a refresh', () => {
  it('keeps what it leaves out', () => {
    expect(readTokenResponse({ access_token: 'new', expires_in: 60 }, now, 0, tokens)).toEqual({
      ...tokens,
      accessToken: 'new',
      issuedAt: now,
      expiresAt: now + 60_000,
      rotatedAt: now,
      clockOffset: 0,
    });
  });

  it('does not renew the life of an access token that stays, nor the clock that it was written by', () => {
    const before = { ...tokens, clockOffset: 5_000 };
    expect(readTokenResponse({ refresh_token: 'new', expires_in: 60 }, now, 0, before)).toEqual({
      ...before,
      refreshToken: 'new',
      rotatedAt: now,
    });
  });

  it('does not give a new access token the end of the one before', () => {
    expect(readTokenResponse({ access_token: 'opaque' }, now, 0, tokens)).not.toHaveProperty('expiresAt');
  });
});
