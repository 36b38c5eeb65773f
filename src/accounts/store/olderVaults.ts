import type { OlderFiles } from '../../storage/olderFiles.ts';
import type { SealKeys } from '../../vault/sealKeys.ts';
import type { VaultRow } from '../../vault/vault.ts';
import type { StoredAccount } from './storedAccount.ts';
import { fromRow } from './storedAccount.ts';

/** What is left in vaults that were damaged, of whatever version: where one cannot be read whole, what comes before the damage. */
export async function readOlderVaults(files: OlderFiles, keys: SealKeys) {
  const rows: VaultRow[] = [];
  const keyIds: string[] = [];
  const unreadable = await files.read(database => {
    const accounts = database.prepare('SELECT hash, key_id AS keyId, login, generation, state, sealed FROM account').iterate();
    for (const row of accounts) rows.push(row as unknown as VaultRow);
    for (const key of database.prepare('SELECT id FROM seal_key').iterate()) keyIds.push((key as { id: string }).id);
  });
  const found = await keys.find([...new Set([...keyIds, ...rows.map(({ keyId }) => keyId)])]);
  const accounts: StoredAccount[] = rows.flatMap(row => found.flatMap(key => (key.id === row.keyId ? (fromRow(key, row) ?? []) : [])));
  return { files, rows, keyIds, accounts, unreadable };
}
