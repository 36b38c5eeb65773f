import { spawn } from 'node:child_process';
import { Started } from './processes.ts';
import { Refusal } from './refusal.ts';
import { root } from './root.mjs';

export interface ExecuteOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Keeps the output back and shows it only when the command fails. */
  quiet?: boolean;
}

/** Runs a command to its end; answers its exit code. */
export async function execute(command: string, args: readonly string[], options: ExecuteOptions = {}): Promise<number> {
  const { cwd = root, env = process.env, quiet = false } = options;
  if (quiet) {
    const started = new Started(command, args, { cwd, env });
    const code = (await started.ended) ?? 1;
    if (code !== 0) process.stdout.write(started.output);
    return code;
  }
  return await executeInView(command, args, { cwd, env });
}

/** With the terminal's own output. A signal to this process goes on to the command, and ends this process after it. */
async function executeInView(command: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<number> {
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32' && !command.endsWith('.exe'),
    });
    let signalled = false;
    const passOn = (signal: NodeJS.Signals) => {
      signalled = true;
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, passOn);
    child.on('error', reject);
    child.on('close', code => {
      for (const signal of signals) process.off(signal, passOn);
      if (signalled) process.exit(1);
      resolve(code ?? 1);
    });
  });
}

/** As `execute`, for a step that nothing can follow when it fails. */
export async function mustExecute(command: string, args: readonly string[], options: ExecuteOptions = {}): Promise<void> {
  const code = await execute(command, args, options);
  if (code !== 0) throw new Refusal(`"${[command, ...args].join(' ')}" ended with code ${code}.`);
}
