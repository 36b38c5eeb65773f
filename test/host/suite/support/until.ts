import { setTimeout as pause } from 'node:timers/promises';

/** Polls until `poll` returns something, and returns that. */
export async function until<T>(
  what: string,
  poll: () => T | Promise<T>,
  { seconds = 15 } = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await poll();
    if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<T, undefined | null | false>;
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s without success: ${what}.`);
    await pause(50);
  }
}
