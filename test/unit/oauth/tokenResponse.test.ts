import { describe, expect, it } from 'vitest';
import { readTokenResponse } from '../../../src/oauth/tokenResponse.ts';
import { jwt } from '../support/jwt.ts';
import { tokens } from './support/tokens.ts';

const now = 1_800_000_000_000;
const all = { access_token: 'access', refresh_token: 'refresh', id_token: 'id', scope: 'openid', expires_in: 60 };

describe('the token response of a sign-in [R20]', () => {
  it('a complete token response is read as a token set', () => {
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

  it('a token set has no clock offset if that of the service is unknown', () => {
    expect(readTokenResponse(all, now, undefined)).not.toHaveProperty('clockOffset');
  });

  it.each(['access_token', 'refresh_token', 'id_token'])('a token response without %s is rejected', missing => {
    expect(readTokenResponse({ ...all, [missing]: undefined }, now, 0)).toBeUndefined();
    expect(readTokenResponse({ ...all, [missing]: '' }, now, 0)).toBeUndefined();
    expect(readTokenResponse({ ...all, [missing]: 7 }, now, 0)).toBeUndefined();
  });

  it.each([[undefined], ['text'], [[]], [null]])('the token response %j is rejected', body => {
    expect(readTokenResponse(body, now, 0)).toBeUndefined();
  });

  it('a token set has no scope if the response has none', () => {
    expect(readTokenResponse({ ...all, scope: undefined }, now, 0)).not.toHaveProperty('scope');
  });
});

describe('the expiry of an access token', () => {
  const expiring = { ...all, access_token: jwt({ exp: now / 1000 + 900 }) };

  it.each([
    ['expires_in as a number', { ...all, expires_in: 90 }, 90_000],
    ['expires_in as a string', { ...all, expires_in: '90' }, 90_000],
    ['expires_in rather than the token', { ...expiring, expires_in: 90 }, 90_000],
    ['the token if expires_in is missing', { ...expiring, expires_in: undefined }, 900_000],
    ['the token if expires_in is invalid', { ...expiring, expires_in: 'soon' }, 900_000],
    ['the token if expires_in is 0', { ...expiring, expires_in: 0 }, 900_000],
    ['the token if expires_in is negative', { ...expiring, expires_in: -1 }, 900_000],
  ])('the expiry of an access token is read from %s', (_from, body, lifetime) => {
    expect(readTokenResponse(body, now, 0)?.expiresAt).toBe(now + lifetime);
  });

  it.each([
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ])("the expiry of an access token is converted to this machine's time when the service's clock is %s", (_way, offset) => {
    const body = { ...all, expires_in: undefined, access_token: jwt({ exp: (now + offset) / 1000 + 900 }) };
    expect(readTokenResponse(body, now, offset)?.expiresAt).toBe(now + 900_000);
    expect(readTokenResponse(all, now, offset)?.expiresAt).toBe(now + 60_000);
  });

  it.each([['opaque'], [jwt({})], [jwt({ exp: 'later' })]])('the expiry of the access token %s is unknown', accessToken => {
    expect(readTokenResponse({ ...all, expires_in: undefined, access_token: accessToken }, now, 0)).not.toHaveProperty('expiresAt');
  });
});

describe('the token response of a refresh', () => {
  it('a refresh keeps the tokens that the response omits', () => {
    expect(readTokenResponse({ access_token: 'new', expires_in: 60 }, now, 0, tokens)).toEqual({
      ...tokens,
      accessToken: 'new',
      issuedAt: now,
      expiresAt: now + 60_000,
      rotatedAt: now,
      clockOffset: 0,
    });
  });

  it('an access token that a refresh does not replace keeps its lifetime and its clock offset', () => {
    const before = { ...tokens, clockOffset: 5_000 };
    expect(readTokenResponse({ refresh_token: 'new', expires_in: 60 }, now, 0, before)).toEqual({
      ...before,
      refreshToken: 'new',
      rotatedAt: now,
    });
  });

  it('a new access token does not get the expiry of the one before', () => {
    expect(readTokenResponse({ access_token: 'opaque' }, now, 0, tokens)).not.toHaveProperty('expiresAt');
  });
});
