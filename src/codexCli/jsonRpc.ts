import type { Readable, Writable } from 'node:stream';
import type { Event } from '../base/emitter.ts';
import { Emitter } from '../base/emitter.ts';
import { isRecord, parseJson } from '../base/json.ts';
import type { Log } from '../base/log.ts';

/** An error response. Only its code is kept: the program's text may hold a secret. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;

  constructor(code: number) {
    super(`JSON-RPC error ${String(code)}`);
    this.code = code;
  }
}

export interface RpcNotification {
  readonly method: string;
  readonly params: unknown;
}

interface PendingRequest {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** More than the longest response; a line without an end must not fill the memory. */
const longestLine = 4_000_000;

/**
 * JSON-RPC as `codex app-server` speaks it: a message a line, without the member `jsonrpc`. Libraries require that member or the
 * headers of the Language Server Protocol; to replace their readers and writers would take as much code as this.
 */
export class JsonRpc {
  readonly #output: Writable;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #notified: Emitter<RpcNotification>;
  readonly onNotification: Event<RpcNotification>;
  #lastId = 0;
  #rest = '';
  #end: Error | undefined;

  constructor(input: Readable, output: Writable, log: Log) {
    this.#output = output;
    this.#notified = new Emitter(log);
    this.onNotification = this.#notified.event;
    input.setEncoding('utf8');
    input.on('data', (part: string) => {
      this.#read(part);
    });
    // `AppServer` calls `end` when the program ends.
    input.on('error', () => undefined);
    output.on('error', () => undefined);
  }

  /** @throws RpcError, or what the connection ended with */
  request(method: string, params?: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end) {
        reject(this.#end);
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  notify(method: string): void {
    this.#send({ method });
  }

  /** Rejects what is pending and what is requested later. */
  end(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #send(message: object): void {
    this.#output.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  #read(part: string): void {
    const lines = (this.#rest + part).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#receive(line);
    if (this.#rest.length > longestLine) this.end(new Error('a line was too long'));
  }

  #receive(line: string): void {
    const message = parseJson(line);
    // Something else that the program or its start script wrote.
    if (!isRecord(message)) return;
    const { id, method, params, result, error } = message;
    if (typeof method === 'string') {
      // The program has no request for a client that only wants an account; one that comes all the same gets an error at once.
      if (id !== undefined) this.#send({ id, error: { code: -32601, message: 'Method not found' } });
      else this.#notified.fire({ method, params });
      return;
    }
    const pending = typeof id === 'number' ? this.#pending.get(id) : undefined;
    if (!pending) return;
    this.#pending.delete(Number(id));
    if (error === undefined) pending.resolve(result);
    else pending.reject(new RpcError(isRecord(error) && typeof error['code'] === 'number' ? error['code'] : 0));
  }
}
