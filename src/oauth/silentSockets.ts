import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { second } from '../base/duration.ts';

/** A browser that has a request makes it at once; one that connects ahead of time connects again. */
const longestSilence = 2 * second;
const mostSilent = 64;

/** The connections that have made no whole request yet, the oldest first. None keeps a browser out: each goes after a while, or makes room. */
export class SilentSockets {
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #waits = new Map<Socket, AbortController>();

  constructor(clock: Pick<Clock, 'sleep'>) {
    this.#clock = clock;
  }

  add(socket: Socket): void {
    const wait = new AbortController();
    this.#waits.set(socket, wait);
    socket.once('close', () => {
      this.remove(socket);
    });
    this.#clock.sleep(longestSilence, wait.signal).then(
      () => socket.destroy(),
      () => undefined,
    );
    const [oldest] = this.#waits.keys();
    if (this.#waits.size > mostSilent) oldest?.destroy();
  }

  /** The socket has made its request. */
  remove(socket: Socket): void {
    this.#waits.get(socket)?.abort();
    this.#waits.delete(socket);
  }
}
