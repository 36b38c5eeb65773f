import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export interface StartOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Where its output goes; without it, to nowhere except `waitForLine`. */
  logFile?: string;
}

/** A process of ours with everything that it starts in turn: one group, ended as one. */
export class Started {
  readonly ended: Promise<number | null>;
  #child: ChildProcess;
  #name: string;
  #output = '';
  #listeners = new Set<() => void>();

  constructor(command: string, args: readonly string[], options: StartOptions = {}) {
    this.#name = [command, ...args].join(' ');
    this.#child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      detached: process.platform !== 'win32',
      shell: process.platform === 'win32' && !command.endsWith('.exe'),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = options.logFile ? createWriteStream(options.logFile) : undefined;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        log?.write(data);
        this.#output = (this.#output + data.toString()).slice(-20_000);
        for (const listener of this.#listeners) listener();
      });
    }
    this.ended = new Promise(resolve => {
      this.#child.on('close', code => {
        log?.end();
        if (!this.isAlive()) all.delete(this);
        resolve(code);
        for (const listener of this.#listeners) listener();
      });
      this.#child.on('error', error => {
        this.#output += error.message;
        resolve(null);
        for (const listener of this.#listeners) listener();
      });
    });
    all.add(this);
    watchSignals();
  }

  /** The end of what it has printed. */
  get output(): string {
    return this.#output;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The first match in what it prints; refuses when it ends or the time is over before that. */
  async waitFor(pattern: RegExp, seconds = 60): Promise<RegExpExecArray> {
    return await new Promise((resolve, reject) => {
      const stop = (reason?: string) => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        if (reason) reject(new Error(`${this.#name} ${reason}:\n${this.#output}`));
      };
      const look = () => {
        const match = pattern.exec(this.#output);
        if (match) {
          stop();
          resolve(match);
        } else if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) {
          stop('ended before it was ready');
        }
      };
      const timer = setTimeout(() => {
        stop(`was not ready in ${seconds} s`);
      }, seconds * 1000);
      this.#listeners.add(look);
      look();
    });
  }

  /** Ends the whole group, politely at first, and returns when nobody of it is left. */
  async end(): Promise<void> {
    this.signal('SIGTERM');
    for (let waited = 0; this.isAlive() && waited < 5000; waited += 50) await pause(50);
    if (this.isAlive()) this.signal('SIGKILL');
    for (let waited = 0; this.isAlive() && waited < 2000; waited += 50) await pause(50);
    all.delete(this);
  }

  isAlive(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined) return false;
    if (process.platform === 'win32') return exitCode === null && signalCode === null;
    try {
      process.kill(-pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || !this.isAlive()) return;
    if (process.platform === 'win32') {
      spawnSync('taskkill', ['/pid', String(pid), '/T', '/F']);
      return;
    }
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody of the group is left.
    }
  }
}

const all = new Set<Started>();

let ending = false;

/** Whether everything is being ended on purpose. */
export function isEnding(): boolean {
  return ending;
}

/** Ends everything that this process started. */
export async function endAll(): Promise<void> {
  ending = true;
  await Promise.all([...all].map(started => started.end()));
}

let watching = false;
let exitCode = 1;

/** For a task that is ended by a signal as a matter of course. */
export function signalIsSuccess(): void {
  exitCode = 0;
}

/** From the first process on, a signal ends all of them before it ends this one. */
function watchSignals(): void {
  if (watching) return;
  watching = true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      void endAll().then(() => process.exit(exitCode));
    });
  }
  process.on('exit', () => {
    for (const started of all) started.signal('SIGKILL');
  });
}
