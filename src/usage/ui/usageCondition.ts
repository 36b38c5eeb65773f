import type { ErrorCode } from '../../base/errors.ts';
import { isConfirmed } from '../polling/backoff.ts';
import type { UsageState, UsageView } from '../usageView.ts';
import type { DisplayedAccount } from './displayedAccount.ts';
import type { UsageSettings } from './settings.ts';

/** What status bar and panel say before everything else. */
export type UsageCondition =
  | { readonly kind: 'signedOut' }
  /** The accounts cannot be read. */
  | { readonly kind: 'problem'; readonly code: ErrorCode }
  | {
      readonly kind: 'sessionExpired' | 'workspaceInactive' | 'accountInactive' | 'notAvailable' | 'turnedOff';
      readonly account: DisplayedAccount;
    }
  /** Nothing was ever read. */
  | { readonly kind: 'notLoaded'; readonly account: DisplayedAccount; readonly host: string }
  | LoadedUsage;

export interface LoadedUsage {
  readonly kind: 'loaded';
  readonly account: DisplayedAccount;
  readonly host: string;
  readonly usage: UsageState;
  readonly view: UsageView;
}

export interface ConditionInput {
  readonly account?: DisplayedAccount;
  readonly problem?: ErrorCode;
  readonly usage?: UsageState;
  readonly settings: Pick<UsageSettings, 'isEnabled'>;
}

/** The first that holds. */
export function usageCondition({ account, problem, usage, settings }: ConditionInput): UsageCondition {
  if (!account) return problem === undefined ? { kind: 'signedOut' } : { kind: 'problem', code: problem };
  const failure = usage?.failure;
  if (account.isExpired) return { kind: 'sessionExpired', account };
  if (failure?.kind === 'workspaceInactive' && isConfirmed(failure)) return { kind: 'workspaceInactive', account };
  if (failure?.kind === 'accountInactive') return { kind: 'accountInactive', account };
  const { host } = account;
  if (host === undefined) return { kind: 'notAvailable', account };
  if (!settings.isEnabled) return { kind: 'turnedOff', account };
  const view = usage?.view;
  return usage && view ? { kind: 'loaded', account, host, usage, view } : { kind: 'notLoaded', account, host };
}
