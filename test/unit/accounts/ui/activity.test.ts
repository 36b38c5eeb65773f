import { expect, it } from 'vitest';
import { SignInActivity } from '../../../../src/accounts/ui/activity.ts';

it('the current activity is the latest one that has not ended', () => {
  const activity = new SignInActivity();
  const seen: unknown[] = [];
  activity.onDidChange(() => seen.push(activity.current));
  const endSignIn = activity.begin('signingIn');
  const endSignOut = activity.begin('signingOut');
  endSignIn();
  endSignOut();
  expect(seen).toEqual(['signingIn', 'signingOut', 'signingOut', undefined]);
});

it('two activities of one kind count as two', () => {
  const activity = new SignInActivity();
  const ends = [activity.begin('signingIn'), activity.begin('signingIn')];
  ends[1]?.();
  expect(activity.current).toBe('signingIn');
  ends[0]?.();
  expect(activity.current).toBeUndefined();
});

it('a listener that has stopped hears of no activity', () => {
  const activity = new SignInActivity();
  let heard = 0;
  const stop = activity.onDidChange(() => (heard += 1));
  stop();
  activity.begin('signingIn')();
  expect(heard).toBe(0);
});
