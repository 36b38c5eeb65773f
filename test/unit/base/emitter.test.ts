import { expect, it } from 'vitest';
import { Emitter } from '../../../src/base/emitter.ts';
import { MemoryLog } from '../support/log.ts';

it('an emitter calls every listener until it stops listening, as often as it was added', () => {
  const emitter = new Emitter<string>(new MemoryLog());
  const heard: string[] = [];
  const listener = (value: string) => heard.push(value);
  const stops = [emitter.event(listener), emitter.event(listener)];
  emitter.fire('twice');
  stops[0]?.();
  emitter.fire('once');
  stops[1]?.();
  emitter.fire('never');
  expect(heard).toEqual(['twice', 'twice', 'once']);
});

it('an emitter logs a listener that throws, and calls the ones after it', () => {
  const log = new MemoryLog();
  const emitter = new Emitter<number>(log);
  const failure = new Error('a failure of the listener');
  const heard: number[] = [];
  emitter.event(() => {
    throw failure;
  });
  emitter.event(value => heard.push(value));
  emitter.fire(7);
  expect(heard).toEqual([7]);
  expect(log.entries).toEqual([{ level: 'error', step: 'a listener failed', fields: {}, error: failure }]);
});

it('an emitter calls the listeners that it had when it fired, even when one of them stops listening', () => {
  const emitter = new Emitter(new MemoryLog());
  const heard: string[] = [];
  const stop = emitter.event(() => {
    heard.push('first');
    stop();
    emitter.event(() => heard.push('added meanwhile'));
  });
  emitter.event(() => heard.push('second'));
  emitter.fire();
  expect(heard).toEqual(['first', 'second']);
});
