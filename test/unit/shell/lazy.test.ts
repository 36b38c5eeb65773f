import { expect, it } from 'vitest';
import { Lazy } from '../../../src/shell/lazy.ts';

/** A part, and what happened to it. */
function parts() {
  const seen: string[] = [];
  const part = new Lazy(() => {
    seen.push('loaded');
    return Promise.resolve({ dispose: () => seen.push('disposed') });
  });
  return { seen, part };
}

it('is loaded once, when it is first needed', async () => {
  const { seen, part } = parts();
  expect(seen).toEqual([]);
  const [first, second] = await Promise.all([part.get(), part.get()]);
  expect(second).toBe(first);
  expect(seen).toEqual(['loaded']);
});

it('is disposed of if it was loaded', async () => {
  const { seen, part } = parts();
  await part.get();
  part.dispose();
  await part.get();
  expect(seen).toEqual(['loaded', 'disposed']);
});

it('is not loaded to be disposed of', async () => {
  const { seen, part } = parts();
  part.dispose();
  await Promise.resolve();
  expect(seen).toEqual([]);
});
