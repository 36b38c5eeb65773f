import { readFile } from 'node:fs/promises';

export interface Tally {
  passed: number;
  failed: number;
}

/** One thing that went well or did not. */
export function one(code: number): Tally {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** What a runner wrote about its tests. No tests, no file, or a bad end without a failed test is a failure too. */
export async function fromFile(file: string, code: number): Promise<Tally> {
  const { passed, failed } = await readCounts(file);
  const broken = passed + failed === 0 || (code !== 0 && failed === 0);
  return { passed, failed: broken ? failed + 1 : failed };
}

async function readCounts(file: string): Promise<Tally> {
  try {
    const counts = JSON.parse(await readFile(file, 'utf8')) as Partial<Record<string, number>>;
    // The first names are those of the host suite, the second ones those of vitest.
    return { passed: counts['passed'] ?? counts['numPassedTests'] ?? 0, failed: counts['failed'] ?? counts['numFailedTests'] ?? 0 };
  } catch {
    return { passed: 0, failed: 0 };
  }
}
