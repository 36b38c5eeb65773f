import type { AccountInfo } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { readWorkspace } from '../backend/workspace.ts';
import { Coalescer } from '../base/async.ts';
import type { Clock } from '../base/clock.ts';
import { minute } from '../base/duration.ts';
import type { Event } from '../base/emitter.ts';
import { Emitter } from '../base/emitter.ts';
import type { Http } from '../base/http.ts';
import { isHtml } from '../base/httpResponse.ts';
import { isRecord, parseJson } from '../base/json.ts';
import type { Log } from '../base/log.ts';
import { SharedDatabase } from '../storage/sharedDatabase.ts';
import type { Model } from './catalogue.ts';
import { decodeCatalogue, decodeRouting, keptCatalogue } from './catalogue.ts';
import { ModelError } from './modelError.ts';
import { errorOfResponse } from './response/errors.ts';
import type { Route } from './route.ts';
import { tokenRefusalOf, withToken } from './withToken.ts';

export interface CatalogueStoreOptions {
  readonly folder: string;
  readonly accounts: Pick<Accounts, 'credential'>;
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** An account and the way of its requests. */
export interface CatalogueOwner {
  readonly account: AccountInfo;
  readonly route: Route;
}

interface Catalogue {
  readonly models: readonly Model[];
  /** Where the account's workspace wants its requests to go. */
  readonly routing: string | undefined;
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number;
}

const version = 1;
const schema = 'CREATE TABLE catalogue (hash TEXT PRIMARY KEY, fetched_at REAL NOT NULL, models TEXT NOT NULL) STRICT';
/** A list older than this is refreshed at its next use. */
const longestFresh = 30 * minute;
/** How long a refresh that failed is not tried again by itself. */
const pause = 5 * minute;

/**
 * The models of each account, as the service last listed them: kept for all windows, so that a list is shown without a request. What
 * cannot be stored is remembered.
 */
export class CatalogueStore {
  readonly #options: CatalogueStoreOptions;
  readonly #database: SharedDatabase;
  readonly #known = new Map<string, Catalogue>();
  readonly #running = new Map<string, Coalescer>();
  /** When each account's list was last requested, as `Clock.elapsed` counts. */
  readonly #requestedAt = new Map<string, number>();
  readonly #didChange: Emitter;
  /** A list may have changed. */
  readonly onDidChange: Event<void>;

  constructor(options: CatalogueStoreOptions) {
    this.#options = options;
    this.#database = new SharedDatabase({ name: 'models', schema, version }, options);
    this.#didChange = new Emitter(options.log);
    this.onDidChange = this.#didChange.event;
  }

