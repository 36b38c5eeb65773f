/** One window with the real account store on a real disk, at a service that replies as planned, on a clock that anybody may set. */
import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Accounts } from '../../../src/accounts/accounts.ts';
import type { AccountInfo } from '../../../src/accounts/account.ts';
import { AccountStore } from '../../../src/accounts/store/accountStore.ts';
// Loaded here, since loading takes real time, which the clock of a run does not know.
import '../../../src/accounts/store/revokeAndDelete.ts';
import '../../../src/accounts/store/giveBack.ts';
import '../../../src/accounts/store/rotation.ts';
import '../../../src/accounts/store/saveSignIn.ts';
import '../../../src/base/networkFailure.ts';
import '../../../src/backend/workspaceName.ts';
import { SignedInAccounts } from '../../../src/accounts/store/signedInAccounts.ts';
import type { StoredAccount } from '../../../src/accounts/store/storedAccount.ts';
import { Http } from '../../../src/base/http.ts';
import { exchangeCallbackCode } from '../../../src/oauth/authorizationCode.ts';
import { codexService } from '../../../src/oauth/services/codexService.ts';
import { DiskReserve } from '../../../src/storage/diskReserve.ts';
import type { ProcessLock } from '../../../src/storage/processLock.ts';
import { ProcessLocks } from '../../../src/storage/processLock.ts';
import { fetchUsage } from '../../../src/usage/polling/fetchUsage.ts';
import { SealKeys } from '../../../src/vault/sealKeys.ts';
import { Vault } from '../../../src/vault/vault.ts';
import { VaultCache } from '../../../src/vault/vaultCache.ts';
import { MemorySealKeyHistory, SharedSecrets } from '../accounts/store/support/secrets.ts';
import { ManualClock } from '../support/clock.ts';
import { jwt } from '../support/jwt.ts';
import { MemoryLog } from '../support/log.ts';
import { json } from '../support/network.ts';
import type { ClaimsChange, Reply } from './replies.ts';
import { good, responseOf, unsentFailures } from './replies.ts';

const service = codexService({
  issuer: 'https://auth.openai.com',
  clientId: '',
  backendUrl: 'https://chatgpt.com/backend-api',
  originator: 'test/1',
});
const day = 86_400_000;
/** Seconds that an access token lives. */
const tokenLifetime = (10 * day) / 1000;

export type Route = 'exchange' | 'refresh' | 'usage' | 'revoke' | 'names';

/** A request with the reply that it got. */
export interface Exchange {
  readonly route: Route;
  readonly person: number | undefined;
  readonly reply: Reply;
  /** By the service's clock, which nobody sets. */
  readonly at: number;
}

/** Counts disk work that takes real time: no timer ends meanwhile. */
class Work {
  running = 0;

  async of<T>(work: () => Promise<T>): Promise<T> {
    this.running++;
    try {
      return await work();
    } finally {
      this.running--;
    }
  }
}

class CountedReserve extends DiskReserve {
  readonly #work: Work;

  constructor(folder: string, work: Work) {
    super(folder);
    this.#work = work;
  }

  override set(name: string): Promise<void> {
    return this.#work.of(() => super.set(name));
  }

  override free(name: string): Promise<void> {
    return this.#work.of(() => super.free(name));
  }
}

class CountedLocks extends ProcessLocks {
  readonly #work: Work;

  constructor(options: ConstructorParameters<typeof ProcessLocks>[0], work: Work) {
    super(options);
    this.#work = work;
  }

  override tryAcquire(name: string): Promise<ProcessLock | undefined> {
    return this.#work.of(() => super.tryAcquire(name));
  }
}

export class Machine {
  readonly clock = new ManualClock();
  readonly store: AccountStore;
  readonly source: SignedInAccounts;
  readonly accounts: Accounts;
  readonly http: Http;
  readonly log = new MemoryLog();
  /** Every exchange since it was last emptied. */
  exchanges: Exchange[] = [];
  /** The time at the service, which nobody sets. */
  #serviceTime = this.clock.now();
  readonly #parent = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hostile-'));
  readonly #work = new Work();
  readonly #vault: Vault;
  /** Whose each token is. */
  readonly #owners = new Map<string, number>();
  #replies: Reply[] = [];
  #issued = 0;

