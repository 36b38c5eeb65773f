import { setTimeout as pause } from 'node:timers/promises';

/** Looks again and again until there is something to see, and answers it. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  { seconds = 15 } = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<T, undefined | null | false>;
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s in vain: ${what}.`);
    await pause(50);
  }
}
