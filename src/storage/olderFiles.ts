import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { explainStorage, openDatabase } from './sqlite.ts';

/** The files of a shared database before the one that counts: each was damaged, and is left where it was until everything is deleted. */
export class OlderFiles {
  readonly #paths: readonly string[];

  constructor(folder: string, name: string) {
    const numbered = new RegExp(`^${name}-(\\d+)\\.db$`);
    const numbers = readdirSync(folder).flatMap(file => numbered.exec(file)?.[1] ?? []);
    const highest = Math.max(...numbers.map(Number));
    this.#paths = numbers.filter(number => Number(number) < highest).map(number => join(folder, `${name}-${number}.db`));
  }

  /** What can still be read. @param read gets each file, and throws where it cannot go on. @returns how many could not be read whole */
  async read(read: (database: DatabaseSync) => void): Promise<number> {
    let unreadable = 0;
    for (const path of this.#paths) {
      let database: DatabaseSync | undefined;
      try {
        database = await openDatabase(path);
        read(database);
      } catch {
        unreadable++;
      } finally {
        database?.close();
      }
    }
    return unreadable;
  }

  /** @throws AppError where one cannot be deleted */
  async delete(): Promise<void> {
    try {
      for (const path of this.#paths) for (const suffix of ['', '-journal']) await rm(`${path}${suffix}`, { force: true });
    } catch (error) {
      throw explainStorage(error);
    }
  }
}