  constructor() {
    const { clock, log } = this;
    const random = () => 0.5;
    const folder = join(this.#parent, 'storage');
    const locks = new CountedLocks({ folder, clock, random, fileSystemType: () => Promise.resolve(0) }, this.#work);
    const vault = new Vault({ folder, clock, log, random, locks });
    const keys = new SealKeys({ secrets: new SharedSecrets(), history: new MemorySealKeyHistory(), vault, clock, log });
    this.#vault = vault;
    this.http = new Http({ fetch: (url, init) => this.#respond(url, init), clock, log, agent: 'test/1' });
    const cache = new VaultCache({ vault, keys, clock, http: this.http, log });
    const reserve = new CountedReserve(folder, this.#work);
    const none = { otherAccounts: () => Promise.resolve([]), onSignOutGivenUp: () => undefined };
    this.store = new AccountStore({ vault, keys, cache, locks, reserve, http: this.http, clock, random, log, ...none });
    this.source = new SignedInAccounts(this.store, { clock, log, allowedWorkspaces: () => [] });
    this.accounts = new Accounts(log, clock);
    const unused = () => Promise.reject(new Error('No person is here.'));
    this.accounts.register(this.source, { signIn: unused, signOut: unused, confirmAndSignOut: unused, disconnectAll: unused });
  }

  async dispose(): Promise<void> {
    this.#vault.close();
    await rm(this.#parent, { recursive: true, force: true });
  }

  idOf(person: number): string {
    return `user-${person}/workspace-${person}`;
  }

  async stored(person: number): Promise<StoredAccount | undefined> {
    return (await this.store.accounts()).find(({ id }) => id === this.idOf(person));
  }

  async infoOf(person: number): Promise<AccountInfo | undefined> {
    return (await this.source.accounts()).find(({ id }) => id === this.idOf(person));
  }

  async signIn(person: number): Promise<void> {
    const callback = new URL(`http://127.0.0.1:1455/auth/callback?code=of-${person}&state=state`);
    const request = { url: '', redirectUri: 'http://127.0.0.1:1455/auth/callback', state: 'state', verifier: 'v'.repeat(43) };
    const context = { http: this.http, clock: this.clock, correlationId: 'test' };
    const tokens = await exchangeCallbackCode(service, request, callback, context);
    await this.source.saveSignIn(service, tokens, { correlationId: 'test' });
  }

  readUsage(account: AccountInfo): ReturnType<typeof fetchUsage> {
    if (!account.capabilities.usage) throw new Error('This account has usage.');
    const { accounts, http, clock, log } = this;
    return fetchUsage(account, account.capabilities.usage, { accounts, http, clock, log, correlationId: 'test', details: true });
  }

  /** Runs work to its end, with everything that it left to do in the background; timers end when nothing else can go on. */
  async run<T>(replies: readonly Reply[], work: () => Promise<T>): Promise<T> {
    this.#replies = [...replies];
    this.exchanges = [];
    const state = { isDone: false };
    const done = work().finally(async () => {
      await this.store.settled();
      state.isDone = true;
    });
    done.catch(() => undefined);
    for (let turns = 0; !state.isDone; turns++) {
      if (turns > 10_000) throw new Error('the run never ends');
      for (let still = 0; still < 3; still = this.#work.running > 0 ? 0 : still + 1) await setImmediate();
      const next = Math.min(...this.clock.sleeping);
      if (Number.isFinite(next)) this.#pass(next);
    }
    return done;
  }

  wait(ms: number): void {
    this.#pass(ms);
  }

  setClock(by: number): void {
    this.clock.set(this.clock.now() + by);
  }

  #pass(ms: number): void {
    this.#serviceTime += ms;
    this.clock.advance(ms);
  }

  async #respond(url: string, init: RequestInit): Promise<Response> {
    await setImmediate();
    const body = typeof init.body === 'string' ? init.body : '';
    const { route, person, claims } = this.#receive(url, init, body);
    const reply = this.#replies.shift() ?? good;
    this.exchanges.push({ route, person, reply, at: this.#serviceTime });
    switch (reply.kind) {
      case 'good':
        return this.#good(route, person, claims ? reply.claims : 'same');
      case 'cut': {
        const whole = await this.#good(route, person, 'same').text();
        return new Response(whole.slice(0, Math.floor(whole.length * reply.share)), { headers: { 'content-type': 'application/json' } });
      }
      case 'response':
        return responseOf(reply);
      case 'failure':
        throw new TypeError('fetch failed', {
          cause: Object.assign(new Error(reply.code), { code: reply.code, ...syscallOf(reply.code) }),
        });
    }
  }

  #receive(url: string, init: RequestInit, body: string): { route: Route; person: number | undefined; claims?: boolean } {
    if (url === service.endpoints.token) {
      const form = new URLSearchParams(body);
      const refreshToken = form.get('refresh_token');
      if (refreshToken !== null) return { route: 'refresh', person: this.#owners.get(refreshToken), claims: true };
      return { route: 'exchange', person: Number(form.get('code')?.replace('of-', '')) };
    }
    if (url === service.endpoints.revocation)
      return { route: 'revoke', person: this.#owners.get((JSON.parse(body) as { token: string }).token) };
    const bearer = new Headers(init.headers).get('authorization')?.replace('Bearer ', '') ?? '';
    return { route: url.includes('/accounts/check') ? 'names' : 'usage', person: this.#owners.get(bearer) };
  }

  #good(route: Route, person: number | undefined, claims: ClaimsChange): Response {
    const date = new Date(this.#serviceTime).toUTCString();
    if (person === undefined) throw new Error(`Whose token came to ${route}?`);
    switch (route) {
      case 'exchange':
      case 'refresh':
        return json(200, this.#tokens(person, claims), { date });
      case 'usage':
        return json(200, usageOf(person), { date });
      case 'names':
      case 'revoke':
        return json(200, {}, { date });
    }
  }

  #tokens(person: number, claims: ClaimsChange) {
    const number = ++this.#issued;
    const [access, refresh] = [`access-${number}`, `refresh-${number}`];
    for (const token of [access, refresh]) this.#owners.set(token, person);
    const iat = this.#serviceTime / 1000;
    const idToken = jwt({
      iss: service.issuer,
      aud: [service.clientId],
      iat,
      exp: iat + 3600,
      ...claimsOf(person, claims),
    });
    return { access_token: access, refresh_token: refresh, id_token: idToken, expires_in: tokenLifetime, token_type: 'Bearer' };
  }
}

function claimsOf(person: number, change: ClaimsChange): object {
  const sub = `auth0|${person}`;
  const email = `person-${person}@example.com`;
  const [chatgpt_user_id, chatgpt_account_id] = [`user-${person}`, `workspace-${person}`];
  const all = { chatgpt_user_id, chatgpt_account_id, chatgpt_plan_type: 'plus' };
  const auth = 'https://api.openai.com/auth';
  switch (change) {
    case 'same':
      return { sub, email, [auth]: all };
    case 'noAuth':
      return { sub, email };
    case 'noWorkspace':
      return { sub, email, [auth]: { chatgpt_user_id, chatgpt_plan_type: 'plus' } };
    case 'otherNames':
      return { sub, email, [auth]: { user_id: chatgpt_user_id, poid: 'org' } };
    case 'noEmail':
      return { sub, [auth]: all };
    case 'otherPlan':
      return { sub, email: `new-${person}@example.com`, [auth]: { ...all, chatgpt_plan_type: 'a_plan_of_next_year' } };
  }
}

function usageOf(person: number): object {
  const window = { used_percent: 34, limit_window_seconds: 604_800, reset_after_seconds: 1000, reset_at: 1_795_708_800 };
  return {
    account_id: `workspace-${person}`,
    plan_type: 'plus',
    rate_limit: { allowed: true, limit_reached: false, primary_window: window, secondary_window: null },
  };
}

function syscallOf(code: string): object {
  return unsentFailures.has(code) && code === 'ECONNREFUSED' ? { syscall: 'connect' } : {};
}
