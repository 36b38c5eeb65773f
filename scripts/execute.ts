import { spawn } from 'node:child_process';
import { root } from './root.mjs';

export interface ExecuteOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Keeps the output back and shows it only when the command fails. */
  quiet?: boolean;
}

/** Runs a command to its end with the terminal's own output; answers its exit code. */
export async function execute(command: string, args: readonly string[], options: ExecuteOptions = {}): Promise<number> {
  const kept: Buffer[] = [];
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: ['ignore', options.quiet ? 'pipe' : 'inherit', options.quiet ? 'pipe' : 'inherit'],
      shell: process.platform === 'win32' && !command.endsWith('.exe'),
    });
    child.stdout?.on('data', (data: Buffer) => kept.push(data));
    child.stderr?.on('data', (data: Buffer) => kept.push(data));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code !== 0) process.stdout.write(Buffer.concat(kept));
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** As `execute`, for a step that nothing can follow when it fails. */
export async function mustExecute(command: string, args: readonly string[], options: ExecuteOptions = {}): Promise<void> {
  const code = await execute(command, args, options);
  if (code !== 0) throw new Error(`"${[command, ...args].join(' ')}" ended with code ${code}.`);
}
