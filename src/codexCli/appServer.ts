import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { untilAborted, withTimeout } from '../base/async.ts';
import type { Clock } from '../base/clock.ts';
import { minute, second } from '../base/duration.ts';
import { AppError } from '../base/errors.ts';
import { isRecord, readString } from '../base/json.ts';
import type { Log } from '../base/log.ts';
import type { CliAccount, CliSignInStep } from './cliResponses.ts';
import { readAccount, readStep } from './cliResponses.ts';
import type { Executable } from './executable.ts';
import { JsonRpc, RpcError } from './jsonRpc.ts';

export interface AppServerOptions {
  /** How the CLI is started at that moment. @throws AppError where it cannot be */
  readonly executable: () => Pick<Executable, 'file' | 'args' | 'env'>;
  /** Its working folder: never a workspace, whose settings the program would read. */
  readonly folder: string;
  /** How this extension introduces itself. */
  readonly client: { readonly name: string; readonly title: string; readonly version: string };
  readonly clock: Clock;
  readonly log: Log;
}

export interface CliSignInOptions {
  /** The service that the program signs in to. */
  readonly issuer: string;
  readonly show: (step: CliSignInStep) => void;
  readonly signal: AbortSignal;
}

const startTimeout = 15 * second;
const responseTimeout = 15 * second;
/** The program refreshes by its own rules, and its own requests have no timeout. */
const refreshTimeout = minute;
/** A device code is valid for a quarter of an hour; a browser gets no longer. */
const signInTimeout = 16 * minute;
const idleTimeout = 30 * second;
/** From the end of the program's input until it is killed. */
const exitTimeout = 2 * second;

interface Running {
  readonly child: ChildProcess;
  readonly rpc: JsonRpc;
  readonly ended: Promise<void>;
}

/** `codex app-server`: started for the first request, and ended after half a minute without one. */
export class AppServer {
  readonly #options: AppServerOptions;
  #running: Promise<Running> | undefined;
  #uses = 0;
  #idle: AbortController | undefined;
  readonly #endings = new Set<Promise<void>>();

  constructor(options: AppServerOptions) {
    this.#options = options;
  }

