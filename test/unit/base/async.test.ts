import { describe, expect, it } from 'vitest';
import { BackgroundTasks, Coalescer, untilAborted, withDeadline, withTimeout } from '../../../src/base/async.ts';
import { ManualClock } from '../support/clock.ts';
import { MemoryLog } from '../support/log.ts';

const failure = new Error('a failure of the work');

describe('withTimeout', () => {
  it('withTimeout returns or throws what work in time does, and leaves no timer behind', async () => {
    const clock = new ManualClock();
    await expect(withTimeout(Promise.resolve('done'), { clock, ms: 100 }, () => 'late')).resolves.toBe('done');
    await expect(withTimeout(Promise.reject(failure), { clock, ms: 100 }, () => 'late')).rejects.toBe(failure);
    expect(clock.sleeping).toEqual([]);
  });

  it('withTimeout returns or throws what the timeout callback does once the time has passed, while the work goes on', async () => {
    const clock = new ManualClock();
    const work = Promise.withResolvers<string>();
    const returned = withTimeout(work.promise, { clock, ms: 100 }, () => 'late');
    const thrown = withTimeout(work.promise, { clock, ms: 100 }, () => {
      throw failure;
    });
    clock.advance(100);
    await expect(returned).resolves.toBe('late');
    await expect(thrown).rejects.toBe(failure);
    work.reject(new Error('too late'));
    await expect(work.promise).rejects.toThrow('too late');
  });
});

describe('withDeadline', () => {
  it('withDeadline aborts the signal with its reason once the time has passed', async () => {
    const clock = new ManualClock();
    const run = withDeadline({ clock, ms: 100, reason: failure }, signal => clock.sleep(1_000, signal));
    clock.advance(99);
    await Promise.resolve();
    expect(clock.sleeping).toEqual([100, 1_000]);
    clock.advance(1);
    await expect(run).rejects.toBe(failure);
  });

  it('withDeadline leaves no timer behind when the work succeeds or fails in time', async () => {
    const clock = new ManualClock();
    await expect(withDeadline({ clock, ms: 100 }, () => Promise.resolve('done'))).resolves.toBe('done');
    await expect(withDeadline({ clock, ms: 100 }, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(clock.sleeping).toEqual([]);
  });
});

describe('untilAborted', () => {
  it('untilAborted returns or throws what the work does while nobody aborts', async () => {
    const { signal } = new AbortController();
    await expect(untilAborted(Promise.resolve('done'), signal)).resolves.toBe('done');
    await expect(untilAborted(Promise.reject(failure), signal)).rejects.toBe(failure);
  });

  it('untilAborted throws the reason of an abort before or during the call', async () => {
    const { promise: work } = Promise.withResolvers<string>();
    await expect(untilAborted(work, AbortSignal.abort(failure))).rejects.toBe(failure);
    const controller = new AbortController();
    const waiting = untilAborted(work, controller.signal);
    controller.abort(failure);
    await expect(waiting).rejects.toBe(failure);
  });
});

describe('a coalescer', () => {
  it('a coalescer shares the next run among all calls before it begins, and never has two runs at a time', async () => {
    const runs: PromiseWithResolvers<number>[] = [];
    const coalescer = new Coalescer(() => {
      const run = Promise.withResolvers<number>();
      runs.push(run);
      return run.promise;
    });
    const first = coalescer.run();
    await Promise.resolve();
    const [second, third] = [coalescer.run(), coalescer.run()];
    await Promise.resolve();
    expect(runs).toHaveLength(1);
    runs[0]?.resolve(1);
    await expect(first).resolves.toBe(1);
    await Promise.resolve();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(2);
    await expect(Promise.all([second, third])).resolves.toEqual([2, 2]);
  });

  it('a coalescer runs again after a run that failed', async () => {
    const outcomes = [Promise.reject(failure), Promise.resolve('done')];
    const coalescer = new Coalescer(() => outcomes.shift() ?? Promise.resolve('a run too many'));
    const first = coalescer.run();
    await Promise.resolve();
    const second = coalescer.run();
    await expect(first).rejects.toBe(failure);
    await expect(second).resolves.toBe('done');
  });

  it('a coalescer is settled once its run ends, even with a failure', async () => {
    const work = Promise.withResolvers<never>();
    const coalescer = new Coalescer(() => work.promise);
    let isSettled = false;
    const run = coalescer.run();
    const settled = coalescer.settled().then(() => (isSettled = true));
    await Promise.resolve();
    expect(isSettled).toBe(false);
    work.reject(failure);
    await expect(run).rejects.toBe(failure);
    await settled;
  });
});

describe('background tasks', () => {
  it('background tasks are settled once all have ended, including one that another task added', async () => {
    const tasks = new BackgroundTasks(new MemoryLog());
    const [outer, inner] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const order: string[] = [];
    tasks.add(
      outer.promise.then(() => {
        tasks.add(inner.promise.then(() => order.push('inner')));
      }),
    );
    const settled = tasks.settled().then(() => order.push('settled'));
    outer.resolve(undefined);
    await outer.promise;
    inner.resolve(undefined);
    await settled;
    expect(order).toEqual(['inner', 'settled']);
  });

  it('a background task that fails is logged, and the tasks are settled', async () => {
    const log = new MemoryLog();
    const tasks = new BackgroundTasks(log);
    tasks.add(Promise.reject(failure));
    await tasks.settled();
    expect(log.entries).toEqual([{ level: 'error', step: 'background work failed', fields: {}, error: failure }]);
  });
});
