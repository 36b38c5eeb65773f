/** The account service in a test: starts it, controls it, inspects it, and uses it like a person. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { apiMount, plainMount } from './contract.ts';
import type {
  AccountChange,
  ApiKeyIssue,
  ApiKeyState,
  Announcement,
  Counts,
  FaultOrder,
  Mutation,
  RequestEntry,
  ResponseScript,
  SecretEntry,
  SessionEntry,
  Settings,
  SettingsChange,
} from './contract.ts';
import { walkDevice, walkSignIn, type Choice } from './walk.ts';

export type * from './contract.ts';
export type { Choice } from './walk.ts';

export class SimulatorControl {
  readonly issuer: string;
  readonly backendUrl: string;
  readonly apiUrl: string;
  readonly control: string;
  /** The issuer of the OpenID Connect provider, whose client is `test-client`. */
  readonly plainIssuer: string;

  constructor({ issuer, backendUrl, apiUrl, control, plainIssuer }: Announcement) {
    this.issuer = issuer;
    this.backendUrl = backendUrl;
    this.apiUrl = apiUrl;
    this.control = control;
    this.plainIssuer = plainIssuer;
  }

  set(change: SettingsChange): Promise<Settings> {
    return this.#request('set', change);
  }

  async fail(order: FaultOrder): Promise<void> {
    await this.#request('fail', order);
  }

  /** Says what the next model responses are made of. */
  async respond(script: ResponseScript): Promise<void> {
    await this.#request('respond', script);
  }

  /** No reasoning that was given can be read any more, as after a change of the service's keys. */
  async forgetReasoning(): Promise<void> {
    await this.#request('forgetReasoning', {});
  }

  async mutate(mutation: Mutation): Promise<void> {
    await this.#request('mutate', mutation);
  }

  async account(change: AccountChange): Promise<void> {
    await this.#request('account', change);
  }

  /** Issues a key of the API. */
  async issueApiKey(owner: ApiKeyIssue = {}): Promise<string> {
    return (await this.#request<{ secret: string }>('apiKey', owner)).secret;
  }

  async setApiKey(secret: string, is: ApiKeyState): Promise<void> {
    await this.#request('apiKeyState', { secret, is });
  }

  async reset(): Promise<void> {
    await this.#request('reset', {});
  }

  /** Ends all live sessions of the account, or of one workspace, and returns their number. */
  async endSession(account: string, workspace?: string): Promise<number> {
    const { ended } = await this.#request<{ ended: number }>('endSession', { account, ...(workspace === undefined ? {} : { workspace }) });
    return ended;
  }

  /** Ends them, and lets the next usage request hear that the access token has expired: the refresh that follows learns of the end. */
  async expireSession(account: string): Promise<number> {
    await this.fail({ route: 'usage', fault: { status: 401, body: { error: { code: 'token_expired' } } } });
    return this.endSession(account);
  }

  counts(): Promise<Counts> {
    return this.#request('counts');
  }

  requests(): Promise<RequestEntry[]> {
    return this.#request('requests');
  }

  secrets(): Promise<SecretEntry[]> {
    return this.#request('secrets');
  }

  /** The live sessions; with `all` the ended ones too, marked as revoked. */
  sessions({ all = false } = {}): Promise<SessionEntry[]> {
    return this.#request(all ? 'sessions?all=1' : 'sessions');
  }

  /** Goes through the sign-in pages of either service and returns the callback URL, which is not fetched. */
  approve(authorizeUrl: string, choice: Choice): Promise<string> {
    return walkSignIn(authorizeUrl, choice);
  }

  /** Enters the code on the device page (that of Codex, unless `page` is another) and approves or denies; returns the text of the last page. */
  approveDevice(userCode: string, { page = `${this.issuer}/codex/device`, ...choice }: Choice & { page?: string }): Promise<string> {
    return walkDevice(page, userCode, choice);
  }

  async #request<T>(route: string, order?: object): Promise<T> {
    const response = await fetch(`${this.control}/${route}`, order === undefined ? {} : { method: 'POST', body: JSON.stringify(order) });
    if (!response.ok) throw new Error(`control ${route}: ${String(response.status)} ${await response.text()}`);
    return (await response.json()) as T;
  }
}

export interface Simulator extends SimulatorControl {
  readonly pid: number | undefined;
  stop: () => Promise<void>;
}

export interface StartOptions {
  host?: string;
  port?: number;
}

/** Starts the service in its own process; it ends with `stop`, or with the process that started it. */
export async function startSimulator({ host, port }: StartOptions = {}): Promise<Simulator> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const options = [...(host === undefined ? [] : ['--host', host]), ...(port === undefined ? [] : ['--port', String(port)])];
  const child = spawn(process.execPath, [main, '--with-parent', ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), ended.then(() => undefined)]);
  if (!line) throw new Error('the simulator ended before it was ready');
  const simulator = new SimulatorControl(JSON.parse(String(line[0])) as Announcement);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  return Object.assign(simulator, { pid: child.pid, stop });
}

/** Connects to a service that runs already, by the URL of its control routes. */
export function connectSimulator(controlUrl: string): SimulatorControl {
  const issuer = new URL(controlUrl).origin;
  return new SimulatorControl({
    issuer,
    backendUrl: `${issuer}/backend-api`,
    apiUrl: `${issuer}${apiMount}`,
    control: controlUrl,
    plainIssuer: `${issuer}${plainMount}`,
  });
}
