// Runs the host suite: in VS Code's server, in desktop VS Code with VSCODE_TEST_HOST=desktop or where there is no server, on the oldest server with --floor.
// With --api, only the tests of what VS Code itself does with accounts and sessions, which differs between its versions.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests, TestRunFailedError } from '@vscode/test-electron';
import * as esbuild from 'esbuild';
import { build } from '../../bundle.mjs';
import { ensureCodeServer, floorVersion } from '../../scripts/code-server.ts';
import { inDesktop } from '../../scripts/host-suite.ts';
import { endAll } from '../../scripts/processes.ts';
import { root } from '../../scripts/root.mjs';
import { say } from '../../scripts/say.ts';
import { startSimulator } from '../../scripts/simulator.ts';
import { ensureSystemTools } from '../../scripts/system-tools.ts';
import { unattended } from '../../scripts/workbench/environment.ts';
import { settingsOf, writeSettings } from '../../scripts/workbench/settings.ts';

const onlyApi = process.argv.includes('--api');
const apiTests = ['accountsMenuEntry', 'callers', 'example', 'perAccount', 'registration', 'sessionEvents', 'whichAccount'];

const results = process.env['HOST_TEST_RESULTS'] ?? path.join(root, 'out', 'host-results.json');

async function hostEnvironment(): Promise<Record<string, string>> {
  if (inDesktop) return {};
  await ensureSystemTools('chromium');
  const codeServer = await ensureCodeServer(process.argv.includes('--floor') ? floorVersion : undefined);
  say(`Host suite in VS Code server ${codeServer.version} …`);
  return { HOST_CODE_SERVER: JSON.stringify(codeServer) };
}

async function bundleSuite(): Promise<void> {
  const suite = path.join(root, 'test', 'host', 'suite');
  const isChosen = (file: string) => !onlyApi || apiTests.some(name => file === `${name}.test.ts`);
  const tests = (await readdir(suite)).filter(file => file.endsWith('.test.ts') && isChosen(file));
  await rm(path.join(root, 'out', 'host'), { recursive: true, force: true });
  await esbuild.build({
    entryPoints: ['index.ts', ...tests].map(file => path.join(suite, file)),
    outdir: path.join(root, 'out', 'host'),
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    // Mocha's ES module looks different to `require` in Node 22 and in Node 24; the CommonJS file behind it does not.
    alias: { mocha: 'mocha/lib/mocha.cjs' },
    external: ['vscode', 'mocha/lib/mocha.cjs'],
    sourcemap: 'inline',
    // The simulator's client can start a simulator by its own path; here one runs already.
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'warning',
  });
}

/** A consumer as it would be installed. */
async function bundleConsumer(name: string): Promise<string> {
  const [from, to] = [path.join(root, 'test', 'host', name), path.join(root, 'out', name)];
  await rm(to, { recursive: true, force: true });
  await esbuild.build({
    entryPoints: [path.join(from, 'extension.ts')],
    outfile: path.join(to, 'extension.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external: ['vscode'],
    logLevel: 'warning',
  });
  await copyFile(path.join(from, 'package.json'), path.join(to, 'package.json'));
  return to;
}

const environment = await hostEnvironment();
await build();
await bundleSuite();
const consumers = [await bundleConsumer('consumer'), await bundleConsumer('secondConsumer')];
await mkdir(path.dirname(results), { recursive: true });
await rm(results, { force: true });
const folder = await mkdtemp(path.join(tmpdir(), 'csi-host-'));
const userData = path.join(folder, 'user-data');
const workspace = path.join(folder, 'workspace');
await mkdir(workspace, { recursive: true });
const simulator = await startSimulator();
// By default, the extension would use device codes in the server's extension host.
await writeSettings(userData, {
  ...settingsOf(simulator),
  'chatgptSignIn.signInMethod': 'browser',
});

try {
  await runTests({
    ...(inDesktop ? {} : { vscodeExecutablePath: path.join(root, 'test', 'host', 'launcher.ts') }),
    extensionDevelopmentPath: [root, ...consumers],
    extensionTestsPath: path.join(root, 'out', 'host', 'index.cjs'),
    launchArgs: [workspace, `--user-data-dir=${userData}`, `--extensions-dir=${path.join(folder, 'extensions')}`],
    extensionTestsEnv: {
      ...environment,
      // Desktop VS Code gives its own environment precedence over the one that it is started with.
      ...Object.fromEntries(unattended.map(name => [name, ''])),
      HOST_TEST_RESULTS: results,
      HOST_HOME: folder,
      SIMULATOR: simulator.control,
      SIMULATOR_ISSUER: simulator.issuer,
      SIMULATOR_BACKEND: simulator.backendUrl,
    },
  });
} catch (error) {
  if (!(error instanceof TestRunFailedError)) throw error;
  process.exitCode = error.code ?? 1;
} finally {
  await endAll();
  await rm(folder, { recursive: true, force: true });
}
const { passed, failed } = JSON.parse(await readFile(results, 'utf8').catch(() => '{"passed":0,"failed":1}')) as Record<string, number>;
say(`Host suite: ${passed} passed, ${failed} failed`);
