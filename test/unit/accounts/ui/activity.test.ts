import { expect, it } from 'vitest';
import { SignInActivity } from '../../../../src/accounts/ui/activity.ts';

it('tells what began last and has not ended', () => {
  const activity = new SignInActivity();
  const seen: unknown[] = [];
  activity.onDidChange(() => seen.push(activity.current));
  const endSignIn = activity.begin('signingIn');
  const endSignOut = activity.begin('signingOut');
  endSignIn();
  endSignOut();
  expect(seen).toEqual(['signingIn', 'signingOut', 'signingOut', undefined]);
});

it('counts two of a kind as two', () => {
  const activity = new SignInActivity();
  const ends = [activity.begin('signingIn'), activity.begin('signingIn')];
  ends[1]?.();
  expect(activity.current).toBe('signingIn');
  ends[0]?.();
  expect(activity.current).toBeUndefined();
});

it('tells nobody who has stopped listening', () => {
  const activity = new SignInActivity();
  let told = 0;
  const stop = activity.onDidChange(() => (told += 1));
  stop();
  activity.begin('signingIn')();
  expect(told).toBe(0);
});
