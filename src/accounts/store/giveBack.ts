/** Which sessions end together at the service, and how tokens that nobody may use are given back without ending one that is kept. */
import type { Http } from '../../base/http.ts';
import { readString } from '../../base/json.ts';
import type { Log } from '../../base/log.ts';
import { revoke } from '../../oauth/revoke.ts';
import { protocolOf, readIdentity } from '../../oauth/services/index.ts';
import { readClaims } from '../../oauth/claims.ts';
import type { Vault } from '../../vault/vault.ts';
import type { AccountInfo } from '../account.ts';
import type { AccountRecords, StoredAccount } from './storedAccount.ts';

/** Tokens that a service issued. Whose they are, they say themselves; an account knows it from earlier tokens too. */
export type Issued = Pick<StoredAccount, 'service' | 'tokens'> & Partial<Pick<StoredAccount, 'identity'>>;

export interface GiveBackParts {
  readonly vault: Vault;
  readonly records: AccountRecords;
  /** The accounts of the same provider that other sources keep. */
  readonly otherAccounts: () => Promise<readonly AccountInfo[]>;
  readonly http: Http;
  readonly log: Log;
}

/** Those of `accounts` whose sessions a revocation of these tokens would end as well. */
export function endingWith(issued: Issued, accounts: readonly StoredAccount[]): StoredAccount[] {
  const { service } = issued;
  if (protocolOf(service).revocation === 'oneSession') return [];
  const ids = personIds(issued);
  return accounts.filter(
    account =>
      account.state !== 'expired' &&
      account.state !== 'signingOut' &&
      account.tokens.refreshToken !== issued.tokens.refreshToken &&
      account.service.issuer === service.issuer &&
      account.service.clientId === service.clientId &&
      mayBeOneOf(ids, personIds(account)),
  );
}

/**
 * Revokes tokens that nobody may use. They are only dropped where that would end a session that is kept, or where this window cannot
 * tell: a session that nobody has the tokens of ends by itself, one that is lost makes a person sign in again.
 */
export async function giveBack(issued: Issued, parts: GiveBackParts & { correlationId: string }): Promise<void> {
  const { log, correlationId } = parts;
  const kept = await reasonToKeep(issued, parts).catch((error: unknown) => {
    log.error('it is not known which sessions a revocation would end', error, { flow: correlationId });
    return 'unknown';
  });
  const outcome = kept ?? (await revoke(issued.service, issued.tokens, parts));
  log.warn('unused tokens are given back', { flow: correlationId, outcome });
}

async function reasonToKeep(issued: Issued, { vault, records, otherAccounts }: GiveBackParts): Promise<string | undefined> {
  const { service, tokens } = issued;
  // A write, because a busy vault, which a read may skip, says nothing of who is signed in.
  const rows = await vault.write(transaction => transaction.rows());
  const accounts = records.open(rows);
  // A commit may have gone through although it failed.
  if (accounts.some(account => account.tokens.refreshToken === tokens.refreshToken)) return 'stored';
  if (protocolOf(service).revocation === 'oneSession') return undefined;
  if (endingWith(issued, accounts).length > 0) return 'shared';
  // Records of another secret store may be this person's.
  if (accounts.length < rows.length) return 'unknown';
  const { host } = new URL(service.issuer);
  const ids = personIds(issued);
  const isElsewhere = (await otherAccounts()).some(
    account =>
      account.host === host &&
      mayBeOneOf(
        ids,
        [account.identity.userId].flatMap(id => id ?? []),
      ),
  );
  return isElsewhere ? 'shared' : undefined;
}

/** Nobody can tell whose tokens are that name no person. */
function mayBeOneOf(ids: readonly string[], others: readonly string[]): boolean {
  return ids.length === 0 || others.some(id => ids.includes(id));
}

/** The ids that tokens name their person by: which of them a token has is up to the service. */
function personIds({ service, tokens, identity }: Issued): string[] {
  const subject = readString(readClaims(tokens.idToken)?.['sub']);
  return [subject, readIdentity(service, tokens.idToken)?.userId, identity?.userId].flatMap(id => id ?? []);
}
