import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';

/** A file to which another process appends, and whose new content is printed here. */
export class OutputFile {
  readonly file: string;
  #descriptor: number;

  constructor(file: string) {
    this.file = file;
    writeFileSync(file, '');
    this.#descriptor = openSync(file, 'r');
    setInterval(() => {
      this.print();
    }, 200).unref();
    process.on('exit', () => {
      closeSync(this.#descriptor);
    });
  }

  /** Prints what was appended since the last time. */
  print(): void {
    const buffer = Buffer.alloc(64 * 1024);
    for (let read; (read = readSync(this.#descriptor, buffer)) > 0;) process.stdout.write(buffer.subarray(0, read));
  }
}
