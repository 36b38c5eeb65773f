// A VS Code in the browser with the extension in it and a simulated sign-in service behind it, until Ctrl-C.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ensureCodeServer } from '../code-server.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { withLock } from '../lock.mjs';
import { packageExtension, vsixPath } from '../package.ts';
import { freePort } from '../ports.ts';
import { endAll, isEnding, signalIsSuccess, Started } from '../processes.ts';
import { root } from '../root.mjs';
import { say } from '../say.ts';
import { startSimulator } from '../simulator.ts';
import { attended } from '../workbench/environment.ts';
import { installExtension, trustedLinks } from '../workbench/server.ts';
import { settingsOf, writeSettings } from '../workbench/settings.ts';

signalIsSuccess();

const codeServer = await ensureCodeServer();

// One start at a time: ports are looked for and taken, and the package is built where the other one reads it.
const { address, control, home, ended } = await withLock(path.join(root, '.vscode-test', 'start.lock'), async () => {
  await packageExtension({ quiet: true });
  const port = await freePort('127.0.0.1', 8140, 8141, 8142, 8143);
  const home = path.join(root, '.vscode-test', 'start', String(port));
  const folders = {
    serverData: path.join(home, 'server-data'),
    userData: path.join(home, 'user-data'),
    extensions: path.join(home, 'extensions'),
    workspace: path.join(home, 'workspace'),
  };
  await rm(home, { recursive: true, force: true });
  await mkdir(folders.workspace, { recursive: true });

  say('Starting the simulated sign-in service and VS Code …');
  const [simulator] = await Promise.all([
    freePort('127.0.0.2', 8150, 8151, 8152, 8153).then(free => startSimulator({ port: free, logFile: path.join(home, 'simulator.log') })),
    installExtension(codeServer, folders, vsixPath),
  ]);
  await writeSettings(folders.userData, settingsOf(simulator));
  const config = path.join(home, 'config.yaml');
  await writeFile(config, 'auth: none\ncert: false\n');
  const server = new Started(
    codeServer.node,
    [
      codeServer.outer,
      ...['--config', config, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check'],
      ...['--disable-workspace-trust', '--disable-getting-started-override', ...trustedLinks],
      ...['--user-data-dir', folders.userData, '--extensions-dir', folders.extensions],
      folders.workspace,
    ],
    { env: { ...attended(), EXTENSIONS_GALLERY: '{}' }, logFile: path.join(home, 'server.log') },
  );
  await server.waitFor(/HTTP server listening on/);

  return {
    address: `http://127.0.0.1:${port}/`,
    control: simulator.control,
    home,
    ended: Promise.race([server.ended, simulator.process.ended]),
  };
});

say(`Open ${address} and choose "Sign in" in the Accounts menu or the status bar. Ctrl-C ends it.`);
say(`What the simulated service can play, to test an extension of your own: ${control}`);
openInBrowser(address);

await ended;
if (!isEnding()) {
  say(`A server ended by itself; what it said is in ${path.relative(root, home)}.`);
  await endAll();
  process.exit(1);
}
