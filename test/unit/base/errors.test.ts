import { expect, it } from 'vitest';
import { asAppError, AppError, errorCodes } from '../../../src/base/errors.ts';

it('has each code once', () => {
  expect(new Set(errorCodes).size).toBe(errorCodes.length);
});

it('keeps an error that is known and calls every other thrown value unexpected [R12]', () => {
  const known = new AppError('denied');
  expect(asAppError(known)).toBe(known);
  const cause = new RangeError('a defect');
  expect(asAppError(cause)).toMatchObject({ name: 'AppError', code: 'unexpected', message: 'unexpected', cause });
  expect(asAppError('a string')).toMatchObject({ code: 'unexpected', cause: 'a string' });
  expect(asAppError(undefined).code).toBe('unexpected');
});