  /** What is known, without a request: empty for an account that was never asked. Never throws. */
  async models({ hash }: Pick<AccountInfo, 'hash'>): Promise<readonly Model[]> {
    return (await this.#find(hash))?.models ?? [];
  }

  /** Where the account's workspace wants its requests to go. Never throws. */
  async routing({ hash }: Pick<AccountInfo, 'hash'>): Promise<string | undefined> {
    return (await this.#find(hash))?.routing;
  }

  /** Whether the list should be refreshed at its use. */
  async isStale({ hash }: Pick<AccountInfo, 'hash'>): Promise<boolean> {
    const { clock } = this.#options;
    const known = await this.#find(hash);
    const requestedAt = this.#requestedAt.get(hash);
    if (requestedAt !== undefined && clock.elapsed() - requestedAt < pause) return false;
    return known === undefined || Math.abs(clock.now() - known.fetchedAt) > longestFresh;
  }

  /** Asks the service; several requests at a time share one. @throws ModelError, or AppError where no response came */
  refresh(owner: CatalogueOwner, correlationId: string): Promise<void> {
    const { hash } = owner.account;
    this.#requestedAt.set(hash, this.#options.clock.elapsed());
    const running = this.#running.get(hash) ?? new Coalescer(() => this.#refresh(owner, correlationId));
    this.#running.set(hash, running);
    return running.run().finally(() => this.#running.delete(hash));
  }

  /** Reads again what another window may have stored. */
  async reload(): Promise<void> {
    for (const hash of this.#known.keys()) {
      const stored = await this.#read(hash);
      if (!stored || stored.fetchedAt === this.#known.get(hash)?.fetchedAt) continue;
      this.#known.set(hash, stored);
      this.#didChange.fire();
    }
  }

  /** Everything of an account: it was signed out. */
  async forget(hash: string): Promise<void> {
    this.#known.delete(hash);
    this.#requestedAt.delete(hash);
    await this.#database.write(database => {
      database.prepare('DELETE FROM catalogue WHERE hash = ?').run(hash);
    });
  }

  async forgetAll(): Promise<void> {
    this.#known.clear();
    await this.#database.write(database => {
      database.exec('DELETE FROM catalogue');
    });
    await (await this.#database.olderFiles()).delete();
  }

  close(): void {
    this.#database.close();
  }

  async #refresh({ account, route }: CatalogueOwner, correlationId: string): Promise<void> {
    const { accounts, http, clock, log } = this.#options;
    const response = await withToken({ accounts, account, correlationId }, async credential => {
      const headers = route.headers(credential);
      const request = { method: 'GET', headers, originator: route.originator, purpose: 'models', correlationId } as const;
      const reply = await http.send(route.models, request);
      return { reply, refusal: tokenRefusalOf(reply, clock.now()) };
    });
    const [body, isPage] = [parseJson(response.text), isHtml(response)];
    if (response.status !== 200 || isPage) throw errorOfResponse({ status: response.status, body, isPage });
    const models = decodeCatalogue(body);
    if (!models) throw new ModelError('unavailable');
    log.info('models', { flow: correlationId, count: models.length });
    const routing = await this.#readRouting(account, correlationId);
    const fetchedAt = clock.now();
    this.#known.set(account.hash, { models, routing, fetchedAt });
    const workspace = { account_routing_override: routing };
    await this.#write(account.hash, fetchedAt, JSON.stringify({ ...keptCatalogue(body), workspace }));
    this.#didChange.fire();
  }

  /** As it was where the service does not say it now. */
  async #readRouting(account: AccountInfo, correlationId: string): Promise<string | undefined> {
    const { accounts, http } = this.#options;
    const { models: backend } = account.capabilities;
    const { workspaceId } = account.identity;
    if (!backend || workspaceId === undefined) return undefined;
    const { accessToken } = await accounts.credential(account, { correlationId });
    const workspace = await readWorkspace({ url: backend.url, workspaceId, accessToken }, { http, purpose: 'workspace', correlationId });
    return workspace ? decodeRouting(workspace) : this.routing(account);
  }

  async #find(hash: string): Promise<Catalogue | undefined> {
    const known = this.#known.get(hash) ?? (await this.#read(hash));
    if (known) this.#known.set(hash, known);
    return known;
  }

  async #read(hash: string): Promise<Catalogue | undefined> {
    try {
      const row = await this.#database.read(
        database => database.prepare('SELECT fetched_at, models FROM catalogue WHERE hash = ?').get(hash) as Row | undefined,
      );
      const kept = row && parseJson(row.models);
      const models = decodeCatalogue(kept);
      if (!row || !models) return undefined;
      return { models, routing: isRecord(kept) ? decodeRouting(kept['workspace']) : undefined, fetchedAt: row.fetched_at };
    } catch (error) {
      this.#options.log.error('the list of models cannot be read', error);
      return undefined;
    }
  }

  async #write(hash: string, fetchedAt: number, models: string): Promise<void> {
    try {
      await this.#database.write(database => {
        database.prepare('INSERT OR REPLACE INTO catalogue (hash, fetched_at, models) VALUES (?, ?, ?)').run(hash, fetchedAt, models);
      });
    } catch (error) {
      this.#options.log.error('the list of models was not stored', error);
    }
  }
}

interface Row {
  readonly fetched_at: number;
  readonly models: string;
}
