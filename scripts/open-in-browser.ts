import { spawn } from 'node:child_process';

/** Opens an address in the person's browser where there is a display; elsewhere the printed address is enough. */
export function openInBrowser(address: string): void {
  const opener = openerHere();
  if (!opener) return;
  const [command, ...args] = opener;
  spawn(command, [...args, address], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

function openerHere(): [string, ...string[]] | undefined {
  if (process.platform === 'darwin') return ['open'];
  if (process.platform === 'win32') return ['cmd', '/c', 'start', ''];
  return process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'] ? ['xdg-open'] : undefined;
}
