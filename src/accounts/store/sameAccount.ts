/** Whether tokens that came back are of the same account: claims come and go, so only one that has another value says otherwise. */
import { defined } from '../../base/defined.ts';
import { readString } from '../../base/json.ts';
import type { AccountService } from '../../oauth/service.ts';
import { protocolOf, readIdentity } from '../../oauth/services/index.ts';
import type { Identity } from '../../oauth/tokenSet.ts';
import { readClaims } from '../../oauth/claims.ts';
import type { StoredAccount } from './storedAccount.ts';

/** After a refresh, where the refresh token says whose the tokens are: no claim may have another value. */
export function isSameAccount(known: StoredAccount, idToken: string): boolean {
  return !isOtherWorkspace(known, idToken) && comparePerson(known, idToken) !== false;
}

/** After a sign-in, where the id_token alone says whose the tokens are: a claim has to have the same value, and the workspace no other. */
export function isSignInTo(known: StoredAccount, service: AccountService, idToken: string): boolean {
  return known.service.issuer === service.issuer && !isOtherWorkspace(known, idToken) && comparePerson(known, idToken) === true;
}

function isOtherWorkspace({ service, identity }: StoredAccount, idToken: string): boolean {
  const { workspaceId } = protocolOf(service).readIdentity(readClaims(idToken) ?? {}) ?? {};
  return compare(identity.workspaceId, workspaceId) === false;
}

/** `sub` decides where both id_tokens have it (OpenID Connect Core, 12.2), else the user id. `undefined`: they have neither in common. */
function comparePerson(known: StoredAccount, idToken: string): boolean | undefined {
  const protocol = protocolOf(known.service);
  const claims = readClaims(idToken) ?? {};
  const knownSubject = subjectOf(known);
  // An account without a user id is known by its `sub` instead.
  const knownUserId =
    known.identity.userId === knownSubject ? protocol.readUserId(readClaims(known.tokens.idToken) ?? {}) : known.identity.userId;
  return compare(knownSubject, readString(claims['sub'])) ?? compare(knownUserId, protocol.readUserId(claims));
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

/** `undefined` where one of them is missing. */
function compare(known: string | undefined, fresh: string | undefined): boolean | undefined {
  return known === undefined || fresh === undefined ? undefined : known === fresh;
}
