/**
 * Sees every commit, every refresh token that is presented and everything that is handed out, and checks them against the
 * guarantees of the account store. It opens the records with keys of its own and reads the vault through a connection of its
 * own; of the account store it knows only the form of a record.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StoredAccount } from '../../../../../src/accounts/store/storedAccount.ts';
import { fromRow } from '../../../../../src/accounts/store/storedAccount.ts';
import type { SealKey } from '../../../../../src/vault/seal.ts';
import type { VaultRow } from '../../../../../src/vault/vault.ts';
import type { Family, ModelService } from './modelService.ts';
import type { Life, World } from './world.ts';

/** What the window learned of its request; `undefined` is nothing at all, and as good as `unknown`. */
export type RequestOutcome = 'rotated' | 'verdict' | 'unsent' | 'refused' | 'refusedUnknown' | 'refusedWithoutCode' | 'unknown';

/** The history of one refresh token. */
interface Ledger {
  /** The time of each mark that was not taken back. */
  marks: number[];
  /** The process that has marked the token and not yet presented it. */
  markedBy?: Life | undefined;
  last?: { by: Life; heard?: RequestOutcome; heardAt?: number; waitUntil?: number };
  /** The processes that received its successor. */
  readonly receivers: Set<Life>;
  /** The processes that know that its access token was refused. */
  readonly refusedTo: Set<Life>;
  /** The times of the refusals that are no verdict. */
  readonly refusedAt: number[];
  /** Of them, the last ones in a row that nothing explained in the same way. */
  lasting: { readonly heard: RequestOutcome; readonly at: number[] };
  /** The end of the Retry-After, once it is in the vault: the process that received it may die before. */
  waitUntil?: number | undefined;
}

export interface Counts {
  steps: number;
  deaths: number;
  commits: number;
  signIns: number;
  signOuts: number;
  presented: number;
  rotated: number;
  /** Tokens that were presented again while perhaps spent. */
  presentedAgain: number;
  /** Accounts at the end whose session still works. */
  kept: number;
  /** Sessions that the service rotated without a stored response: no window received it, or the one that did died first. */
  lostOnTheWay: number;
  endedByService: number;
  /** Sessions that ended by refusals without a code for a day. */
  endedWithoutCode: number;
  /** Sessions that ended by an unknown code that stayed the same for a day. */
  endedUnknown: number;
  /** Records at the end whose key is in no window's store any more. */
  withoutKey: number;
}

