import type { AccountState } from '../accounts/store/accountState.ts';
import { accountStates } from '../accounts/store/accountState.ts';
import { dialects } from '../oauth/service.ts';
import { wordOf } from './words.ts';
import type { AccountDiagnostics } from '../accounts/store/signedInAccounts.ts';
import type { ApiKey } from '../apiKeys/apiKey.ts';
import type { ErrorCode } from '../base/errors.ts';
import { codexDefaults } from '../oauth/services/codexClient.ts';
import type { FailureKind } from '../usage/polling/classifyResponse.ts';
import type { UsageState } from '../usage/usageView.ts';
import type { AddressKind } from './proxy.ts';
import { placeOf, usualApi } from './proxy.ts';
import type { LockState } from './storage.ts';

/** An account, numbered in the order of the account menu, without anything that identifies it. */
export interface AccountFacts {
  readonly state: AccountState | 'other';
  readonly service: AccountDiagnostics['dialect'] | 'other';
  readonly place: AddressKind;
  readonly hasWorkspace: boolean;
  readonly generation: number;
  /** Minutes until the access token expires, by this machine's clock; negative once it has. Absent where the service does not say. */
  readonly minutesLeft?: number;
  /** How often the refresh token was presented without a response. */
  readonly unanswered: number;
  readonly lock: LockState;
  readonly usage: UsageFacts;
}

export type UsageFacts =
  'unavailable' | 'notReadYet' | { readonly minutesOld: number } | { readonly failure: FailureKind; readonly code: ErrorCode };

const minute = 60_000;

/** An API key by its number. */
export interface ApiKeyFacts {
  /** The API's verdict at the last check. */
  readonly lastCheck: 'accepted' | 'refused';
  readonly place: AddressKind;
}

export function apiKeyFacts({ isRefused, apiUrl }: Pick<ApiKey, 'isRefused' | 'apiUrl'>): ApiKeyFacts {
  return { lastCheck: isRefused ? 'refused' : 'accepted', place: placeOf(apiUrl, usualApi) };
}

/** @param now milliseconds since the epoch */
export function accountFacts(account: AccountDiagnostics, usage: UsageState | undefined, lock: LockState, now: number): AccountFacts {
  const { state, dialect, issuer, hasWorkspace, hasUsage, generation, unanswered, expiresAt } = account;
  return {
    state: wordOf(accountStates, state) ?? 'other',
    service: wordOf(dialects, dialect) ?? 'other',
    ...{ hasWorkspace, generation, unanswered, lock },
    place: placeOf(issuer, codexDefaults.issuer),
    ...(expiresAt === undefined ? {} : { minutesLeft: Math.floor((expiresAt - now) / minute) }),
    usage: hasUsage ? usageFacts(usage, now) : 'unavailable',
  };
}

function usageFacts(usage: UsageState | undefined, now: number): UsageFacts {
  if (usage?.failure) return { failure: usage.failure.kind, code: usage.failure.code };
  return usage?.view ? { minutesOld: Math.floor((now - usage.view.snapshot.fetchedAt) / minute) } : 'notReadYet';
}
