/** Programs of this folder as processes of their own, which take orders and print lines. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Child {
  /** Sends the next order. */
  say(line: string): void;
  /** The next line that it prints. */
  hear(): Promise<string>;
  /** Sends `SIGSTOP`: the process keeps every lock that it holds, and does nothing. */
  stop(): void;
  /** Sends `SIGCONT`. */
  resume(): void;
  /** Sends `SIGKILL`, and resolves when the process has ended. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function start(program: string, args: readonly string[], { flags = [], env = {} }: ChildOptions = {}): Promise<Child> {
  const path = fileURLToPath(new URL(`../programs/${program}.ts`, import.meta.url));
  const child = spawn(process.execPath, [...flags, path, ...args], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const exit = once(child, 'exit');
  // An order to a process that has ended is lost.
  child.stdin.on('error', () => undefined);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const kill = async () => {
    child.kill('SIGKILL');
    await exit;
  };
  onTestFinished(kill);
  const hear = async () => {
    const line = await lines.next();
    if (line.done) throw new Error(`${program} ended`);
    return line.value;
  };
  if ((await hear()) !== 'ready') throw new Error(`${program} is not ready`);
  return {
    say: line => {
      child.stdin.write(`${line}\n`);
    },
    hear,
    stop: () => {
      child.kill('SIGSTOP');
    },
    resume: () => {
      child.kill('SIGCONT');
    },
    kill,
  };
}
