import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { ProfileUpdate } from '../accounts/store/accountStore.ts';
import { AppError } from '../base/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { isRecord, readString } from '../base/json.ts';
import { JsonRpc, RpcError } from './jsonRpc.ts';

export interface AppServerOptions {
  /** The program as it is found then, by absolute path; `undefined`: nowhere. */
  readonly executable: () => string | undefined;
  /** Where it is run: never a workspace, whose settings it would read. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How it is told who asks. */
  readonly client: { readonly name: string; readonly title: string; readonly version: string };
  readonly clock: Clock;
  readonly log: Log;
}

/** What the program says of its sign-in, without a token. */
export type CliAccount = { readonly kind: 'none' | 'apiKey' | 'other' } | { readonly kind: 'chatgpt'; readonly naming: ProfileUpdate };

/** Where the person has to go, and with what. */
export type CliSignInStep =
  | { readonly kind: 'browser'; readonly url: string }
  | { readonly kind: 'deviceCode'; readonly verificationUri: string; readonly userCode: string };

const startTimeout = 15_000;
const responseTimeout = 15_000;
/** It refreshes by its own rules, and its own requests have no limit. */
const refreshTimeout = 60_000;
/** A device code lives a quarter of an hour; a browser is waited for no longer. */
const signInTimeout = 16 * 60_000;
const idleTimeout = 30_000;
/** From the end of its input to the end by force. */
const exitTimeout = 2_000;

interface Running {
  readonly child: ChildProcess;
  readonly rpc: JsonRpc;
  readonly ended: Promise<void>;
}

/** `codex app-server`, started when it is asked something and ended when it has not been for half a minute. */
export class AppServer {
  readonly #options: AppServerOptions;
  #running: Promise<Running> | undefined;
  #uses = 0;
  #idle: AbortController | undefined;
  readonly #endings = new Set<Promise<void>>();

  constructor(options: AppServerOptions) {
    this.#options = options;
  }

