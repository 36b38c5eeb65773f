import type { Readable, Writable } from 'node:stream';
import { isRecord } from '../base/json.ts';

/** An answer that is an error. Its text is the program's own, and may hold what it should not: only the number is kept. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;

  constructor(code: number) {
    super(`JSON-RPC error ${String(code)}`);
    this.code = code;
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** More than the longest answer to what we ask; a line without an end must not fill the memory. */
const longestLine = 4_000_000;

/**
 * JSON-RPC as `codex app-server` speaks it: a message a line, without the member `jsonrpc`. Libraries want that member or the
 * headers of the Language Server Protocol, and their reader and writer would have to be replaced by as much as is here.
 */
export class JsonRpc {
  readonly #output: Writable;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(method: string, params: unknown) => void>();
  #lastId = 0;
  #rest = '';
  #end: Error | undefined;

  constructor(input: Readable, output: Writable) {
    this.#output = output;
    input.setEncoding('utf8');
    input.on('data', (part: string) => {
      this.#read(part);
    });
    // The end of the program is told by `end`.
    input.on('error', () => undefined);
    output.on('error', () => undefined);
  }

  /** @returns stops listening */
  onNotification(listener: (method: string, params: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws RpcError, or what the connection ended with */
  request(method: string, params?: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end) {
        reject(this.#end);
        return;
      }
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  notify(method: string): void {
    this.#send({ method });
  }

  /** Nothing is answered any more. */
  end(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #send(message: object): void {
    this.#output.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  #read(part: string): void {
    const lines = (this.#rest + part).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
    if (this.#rest.length > longestLine) this.end(new Error('a line was too long'));
  }

  #take(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      // Not for us: something that the program or its start script said.
      return;
    }
    if (!isRecord(message)) return;
    const { id, method, params, result, error } = message;
    if (typeof method === 'string') {
      // It asks nothing of those who only want an account; what it asks all the same, it need not wait for.
      if (id !== undefined) this.#send({ id, error: { code: -32601, message: 'Method not found' } });
      else for (const listener of [...this.#listeners]) listener(method, params);
      return;
    }
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    if (!waiting) return;
    this.#waiting.delete(Number(id));
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new RpcError(isRecord(error) && typeof error['code'] === 'number' ? error['code'] : 0));
  }
}
