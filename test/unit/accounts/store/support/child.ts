/** Programs of this folder as processes of their own, told what to do and heard line by line. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Child {
  /** Tells it what to do next. */
  say(line: string): void;
  /** The next line that it prints. */
  hear(): Promise<string>;
  /** `SIGSTOP`: it keeps every lock that it holds, and does nothing. */
  stop(): void;
  /** `SIGCONT` */
  resume(): void;
  /** `kill -9`; resolves when the process is gone. */
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
  // What is said to a process that is gone is lost.
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