  /** @throws AppError `codexNotFound`, `codexFailed` */
  account(options: { refresh: boolean }): Promise<CliAccount> {
    return this.#use(async ({ rpc }) => {
      const params = { refreshToken: options.refresh };
      return readAccount(await this.#withTimeout(options.refresh ? refreshTimeout : responseTimeout, rpc.request('account/read', params)));
    });
  }

  /**
   * The access token of a ChatGPT account, renewed by the program where it is about to lapse. For an API key it would be the key
   * that comes, so `account` is asked first.
   * @throws AppError `codexNotFound`, `codexFailed`
   */
  accessToken(): Promise<string | undefined> {
    return this.#use(async ({ rpc }) => {
      const params = { includeToken: true, refreshToken: false };
      const response = await this.#withTimeout(refreshTimeout, rpc.request('getAuthStatus', params));
      return isRecord(response) && response['authMethod'] === 'chatgpt' ? readString(response['authToken']) : undefined;
    });
  }

  /**
   * Lets the program sign in and keep what it gets. Resolves when it has.
   * @throws AppError `codexNotFound`, `codexFailed`, `cancelled`, `timedOut`, `refused`
   */
  signIn(method: CliSignInStep['kind'], options: { show: (step: CliSignInStep) => void; signal: AbortSignal }): Promise<void> {
    return this.#use(async ({ rpc, ended }) => {
      const outcome = Promise.withResolvers<unknown>();
      let loginId: string | undefined;
      // It may be told before the answer that names it.
      const early: unknown[] = [];
      const stop = rpc.onNotification((name, params) => {
        if (name !== 'account/login/completed' || !isRecord(params)) return;
        if (loginId === undefined) early.push(params);
        else if (params['loginId'] === loginId) outcome.resolve(params);
      });
      const cancel = () => {
        outcome.reject(new AppError('cancelled'));
      };
      options.signal.addEventListener('abort', cancel, { once: true });
      outcome.promise.catch(() => undefined);
      try {
        if (options.signal.aborted) throw new AppError('cancelled');
        const type = method === 'browser' ? 'chatgpt' : 'chatgptDeviceCode';
        const begun = await this.#withTimeout(responseTimeout, rpc.request('account/login/start', { type }));
        const step = readStep(method, begun);
        loginId = isRecord(begun) ? readString(begun['loginId']) : undefined;
        if (!step || loginId === undefined) throw new AppError('codexFailed');
        for (const params of early) if (isRecord(params) && params['loginId'] === loginId) outcome.resolve(params);
        options.show(step);
        void ended.then(() => {
          outcome.reject(new AppError('codexFailed'));
        });
        const result = await this.#withTimeout(signInTimeout, outcome.promise, 'timedOut');
        if (!isRecord(result) || result['success'] !== true) throw new AppError('refused');
        loginId = undefined;
      } finally {
        stop();
        options.signal.removeEventListener('abort', cancel);
        // It holds a port and a code until it is told.
        if (loginId !== undefined) await rpc.request('account/login/cancel', { loginId }).catch(() => undefined);
      }
    });
  }

  /**
   * Signs the program out for everybody who uses it, and revokes its session, as `codex logout` does.
   * @throws AppError `codexNotFound`, `codexFailed`
   */
  async signOut(): Promise<void> {
    await this.#use(({ rpc }) => this.#withTimeout(refreshTimeout, rpc.request('account/logout')));
  }

  /** Its next answer is by what it finds then: it goes on with the sign-in that it knows, unless it is signing in itself. */
  async restart(): Promise<void> {
    if (this.#uses === 0) await this.close();
  }

  /** Ends the program, if it runs. What it was asked and has not answered fails. */
  async close(): Promise<void> {
    this.#idle?.abort();
    const running = this.#running;
    this.#running = undefined;
    if (running) this.#end(await running.catch(() => undefined));
    await Promise.all(this.#endings);
  }

  async #use<T>(ask: (running: Running) => Promise<T>): Promise<T> {
    this.#idle?.abort();
    this.#uses++;
    const started = (this.#running ??= this.#start());
    const forget = () => {
      if (this.#running === started) this.#running = undefined;
    };
    try {
      const running = await started;
      void running.ended.then(forget);
      return await ask(running);
    } catch (error) {
      // An answer that is an error is an answer.
      if (error instanceof RpcError) throw new AppError('codexFailed', { cause: error });
      const failure = error instanceof AppError ? error : new AppError('codexFailed', { cause: error });
      if (failure.code === 'codexFailed' || failure.code === 'codexNotFound') {
        forget();
        this.#end(await started.catch(() => undefined));
      }
      throw failure;
    } finally {
      this.#uses--;
      if (this.#uses === 0) this.#endWhenIdle();
    }
  }

  async #start(): Promise<Running> {
    const { executable: find, folder, env, client, log } = this.#options;
    const program = find();
    if (program === undefined) throw new AppError('codexNotFound');
    // Its plug-ins would be fetched at each start, and nothing here asks for them.
    const args = ['app-server', '-c', 'features.plugins=false', '-c', 'features.apps=false'];
    // What it says besides its answers may hold what it should not.
    const child = spawn(program, args, { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
    const rpc = new JsonRpc(child.stdout, child.stdin);
    const ended = new Promise<void>(resolve => {
      const over = (error: Error) => {
        rpc.end(error);
        resolve();
      };
      child.once('error', over);
      child.once('close', () => {
        over(new Error('the program ended'));
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
    // It ends with its input, whatever started it.
    child.stdin?.end();
    const done = new AbortController();
    const late = this.#options.clock.sleep(exitTimeout, done.signal).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    );
    const ending = Promise.race([ended, late.then(() => ended)]).finally(() => {
      done.abort();
      this.#endings.delete(ending);
    });
    this.#endings.add(ending);
  }

  async #withTimeout<T>(ms: number, response: Promise<T>, code: 'codexFailed' | 'timedOut' = 'codexFailed'): Promise<T> {
    const done = new AbortController();
    const late = this.#options.clock.sleep(ms, done.signal).then(() => {
      throw new AppError(code);
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([response, late]);
    } finally {
      done.abort();
    }
  }
}

function readAccount(response: unknown): CliAccount {
  const account = isRecord(response) ? response['account'] : undefined;
  if (!isRecord(account)) return { kind: 'none' };
  if (account['type'] === 'apiKey') return { kind: 'apiKey' };
  if (account['type'] !== 'chatgpt') return { kind: 'other' };
  const [email, plan, workspaceName] = ['email', 'planType', 'workspaceName'].map(name => readString(account[name]));
  return {
    kind: 'chatgpt',
    naming: {
      ...(email === undefined ? {} : { email }),
      ...(plan === undefined ? {} : { plan }),
      ...(workspaceName === undefined ? {} : { workspaceName }),
    },
  };
}

function readStep(method: CliSignInStep['kind'], response: unknown): CliSignInStep | undefined {
  if (!isRecord(response)) return undefined;
  if (method === 'browser') {
    const url = readString(response['authUrl']);
    return url === undefined ? undefined : { kind: 'browser', url };
  }
  const [page, userCode] = [readString(response['verificationUrl']), readString(response['userCode'])];
  return page === undefined || userCode === undefined ? undefined : { kind: 'deviceCode', verificationUri: page, userCode };
}
