/** Numbers as the benches print them. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** The nearest rank; `NaN` for an empty list. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

/** Median and ninth decile, e.g. `0.31 ms (90 %: 0.40)`. */
export function ms(numbers: readonly number[]): string {
  return `${median(numbers).toFixed(2)} ms (90 %: ${quantile(numbers, 0.9).toFixed(2)})`;
}

/** Milliseconds that the work takes. */
export async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
