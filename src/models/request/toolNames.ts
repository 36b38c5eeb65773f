import { createHash } from 'node:crypto';

const allowed = /^[A-Za-z0-9_-]{1,64}$/;
const longest = 64;
const hashLength = 8;

/** The names of tools as the service takes them, and back: other names are shortened, with a hash that keeps them apart. */
export class ToolNames {
  readonly #original = new Map<string, string>();

  toService(name: string): string {
    const hash = createHash('sha256').update(name).digest('hex').slice(0, hashLength);
    const sent = allowed.test(name) ? name : `${name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, longest - hashLength - 1)}_${hash}`;
    this.#original.set(sent, name);
    return sent;
  }

  fromService(name: string): string {
    return this.#original.get(name) ?? name;
  }
}
