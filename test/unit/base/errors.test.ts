import { expect, it } from 'vitest';
import { asAppError, AppError, errorCodes } from '../../../src/base/errors.ts';

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
