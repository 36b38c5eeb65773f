/** Runs OpenAI's Codex CLI as a person does, with no network but the simulator. */

import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { SimulatorControl } from '../../../simulator/client.ts';

/** The executable for this platform, or undefined where its package is not installed. */
export function findCodexCli(): string | undefined {
  const { resolve } = createRequire(import.meta.url);
  try {
    const folder = path.dirname(resolve(`@openai/codex-${process.platform}-${process.arch}/package.json`));
    const name = process.platform === 'win32' ? 'codex.exe' : 'codex';
    return globSync(`vendor/*/bin/${name}`, { cwd: folder })
      .map(found => path.join(folder, found))
      .find(program => existsSync(program));
  } catch {
    return undefined;
  }
}

export interface Sandbox {
  program: string;
  /** A home folder of its own: the CLI keeps its sign-in there and nowhere else. */
  home: string;
  simulator: SimulatorControl;
  /** The proxy for every host but this machine. */
  proxy: string;
}

export function environment({ home, simulator, proxy }: Sandbox): NodeJS.ProcessEnv {
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap(name => [name, name.toLowerCase()]);
  const exempt = [new URL(simulator.issuer).hostname, '127.0.0.1', 'localhost'].join(',');
  return {
    ...Object.fromEntries(proxies.map(name => [name, proxy])),
    NO_PROXY: exempt,
    no_proxy: exempt,
    HOME: home,
    USERPROFILE: home,
    CODEX_HOME: home,
    CODEX_APP_SERVER_LOGIN_ISSUER: simulator.issuer,
    CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${simulator.issuer}/oauth/token`,
    CODEX_REVOKE_TOKEN_URL_OVERRIDE: `${simulator.issuer}/oauth/revoke`,
    ...(process.env['SystemRoot'] === undefined ? {} : { SystemRoot: process.env['SystemRoot'] }),
    // The CLI finds no other executable, such as git.
    PATH: home,
  };
}

function start(sandbox: Sandbox, args: string[]): ChildProcessByStdio<Writable, Readable, Readable> {
  const { simulator } = sandbox;
  const settings = {
    chatgpt_base_url: JSON.stringify(simulator.backendUrl),
    cli_auth_credentials_store: '"file"',
    openai_base_url: JSON.stringify(`${simulator.backendUrl}/codex`),
    check_for_update_on_startup: 'false',
    'analytics.enabled': 'false',
    'features.plugins': 'false',
    'features.apps': 'false',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(sandbox.program, [...args, ...options], { cwd: sandbox.home, env: environment(sandbox), stdio: 'pipe' });
}

export interface Outcome {
  code: number | null;
  output: string;
}

/** Runs a command to its end; `onOutput` gets the whole output so far, each time there is more. */
export async function run(sandbox: Sandbox, args: string[], onOutput?: (output: string) => void): Promise<Outcome> {
  const child = start(sandbox, args);
  child.stdin.end();
  let output = '';
  const read = (part: Buffer): void => {
    output += part.toString();
    onOutput?.(output);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  } finally {
    end(child);
  }
}

/** Signs in with a device code, which is read from the terminal output. */
export async function signInByDevice(sandbox: Sandbox, account: string): Promise<Outcome> {
  const { simulator } = sandbox;
  const approvals: Promise<string>[] = [];
  const outcome = await run(sandbox, ['login', '--device-auth', '--experimental_issuer', simulator.issuer], output => {
    const plain = stripVTControlCharacters(output);
    const page = /^\s*(http\S+)\s*$/m.exec(plain)?.[1];
    const code = /^\s*([A-Z0-9]{4}-[A-Z0-9]{5})\s*$/m.exec(plain)?.[1];
    if (approvals.length > 0 || page === undefined || code === undefined) return;
    const approval = simulator.approveDevice(code, { account, page });
    // Awaited when the CLI has exited.
    approval.catch(() => undefined);
    approvals.push(approval);
  });
  await Promise.all(approvals);
  return outcome;
}

export interface KeptSignIn {
  auth_mode: string;
  tokens: { id_token: string; access_token: string; refresh_token: string; account_id: string };
  last_refresh: string;
}

/** What the CLI stored of its sign-in; undefined: nothing. */
export async function readKept({ home }: Sandbox): Promise<KeptSignIn | undefined> {
  const file = path.join(home, 'auth.json');
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as KeptSignIn) : undefined;
}

interface Message {
  id?: number;
  method?: string;
  result?: unknown;
  error?: { message: string };
  params?: unknown;
}

/** `codex app-server` as an editor uses it: JSON-RPC, one message a line. */
export class AppServer {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<unknown>;
  readonly #seen: Message[] = [];
  #waiting: { fits: (message: Message) => boolean; take: (message: Message) => void }[] = [];
  #id = 0;

  static async start(sandbox: Sandbox): Promise<AppServer> {
    const server = new AppServer(start(sandbox, ['app-server']));
    await server.ask('initialize', {
      clientInfo: { name: 'test', title: 'Test', version: '0.0.1' },
      capabilities: { experimentalApi: true },
    });
    server.#send({ method: 'initialized' });
    return server;
  }

  constructor(child: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.#child = child;
    this.#ended = once(child, 'close');
    child.stderr.resume();
    createInterface(child.stdout).on('line', line => {
      const message = JSON.parse(line) as Message;
      this.#seen.push(message);
      for (const { take } of this.#waiting.filter(({ fits }) => fits(message))) take(message);
      this.#waiting = this.#waiting.filter(({ fits }) => !fits(message));
    });
  }

  /** @throws Error with the message of an error response */
  async ask(method: string, params?: unknown): Promise<unknown> {
    this.#id += 1;
    const id = this.#id;
    const answer = this.#message(message => message.id === id && message.method === undefined);
    this.#send({ id, method, ...(params === undefined ? {} : { params }) });
    const { result, error } = await answer;
    if (error) throw new Error(error.message);
    return result;
  }

  /** The parameters of this notification, which may have arrived already. */
  async notified(method: string): Promise<unknown> {
    return (await this.#message(message => message.method === method)).params;
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    end(this.#child);
    await this.#ended;
  }

  #send(message: object): void {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  async #message(fits: (message: Message) => boolean): Promise<Message> {
    const seen = this.#seen.find(fits);
    if (seen) return seen;
    const ended = this.#ended.then(() => {
      throw new Error('the program ended');
    });
    return Promise.race([new Promise<Message>(take => this.#waiting.push({ fits, take })), ended]);
  }
}

function end(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}
