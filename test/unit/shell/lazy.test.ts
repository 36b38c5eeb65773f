import { expect, it } from 'vitest';
import { Lazy } from '../../../src/shell/lazy.ts';

/** A lazy part, and a list of what happened to it. */
function parts() {
  const seen: string[] = [];
  const part = new Lazy(() => {
    seen.push('loaded');
    return Promise.resolve({ dispose: () => seen.push('disposed') });
  });
  return { seen, part };
}

it('a Lazy is loaded once, at its first use', async () => {
  const { seen, part } = parts();
  expect(seen).toEqual([]);
  const [first, second] = await Promise.all([part.get(), part.get()]);
  expect(second).toBe(first);
  expect(seen).toEqual(['loaded']);
});

it('a loaded Lazy is disposed of once', async () => {
  const { seen, part } = parts();
  await part.get();
  part.dispose();
  await part.get();
  expect(seen).toEqual(['loaded', 'disposed']);
});

it('a Lazy that was never used is not loaded to be disposed of', async () => {
  const { seen, part } = parts();
  part.dispose();
  await Promise.resolve();
  expect(seen).toEqual([]);
});

it('a Lazy that could not be loaded is loaded at the next use', async () => {
  let loads = 0;
  const part = new Lazy(() =>
    ++loads === 1 ? Promise.reject(new Error('Cannot find module')) : Promise.resolve({ dispose: () => undefined }),
  );
  await expect(part.get()).rejects.toThrow('Cannot find module');
  part.dispose();
  await part.get();
  await part.get();
  expect(loads).toBe(2);
});
