import { describe, expect, it } from 'vitest';
import { UsedUpPlans } from '../../../src/models/usedUpPlans.ts';
import { ManualClock } from '../support/clock.ts';

const minute = 60_000;

describe('a plan that is used up', () => {
  it('is so until its reset, and no other', () => {
    const clock = new ManualClock();
    const plans = new UsedUpPlans(clock);
    const until = clock.now() + 10 * minute;
    plans.note('ada', until);
    expect([plans.find('ada'), plans.find('ben')]).toEqual([{ until }, undefined]);
    clock.advance(10 * minute);
    expect(plans.find('ada')).toBeUndefined();
  });

  it('is so for a minute where the service does not say until when', () => {
    const clock = new ManualClock();
    const plans = new UsedUpPlans(clock);
    plans.note('ada', undefined);
    expect(plans.find('ada')).toEqual({});
    clock.advance(minute);
    expect(plans.find('ada')).toBeUndefined();
  });

  it('may be asked again by a newer reading, or once the clock was put back', () => {
    const clock = new ManualClock();
    const plans = new UsedUpPlans(clock);
    const until = clock.now() + 60 * minute;
    plans.note('ada', until);
    plans.clear('ada', clock.now());
    expect(plans.find('ada')).toEqual({ until });
    plans.clear('ada', clock.now() + 1);
    expect(plans.find('ada')).toBeUndefined();
    plans.note('ada', until);
    clock.set(clock.now() - minute);
    expect(plans.find('ada')).toBeUndefined();
  });
});
