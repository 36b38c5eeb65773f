/** Whether tokens that came back are of the same account: claims come and go, so only one that has another value says otherwise. */
import { defined } from '../../base/defined.ts';
import { readString } from '../../base/json.ts';
import { protocolOf, readIdentity } from '../../oauth/services/index.ts';
import type { Identity } from '../../oauth/tokenSet.ts';
import { readClaims } from '../../oauth/tokenSet.ts';
import type { StoredAccount } from './storedAccount.ts';

/** `sub` decides where both id_tokens have it (OpenID Connect Core, 12.2), else the user id; the workspace has to be the same one, too. */
export function isSameAccount(known: StoredAccount, idToken: string): boolean {
  const protocol = protocolOf(known.service);
  const before = readClaims(known.tokens.idToken) ?? {};
  const claims = readClaims(idToken) ?? {};
  if (differ(known.identity.workspaceId, protocol.readIdentity(claims)?.workspaceId)) return false;
  const knownSubject = subjectOf(known);
  const subject = readString(claims['sub']);
  if (knownSubject !== undefined && subject !== undefined) return knownSubject === subject;
  // An account without a user id is known by its `sub` instead.
  const knownUserId = known.identity.userId === knownSubject ? protocol.readUserId(before) : known.identity.userId;
  return !differ(knownUserId, protocol.readUserId(claims));
}

/** What the account is known by after these tokens: what is missing keeps its value, what is new is learnt, its id stays. */
export function learn(known: StoredAccount, idToken: string): Pick<StoredAccount, 'identity' | 'learnt'> {
  const fresh: Partial<Identity> = readIdentity(known.service, idToken) ?? {};
  const identity = { ...known.identity, ...fresh, userId: known.identity.userId, ...known.reported };
  const isNew = known.identity.workspaceId === undefined || known.learnt?.workspaceId !== undefined;
  const isMissing = readString(readClaims(idToken)?.['sub']) === undefined;
  const learnt = defined({
    workspaceId: isNew ? identity.workspaceId : undefined,
    subject: isMissing ? subjectOf(known) : undefined,
  });
  return { identity, ...(Object.keys(learnt).length > 0 ? { learnt } : {}) };
}

function subjectOf({ tokens, learnt }: StoredAccount): string | undefined {
  return readString(readClaims(tokens.idToken)?.['sub']) ?? learnt?.subject;
}

function differ(known: string | undefined, fresh: string | undefined): boolean {
  return known !== undefined && fresh !== undefined && known !== fresh;
}
