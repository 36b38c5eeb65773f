import type { ExtensionContext } from 'vscode';
import { Disposable, window } from 'vscode';
import type { Clock } from '../base/clock.ts';
import type { Event } from '../base/emitter.ts';
import { Emitter } from '../base/emitter.ts';
import type { Log } from '../base/log.ts';
import { watchFolder } from '../storage/watchFolder.ts';

export interface StorageWatchOptions {
  readonly folder: string;
  readonly secrets: ExtensionContext['secrets'];
  readonly clock: Clock;
  readonly log: Log;
}

/** Fires when another window may have changed the folder or a secret, and when this window gets the focus. */
export class StorageWatch {
  readonly #options: StorageWatchOptions;
  readonly #changes: Emitter;
  #watching: Disposable | undefined;

  readonly onDidChange: Event<void>;

  constructor(options: StorageWatchOptions) {
    this.#options = options;
    this.#changes = new Emitter(options.log);
    this.onDidChange = this.#changes.event;
  }

  /** Called once the folder exists. */
  start(): void {
    const { folder, secrets, clock, log } = this.#options;
    const changed = () => {
      this.#changes.fire();
    };
    this.#watching = Disposable.from(
      new Disposable(watchFolder(folder, { clock, log, changed })),
      secrets.onDidChange(changed),
      window.onDidChangeWindowState(({ focused }) => {
        if (focused) changed();
      }),
    );
  }

  dispose(): void {
    this.#watching?.dispose();
  }
}
