import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { execute } from './execute.ts';
import { Refusal } from './refusal.ts';
import { say } from './say.ts';

export type SystemTool = 'chromium' | 'python3' | 'make' | 'g++';

const executables: Record<SystemTool, readonly string[]> = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'],
  python3: ['python3'],
  make: ['make'],
  'g++': ['g++'],
};

/** Makes sure of programs that no npm package brings: as root by apt-get, otherwise by telling the person the command. */
export async function ensureSystemTools(...tools: SystemTool[]): Promise<void> {
  const missing = tools.filter(tool => findSystemTool(tool) === undefined);
  if (missing.length === 0) return;
  const names = missing.join(' ');
  if (process.getuid?.() !== 0 || findExecutable('apt-get') === undefined) {
    throw new Refusal(
      `Missing on this machine: ${names}. Install it and run the task again, on Debian or Ubuntu with: ` +
        `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names}` +
        (missing.includes('chromium') ? ' (or set CHROMIUM to the path of a Chromium or Chrome)' : ''),
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  say(`Installing with apt-get: ${names} …`);
  await execute('apt-get', ['update', '-qq'], { env, quiet: true });
  await execute('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env, quiet: true });
  const still = missing.filter(tool => findSystemTool(tool) === undefined);
  if (still.length > 0) throw new Refusal(`apt-get could not install ${still.join(' ')}. Install it by hand and run the task again.`);
}

/** The path of a program, or undefined. */
export function findSystemTool(tool: SystemTool): string | undefined {
  const named = process.env['CHROMIUM'];
  if (tool === 'chromium' && named) return named;
  for (const name of executables[tool]) {
    const found = findExecutable(name);
    if (found) return found;
  }
  return undefined;
}

export function findExecutable(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const candidate = path.join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      continue;
    }
  }
  return undefined;
}
