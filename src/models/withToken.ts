/** The token of a request of this room: refreshed once where the service refuses it for its age. */
import type { AccountInfo, Credential } from '../accounts/account.ts';
import { isSameTokenSet } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { HttpResponse } from '../base/http.ts';
import { classifyResponse } from '../usage/polling/classifyResponse.ts';

/** What a service says of a token: that it has expired, or nothing at all, which may mean the same. */
export type TokenRefusal = 'refused' | 'expired';

export interface Sent<T> {
  readonly reply: T;
  readonly refusal?: TokenRefusal | undefined;
}

/** @throws AppError what prevented a token, or what `send` throws */
export async function withToken<T>(
  { accounts, account, correlationId }: { accounts: Pick<Accounts, 'credential'>; account: AccountInfo; correlationId: string },
  send: (credential: Credential) => Promise<Sent<T>>,
): Promise<T> {
  const credential = await accounts.credential(account, { correlationId });
  const { reply, refusal } = await send(credential);
  if (refusal === undefined) return reply;
  const refused = { ...credential.tokenSetId, isExpired: refusal === 'expired' };
  const next = await accounts.credential(account, { correlationId, refused });
  return isSameTokenSet(next.tokenSetId, refused) ? reply : (await send(next)).reply;
}

/** @returns `undefined` where a refresh would not help: another reason was stated, or another request refused */
export function tokenRefusalOf(response: HttpResponse, now: number): TokenRefusal | undefined {
  if (response.status !== 401) return undefined;
  const outcome = classifyResponse(response, now);
  if (outcome.kind !== 'tokenRefused') return undefined;
  return outcome.isExpired ? 'expired' : 'refused';
}