  /** @throws AppError `codexFailed`, or what keeps the program from being started */
  account(options: { refresh: boolean }): Promise<CliAccount> {
    return this.#use(async ({ rpc }) => {
      const params = { refreshToken: options.refresh };
      return readAccount(await this.#withTimeout(options.refresh ? refreshTimeout : responseTimeout, rpc.request('account/read', params)));
    });
  }

  /**
   * The access token of a ChatGPT account; the program refreshes one that is about to expire. With an API key the program would return
   * the key, so the caller asks `account` first.
   * @throws AppError `codexFailed`, or what keeps the program from being started
   */
  accessToken(): Promise<string | undefined> {
    return this.#use(async ({ rpc }) => {
      const params = { includeToken: true, refreshToken: false };
      const response = await this.#withTimeout(refreshTimeout, rpc.request('getAuthStatus', params));
      return isRecord(response) && response['authMethod'] === 'chatgpt' ? readString(response['authToken']) : undefined;
    });
  }

  /**
   * Lets the program sign in and keep its session. Resolves when it is signed in.
   * @throws AppError `codexFailed`, `cancelled`, `timedOut`, `refused`, or what keeps the program from being started
   */
  signIn(method: CliSignInStep['kind'], options: CliSignInOptions): Promise<void> {
    return this.#use(async ({ rpc, ended }) => {
      const outcome = Promise.withResolvers<unknown>();
      let loginId: string | undefined;
      // The notification may come before the response that has its id.
      const early: unknown[] = [];
      const stop = rpc.onNotification(({ method: name, params }) => {
        if (name !== 'account/login/completed' || !isRecord(params)) return;
        if (loginId === undefined) early.push(params);
        else if (params['loginId'] === loginId) outcome.resolve(params);
      });
      outcome.promise.catch(() => undefined);
      try {
        if (options.signal.aborted) throw new AppError('cancelled');
        const type = method === 'browser' ? 'chatgpt' : 'chatgptDeviceCode';
        const begun = await this.#withTimeout(responseTimeout, rpc.request('account/login/start', { type }));
        const step = readStep(method, begun, options.issuer);
        loginId = isRecord(begun) ? readString(begun['loginId']) : undefined;
        if (!step || loginId === undefined) throw new AppError('codexFailed');
        for (const params of early) if (isRecord(params) && params['loginId'] === loginId) outcome.resolve(params);
        options.show(step);
        void ended.then(() => {
          outcome.reject(new AppError('codexFailed'));
        });
        const result = await this.#withTimeout(signInTimeout, untilAborted(outcome.promise, options.signal), 'timedOut');
        if (!isRecord(result) || result['success'] !== true) throw new AppError('refused');
        loginId = undefined;
      } catch (error) {
        throw error === options.signal.reason ? new AppError('cancelled', { cause: error }) : error;
      } finally {
        stop();
        // Until it is cancelled, the program holds a port and a code.
        if (loginId !== undefined) await rpc.request('account/login/cancel', { loginId }).catch(() => undefined);
      }
    });
  }

  /**
   * Signs the program out for everybody who uses it, and revokes its session, as `codex logout` does.
   * @throws AppError `codexFailed`, or what keeps the program from being started
   */
  async signOut(): Promise<void> {
    await this.#use(({ rpc }) => this.#withTimeout(refreshTimeout, rpc.request('account/logout')));
  }

  /** Makes the program read its session anew: a running one goes by the session that it knows. Not while a request is under way. */
  async restart(): Promise<void> {
    if (this.#uses === 0) await this.close();
  }

  /** Ends the program, if it runs. Pending requests fail. */
  async close(): Promise<void> {
    this.#idle?.abort();
    const running = this.#running;
    this.#running = undefined;
    if (running) this.#end(await running.catch(() => undefined));
    await Promise.all(this.#endings);
  }

  async #use<T>(request: (running: Running) => Promise<T>): Promise<T> {
    this.#idle?.abort();
    this.#uses++;
    const started = (this.#running ??= this.#start());
    const forget = () => {
      if (this.#running === started) this.#running = undefined;
    };
    let running: Running | undefined;
    try {
      running = await started;
      void running.ended.then(forget);
      return await request(running);
    } catch (error) {
      // An error response shows that the program works.
      if (error instanceof RpcError) throw new AppError('codexFailed', { cause: error });
      const failure = error instanceof AppError ? error : new AppError('codexFailed', { cause: error });
      if (!running || failure.code === 'codexFailed') {
        forget();
        this.#end(running);
      }
      throw failure;
    } finally {
      this.#uses--;
      if (this.#uses === 0) this.#endWhenIdle();
    }
  }

  async #start(): Promise<Running> {
    const { folder, client, log } = this.#options;
    const { file, args: script, env } = this.#options.executable();
    // Plug-ins are downloaded at each start, and nothing here needs them.
    const args = [...script, 'app-server', '-c', 'features.plugins=false', '-c', 'features.apps=false'];
    // Its error output is ignored: it may hold secrets.
    const child = spawn(file, args, { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
    const rpc = new JsonRpc(child.stdout, child.stdin, log);
    const ended = new Promise<void>(resolve => {
      const end = (error: Error) => {
        rpc.end(error);
        resolve();
      };
      child.once('error', end);
      child.once('close', () => {
        end(new Error('the program ended'));
      });
    });
    const running = { child, rpc, ended };
    try {
      await this.#withTimeout(startTimeout, rpc.request('initialize', { clientInfo: client }));
    } catch (error) {
      this.#end(running);
      throw error;
    }
    rpc.notify('initialized');
    log.info('codex app-server started');
    return running;
  }

  #endWhenIdle(): void {
    const idle = new AbortController();
    this.#idle = idle;
    void this.#options.clock.sleep(idleTimeout, idle.signal).then(
      () => this.close(),
      () => undefined,
    );
  }

  #end(running: Running | undefined): void {
    if (!running) return;
    const { child, ended } = running;
    // The program ends with its input, also where a script has started it.
    child.stdin?.end();
    const ending = withTimeout(ended, { clock: this.#options.clock, ms: exitTimeout }, () => {
      child.kill('SIGKILL');
      return ended;
    }).finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
  }

  #withTimeout<T>(ms: number, response: Promise<T>, code: 'codexFailed' | 'timedOut' = 'codexFailed'): Promise<T> {
    return withTimeout(response, { clock: this.#options.clock, ms }, () => {
      throw new AppError(code);
    });
  }
}
