import { describe, expect, it } from 'vitest';
import { asAppError, AppError, errorCodes } from '../../../src/base/errors.ts';
import { readServiceCode, refusalOf } from '../../../src/base/refusal.ts';
import { jwt } from '../support/jwt.ts';

it('the list of error codes has each code once', () => {
  expect(new Set(errorCodes).size).toBe(errorCodes.length);
});

it('asAppError returns an AppError unchanged and wraps any other thrown value as unexpected [R12]', () => {
  const known = new AppError('denied');
  expect(asAppError(known)).toBe(known);
  const cause = new RangeError('a defect');
  expect(asAppError(cause)).toMatchObject({ name: 'AppError', code: 'unexpected', message: 'unexpected', cause });
  expect(asAppError('a string')).toMatchObject({ code: 'unexpected', cause: 'a string' });
  expect(asAppError(undefined).code).toBe('unexpected');
});

describe("a service's code for an error", () => {
  it.each([
    'unsupported_country_region_territory',
    'deviceauth_authorization_pending',
    'subscription_sharing_invalid_authorization_context',
    'chatpass_v2_scope_not_authorized',
    'token-expired',
    'error.1020',
    'error42',
  ])('is kept with the error: %s', code => {
    expect(new AppError('refused', { refusal: refusalOf('refresh', code) }).refusal).toEqual({ request: 'refresh', serviceCode: code });
  });

  it('is read without regard to case', () => {
    expect(readServiceCode('Refresh_Token_REUSED')).toBe('refresh_token_reused');
  });

  it.each([
    ['a sentence', 'Workspace is not authorized in this region.'],
    ['a JWT', jwt({ sub: '1', email: 'ada@example.com' })],
    ['an opaque token', 'rt_9xK2mVbN7Qz81kQm2x7Qk2mVbN9'],
    ['a device code', 'AB1D-E2345'],
    ['an account id', '6f1d2c3b-8a97-4e55-b0c1-0123456789ab'],
    ['an email', 'ada@example.com'],
    ['a URL', 'https://example.com/x'],
    ['a link of VS Code', '[renew](command:x)'],
    ['a second line', 'refused\nrefused'],
    ['a bidirectional control character', 'refused\u202e'],
    ['a code without an end', 'a_'.repeat(40) + 'a'],
    ['a word without an end', 'a'.repeat(40)],
    ['nothing', ''],
    ['a number', 403],
    ['an object', { code: 'refused' }],
    ['no value', undefined],
  ])('is dropped where it is more than a code: %s [R12]', (_what, value) => {
    expect(refusalOf('usage', value)).toEqual({ request: 'usage' });
  });
});
