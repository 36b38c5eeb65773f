/** Runs SQL on a database file, line by line, as another process would: `statement.ts <file>`. */
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';

const [path = ''] = process.argv.slice(2);
const database = new DatabaseSync(path, { timeout: 0 });
console.log('ready');
for await (const line of createInterface(process.stdin)) {
  try {
    database.exec(line);
    console.log('done');
  } catch (error) {
    console.log(error instanceof Error ? error.message : 'failed');
  }
}
