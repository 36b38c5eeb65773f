// Searches for what must never be left behind: every token, code and state that the simulator issued or received.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { SecretEntry } from '../simulator/contract.ts';

/** The kinds of secret in a text or a file, plain or in base64. */
export function secretsIn(content: string | Buffer, secrets: readonly SecretEntry[]): string[] {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const kinds = secrets.filter(({ value }) => forms(value).some(form => bytes.includes(form))).map(({ kind }) => kind);
  return [...new Set(kinds)];
}

/** The value as it is and in base64, at each offset within the encoded text. */
function forms(value: string): string[] {
  const encoded = [0, 1, 2].map(shift => {
    const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]).toString('base64');
    // The first and the last characters depend on the bytes around the value.
    return text.slice(4, -4);
  });
  // What remains of a short value could be anywhere.
  if (value.length < 16) return [value];
  return [value, ...encoded, ...encoded.map(text => text.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** The files below a folder that contain a secret, each with the kinds; and all files searched, each with its size. */
export async function searchFolder(
  folder: string,
  secrets: readonly SecretEntry[],
): Promise<{ found: string[]; files: Map<string, number> }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, number>();
  const found: string[] = [];
  for (const entry of entries.filter(each => each.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    const content = await readFile(file).catch(goneMeanwhile);
    if (!content) continue;
    const kinds = secretsIn(content, secrets);
    if (kinds.length > 0) found.push(`${path.relative(folder, file)}: ${kinds.join(', ')}`);
    files.set(file, content.length);
  }
  return { found, files };
}

/** Ignores a file that was deleted meanwhile, such as the journal of a database. */
function goneMeanwhile(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** All that a page shows and stores: its document, its webviews, local and session storage, and its databases. */
export async function memoryOf(page: Page): Promise<string> {
  const remembered = await page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => {
          resolve(request.result);
        };
        request.onerror = () => {
          reject(request.error ?? new Error('no database'));
        };
      });
    const text = (value: unknown): string =>
      value instanceof Uint8Array ? new TextDecoder().decode(value) : typeof value === 'string' ? value : JSON.stringify(value);
    const rows: string[] = [localStorage, sessionStorage].flatMap(storage => Object.entries(storage).map(text));
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue;
      const database = await settled(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        for (const row of await settled<unknown[]>(database.transaction(store).objectStore(store).getAll())) rows.push(text(row));
      }
      database.close();
    }
    return rows.join('\n');
  });
  const documents = await Promise.all(page.frames().map(frame => frame.content().catch(() => '')));
  return [...documents, remembered].join('\n');
}
