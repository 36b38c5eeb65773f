/** One line for the person who watches a task. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
