import path from 'node:path';
import { Started } from './processes.ts';
import { root } from './root.mjs';

/** The addresses of a running simulator of the sign-in service. */
export interface Simulator {
  issuer: string;
  backendUrl: string;
  apiUrl: string;
  control: string;
  process: Started;
}

export async function startSimulator(options: { port?: number; logFile?: string } = {}): Promise<Simulator> {
  const args = [path.join(root, 'test', 'simulator', 'main.ts'), ...(options.port ? ['--port', String(options.port)] : [])];
  const started = new Started(process.execPath, args, { cwd: root, ...(options.logFile ? { logFile: options.logFile } : {}) });
  const [line] = await started.waitFor(/^\{"issuer".*\}$/m, 30);
  const addresses = JSON.parse(line) as Omit<Simulator, 'process'>;
  return { ...addresses, process: started };
}