export function noCounts(): Counts {
  return {
    ...{ steps: 0, deaths: 0, commits: 0, signIns: 0, signOuts: 0, presented: 0, rotated: 0, presentedAgain: 0 },
    ...{ kept: 0, lostOnTheWay: 0, endedByService: 0, endedWithoutCode: 0, endedUnknown: 0, withoutKey: 0 },
  };
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

function markedAt({ refreshAttempt }: StoredAccount): number {
  return refreshAttempt?.at ?? 0;
}

/** The records and keys in the vault after one commit. */
interface Snapshot {
  readonly rows: ReadonlyMap<string, StoredAccount>;
  /** The time when each key was last used, by ID. */
  readonly keys: ReadonlyMap<string, number>;
}

export class Watcher {
  readonly violations: string[] = [];
  readonly counts = noCounts();
  /** Every key that was ever given to a store. */
  readonly keys = new Map<string, SealKey>();
  /** Refresh tokens of sign-ins that are being stored. */
  readonly savingSignIns = new Set<string>();
  /** The accounts that each window shows, by their hash. */
  readonly seenBy = new Map<Life, ReadonlyMap<string, StoredAccount>>();
  /** Windows that are signing out all accounts. */
  readonly signingOutAll = new Set<{ readonly life: Life }>();
  /** The number of commits. */
  version = 0;
  /** The version at which the vault was last seen empty. */
  emptyAt = 0;
  readonly #world: World;
  readonly #model: ModelService;
  readonly #folder: string;
  readonly #ledgers = new Map<string, Ledger>();
  readonly #names = new Map<string, string>();
  /** The version since which a sign-in is signed out or replaced, by its ID. */
  readonly #gone = new Map<string, number>();
  readonly #everStored = new Set<string>();
  /** The version at which a sign-in was stored, by its ID, and the sign-in of each session. */
  readonly #storedAt = new Map<string, number>();
  readonly #signInOf = new Map<Family, string>();
  #database: DatabaseSync | undefined;
  #dataVersion: unknown;
  #snapshot: Snapshot = { rows: new Map(), keys: new Map() };

  constructor(options: { world: World; model: ModelService; folder: string }) {
    this.#world = options.world;
    this.#model = options.model;
    this.#folder = options.folder;
  }

  get rows(): readonly StoredAccount[] {
    return [...this.#snapshot.rows.values()];
  }

  get keyIds(): readonly string[] {
    return [...this.#snapshot.keys.keys()];
  }

  /** A short name for a token in the trace. */
  nameOf(token: string): string {
    const name = this.#names.get(token) ?? `#${String(this.#names.size)}`;
    this.#names.set(token, name);
    return name;
  }

  /** The rows in the order in which they were stored: their own order depends on random keys, which no seed decides. */
  inOrder(rows: readonly VaultRow[]): VaultRow[] {
    const order = [...this.#snapshot.rows.keys()];
    return rows.toSorted((a, b) => order.indexOf(a.hash) - order.indexOf(b.hash));
  }

  violate(rule: string): void {
    this.#world.note(`VIOLATED: ${rule}`);
    this.violations.push(rule);
  }

  require(isHeld: boolean, rule: string): void {
    if (!isHeld) this.violate(rule);
  }

  close(): void {
    this.#database?.close();
  }

  // The records in the vault

  /** Sees what was committed since the last time. @param author the process that has committed, if known */
  observe(author?: Life): void {
    const next = this.#read();
    if (!next) return;
    const before = this.#snapshot;
    this.#snapshot = next;
    this.version++;
    this.counts.commits++;
    if (next.rows.size === 0 && next.keys.size === 0) this.emptyAt = this.version;
    for (const [hash, row] of next.rows) {
      const old = before.rows.get(hash);
      this.require(next.keys.has(row.keyId), 'the key of every record is announced');
      if (old?.signInId === row.signInId) this.#checkChange(old, row, author);
      else this.#checkSignIn(old, row);
    }
    for (const [hash, old] of before.rows) if (!next.rows.has(hash)) this.#checkRemoval(old, before, author);
    const labels = [...next.rows.values()].map(({ keyId, label }) => `${keyId} ${label}`);
    this.require(new Set(labels).size === labels.length, 'two accounts never share a label');
  }

  #read(): Snapshot | undefined {
    const path = join(this.#folder, 'vault-1.db');
    if (!this.#database && !existsSync(path)) return undefined;
    try {
      this.#database ??= new DatabaseSync(path, { readOnly: true, timeout: 0 });
      const dataVersion = this.#database.prepare('PRAGMA data_version').get()?.['data_version'];
      if (dataVersion === this.#dataVersion) return undefined;
      const found = this.#database.prepare('SELECT hash, key_id AS keyId, login, generation, state, sealed FROM account').all();
      const keys = this.#database.prepare('SELECT id, shown_at AS shownAt FROM seal_key').all() as { id: string; shownAt: number }[];
      this.#dataVersion = dataVersion;
      const rows = (found as unknown as VaultRow[]).map(row => this.#open(row)).filter(row => row !== undefined);
      return { rows: new Map(rows.map(row => [row.hash, row])), keys: new Map(keys.map(({ id, shownAt }) => [id, shownAt])) };
    } catch {
      // The vault is locked, or not created yet: the next step shows what is committed by then.
      return undefined;
    }
  }

  #open(row: VaultRow): StoredAccount | undefined {
    const key = this.keys.get(row.keyId);
    const account = key && fromRow(key, row);
    if (!account) this.violate('every record can be opened with a key that was given to a store');
    return account;
  }

  #checkSignIn(old: StoredAccount | undefined, row: StoredAccount): void {
    const token = row.tokens.refreshToken;
    this.require(this.savingSignIns.has(token), 'only a sign-in creates a record');
    this.require(row.generation === 1 && row.state === 'ready', 'a sign-in begins at its first generation');
    this.require(!this.#gone.has(row.signInId) && !this.#everStored.has(token), 'a signed-out session never returns to the vault');
    if (old) {
      this.require(old.label === row.label, 'a label never changes');
      if (!this.#gone.has(old.signInId)) this.#gone.set(old.signInId, this.version);
    }
    this.#everStored.add(token);
    this.#storedAt.set(row.signInId, this.version);
    const family = this.#model.issued.get(token)?.family;
    if (family) this.#signInOf.set(family, row.signInId);
    this.counts.signIns++;
  }

  #checkRemoval(old: StoredAccount, before: Snapshot, author: Life | undefined): void {
    const unseen = this.#world.now - (before.keys.get(old.keyId) ?? 0);
    const isByAll = author !== undefined && [...this.signingOutAll].some(({ life }) => life === author);
    this.require(
      old.state === 'signingOut' || isByAll || unseen >= 90 * day,
      'the newest generation stays in the vault until it is signed out',
    );
    if (!this.#gone.has(old.signInId)) this.#gone.set(old.signInId, this.version);
  }

  #checkChange(old: StoredAccount, row: StoredAccount, author: Life | undefined): void {
    this.require(old.label === row.label, 'a label never changes');
    this.require(row.generation >= old.generation, 'the vault never goes back to an older generation');
    if (old.state === 'signingOut') this.require(row.state === 'signingOut', 'a signed-out account never returns to the vault');
    else if (row.state === 'signingOut') this.#checkSignOut(row);
    else if (row.state === 'expired' || row.state === 'accessOnly') this.#checkEnd(old, row, author);
    else if (row.generation !== old.generation) this.#checkRotation(old, row, author);
    else this.#checkMark(old, row, author);
  }

  #checkSignOut(row: StoredAccount): void {
    this.#gone.set(row.signInId, this.version);
    this.counts.signOuts++;
  }

  #checkEnd(old: StoredAccount, row: StoredAccount, author: Life | undefined): void {
    if (old.state === 'expired') {
      this.require(row.state === 'expired', 'a session that is over stays over');
      return;
    }
    const isValid = row.tokens.expiresAt === undefined || row.tokens.expiresAt > this.#world.now;
    if (row.state === 'expired') this.require(!isValid, 'an account goes on by its access token until that expires');
    if (old.state === 'accessOnly') return;
    const { last, lasting } = this.#ledger(old.tokens.refreshToken);
    const isVerdict = last?.heard === 'verdict' && last.by === author;
    const isLasting = last?.heard === lasting.heard && lasting.at.length >= 2 && this.#world.now - (lasting.at[0] ?? 0) >= day;
    this.require(isVerdict || isLasting, 'only the service ends a session');
    const code = isVerdict ? undefined : lasting.heard === 'refusedUnknown' ? 'account_suspended' : '401';
    this.require(row.refusalCode === code, 'an account names what ended its session where that is no final code');
    if (code === '401') this.counts.endedWithoutCode++;
    else if (code !== undefined) this.counts.endedUnknown++;
  }

  #checkRotation(old: StoredAccount, row: StoredAccount, author: Life | undefined): void {
    const token = old.tokens.refreshToken;
    const successor = this.#model.issued.get(token)?.successor?.tokens.refreshToken;
    this.require(row.generation === old.generation + 1, 'generations are counted one by one');
    this.require(row.tokens.refreshToken === successor, 'the next generation has the tokens that the service issued for it');
    this.require(old.state === 'refreshing', 'a token that is replaced was marked');
    this.require(author !== undefined && this.#ledger(token).receivers.has(author), 'the process that received the response stores it');
    this.#everStored.add(row.tokens.refreshToken);
    this.counts.rotated++;
  }

  #checkMark(old: StoredAccount, row: StoredAccount, author: Life | undefined): void {
    const token = row.tokens.refreshToken;
    this.require(old.tokens.refreshToken === token, 'tokens change only with their generation');
    const ledger = this.#ledger(token);
    const [before, after] = [old.refreshAttempt?.times ?? 0, row.refreshAttempt?.times ?? 0];
    this.require((row.state === 'refreshing') === after > 0, 'a record shows whether its token is perhaps spent');
    if (after > before) {
      this.#checkNewMark(old, markedAt(row), ledger, author);
      ledger.marks.push(markedAt(row));
      ledger.markedBy = author;
    } else if (after > 0 && after === before) {
      this.require(markedAt(row) >= markedAt(old), 'a mark is made again only with a later time');
      ledger.marks[ledger.marks.length - 1] = markedAt(row);
    } else if (after < before) {
      const { last } = ledger;
      const { heard, heardAt = 0 } = last ?? {};
      const isUnexplained = heard === 'refusedUnknown' || heard === 'refusedWithoutCode';
      const isRefused = heard === 'refused' || isUnexplained;
      const isUnspent = heard === 'unsent' || isRefused;
      this.require(isUnspent && last?.by === author && !ledger.markedBy, 'a mark is taken back only if the token is known to be unspent');
      ledger.marks.pop();
      ledger.waitUntil = last?.waitUntil;
      if (isRefused) ledger.refusedAt.push(heardAt);
      if (isRefused)
        ledger.lasting = { heard, at: [...(isUnexplained && ledger.lasting.heard === heard ? ledger.lasting.at : []), heardAt] };
    }
  }

  /** Checks when a token may be presented, by the table of what a failed request means. */
  #checkNewMark(row: StoredAccount, at: number, ledger: Ledger, author: Life | undefined): void {
    const { now } = this.#world;
    const { expiresAt, issuedAt, rotatedAt } = row.tokens;
    // The service gives times in whole seconds.
    const isExpiring = expiresAt !== undefined && expiresAt - now <= 5 * minute + second;
    const isRefused = author !== undefined && ledger.refusedTo.has(author);
    const isOld = now - (rotatedAt ?? issuedAt) >= 8 * day - second;
    this.require(isExpiring || isRefused || isOld, 'a token is refreshed only when it is due');
    this.require((ledger.waitUntil ?? 0) <= now + second, 'Retry-After is respected');
    const refusedAt = ledger.refusedAt.at(-1) ?? 0;
    const pause = Math.min(minute * 2 ** (ledger.refusedAt.length - 1), hour);
    this.require(now - refusedAt >= pause, 'a token that was refused is presented after growing pauses, from 60 s on');
    const last = ledger.marks.at(-1);
    if (last === undefined) return;
    this.counts.presentedAgain++;
    this.require(isExpiring || isRefused, 'a token that is perhaps spent is presented only if the access token expires or is refused');
    const distance = Math.min(minute * 2 ** (ledger.marks.length - 1), 6 * hour);
    this.require(at - last >= distance, 'a token that is perhaps spent is presented after growing pauses, from 60 s on');
  }

  // The requests to the service

  /** @returns a function to call with what the window learned, at the moment when it does */
  presented(by: Life, token: string): { heard: (heard: RequestOutcome, waitUntil?: number) => void } {
    this.observe();
    this.counts.presented++;
    const ledger = this.#ledger(token);
    this.require(this.#world.now - (ledger.marks.at(-1) ?? 0) <= second, 'a mark has the time at which its token is presented');
    const successor = this.#model.issued.get(token)?.successor?.tokens.refreshToken;
    const isHeld = [...ledger.receivers].some(({ isAlive }) => isAlive) || (successor !== undefined && this.#everStored.has(successor));
    this.require(!isHeld, 'a token whose response was read is never presented again');
    this.require(ledger.markedBy === by, 'a token is marked before it is presented');
    const row = this.rows.find(({ tokens }) => tokens.refreshToken === token);
    // The lock of an account that has been removed since has a name that the vault no longer holds.
    if (row) this.require(by.locks.has(row.hash), 'a token is presented under its account’s lock');
    ledger.markedBy = undefined;
    ledger.waitUntil = undefined;
    const last: NonNullable<Ledger['last']> = { by };
    ledger.last = last;
    return {
      heard: (heard, waitUntil) => {
        last.heard = heard;
        last.heardAt = this.#world.now;
        if (heard === 'rotated') ledger.receivers.add(by);
        if (waitUntil !== undefined) last.waitUntil = Math.min(waitUntil, this.#world.now + hour);
      },
    };
  }

  /** A service refused this account's access token, and the window knows. */
  refused(to: Life, account: StoredAccount): void {
    this.#ledger(account.tokens.refreshToken).refusedTo.add(to);
  }

  // The accounts that windows show and hand out

  /** @param readVersion the version of the reload that showed it */
  shown(account: StoredAccount, readVersion: number): void {
    const gone = this.#gone.get(account.signInId);
    this.require(gone === undefined || gone > readVersion, 'no window shows a signed-out account after a reload');
  }

  isGone(login: string): boolean {
    return this.#gone.has(login);
  }

  handedOut(account: StoredAccount, seen: StoredAccount | undefined): void {
    this.require(this.#everStored.has(account.tokens.refreshToken), 'tokens are durable before they are handed out');
    const isPast = this.#gone.has(account.signInId) && seen?.signInId !== account.signInId;
    this.require(!isPast, 'no window hands out a token of an account that it has seen signed out');
  }

  /**
   * A window sends a revocation, which may end every session of that person. Those that it shows are kept if they were stored before the
   * revoked one was signed out or replaced: what is stored later may come between its decision and its request.
   */
  revoking(by: Life, token: string): void {
    const family = this.#model.issued.get(token)?.family;
    const gone = this.#gone.get((family && this.#signInOf.get(family)) ?? '');
    if (!family || gone === undefined || [...this.signingOutAll].some(({ life }) => life === by)) return;
    const userOf = ({ person }: Family) => this.#model.people[person]?.userId;
    const endangered = this.rows.filter(({ hash, signInId, state, tokens }) => {
      const other = this.#model.issued.get(tokens.refreshToken)?.family;
      const isKept = state !== 'expired' && state !== 'signingOut' && (this.#storedAt.get(signInId) ?? Infinity) <= gone;
      return isKept && other !== undefined && other !== family && userOf(other) === userOf(family) && this.seenBy.get(by)?.has(hash);
    });
    this.require(endangered.length === 0, 'no window revokes a session with which one ends that it knows to be kept');
  }

  isStored(refreshToken: string): boolean {
    return this.#everStored.has(refreshToken);
  }

  // The records at the end

  /** Whether the service issued a successor that was never stored, and no process lives that received it. */
  isLostOnTheWay(token: string): boolean {
    const successor = this.#model.issued.get(token)?.successor?.tokens.refreshToken;
    if (successor === undefined || this.#everStored.has(successor)) return false;
    return [...this.#ledger(token).receivers].every(({ isAlive }) => !isAlive);
  }

  /** Checks that each account that was not signed out still works, or was lost in the one unavoidable way, or was ended by the service. */
  checkSurvival(): void {
    for (const { state, tokens } of this.rows) {
      const issued = this.#model.issued.get(tokens.refreshToken);
      if (!issued || state === 'signingOut') continue;
      const { isLive, endedBy } = issued.family;
      if (issued.successor) {
        this.require(this.isLostOnTheWay(tokens.refreshToken), 'the newest generation is in the vault');
        this.counts.lostOnTheWay++;
      } else if (!isLive) {
        // What a window revokes is checked when it does: it does not know the records of another secret store.
        this.require(endedBy === 'verdict' || endedBy === 'revocation', 'only the service ends a session that was not signed out');
        this.counts.endedByService++;
      } else if (state !== 'expired') this.counts.kept++;
    }
  }

  #ledger(token: string): Ledger {
    const ledger = this.#ledgers.get(token) ?? {
      marks: [],
      receivers: new Set(),
      refusedTo: new Set(),
      refusedAt: [],
      lasting: { heard: 'refused', at: [] },
    };
    this.#ledgers.set(token, ledger);
    return ledger;
  }
}
