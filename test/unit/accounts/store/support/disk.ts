import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Every file of a folder with its bytes. Reading a database drops the locks that this process holds on it, so this is
 * for moments when nothing is under way.
 */
export function bytesOf(folder: string): Record<string, Buffer<ArrayBuffer>> {
  return Object.fromEntries(readdirSync(folder).map(name => [name, Buffer.from(readFileSync(join(folder, name)))]));
}
