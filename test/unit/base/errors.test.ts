import { expect, it } from 'vitest';
import { asSignInError, SignInError, signInErrorCodes } from '../../../src/base/errors.ts';

it('has each code once', () => {
  expect(new Set(signInErrorCodes).size).toBe(signInErrorCodes.length);
});

it('keeps an error that is known and calls every other thrown value unexpected [R12]', () => {
  const known = new SignInError('denied');
  expect(asSignInError(known)).toBe(known);
  const cause = new RangeError('a defect');
  expect(asSignInError(cause)).toMatchObject({ name: 'SignInError', code: 'unexpected', message: 'unexpected', cause });
  expect(asSignInError('a string')).toMatchObject({ code: 'unexpected', cause: 'a string' });
  expect(asSignInError(undefined).code).toBe('unexpected');
});
