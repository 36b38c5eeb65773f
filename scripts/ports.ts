import { createServer } from 'node:net';

/** The first free port of the preferred ones, else any free one. */
export async function freePort(host: string, ...preferred: number[]): Promise<number> {
  for (const port of preferred) {
    const free = await tryPort(host, port);
    if (free !== undefined) return free;
  }
  const free = await tryPort(host, 0);
  if (free === undefined) throw new Error(`No free port on ${host}.`);
  return free;
}

async function tryPort(host: string, port: number): Promise<number | undefined> {
  return await new Promise(resolve => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' ? address?.port : undefined);
      });
    });
  });
}
