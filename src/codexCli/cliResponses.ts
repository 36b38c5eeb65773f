import type { ProfileUpdate } from '../accounts/account.ts';
import { defined } from '../base/defined.ts';
import { isRecord, readString } from '../base/json.ts';
import { readName } from '../base/plainText.ts';
import { requireNamedEndpoint } from '../oauth/services/namedEndpoint.ts';

/** What the program says about its sign-in, without a token. */
export type CliAccount = { readonly kind: 'none' | 'apiKey' | 'other' } | { readonly kind: 'chatgpt'; readonly profile: ProfileUpdate };

/** Where the person goes to sign in the CLI, and with which code. */
export type CliSignInStep =
  | { readonly kind: 'browser'; readonly url: string }
  | { readonly kind: 'deviceCode'; readonly verificationUri: string; readonly userCode: string };

export function readAccount(response: unknown): CliAccount {
  const account = isRecord(response) ? response['account'] : undefined;
  if (!isRecord(account)) return { kind: 'none' };
  if (account['type'] === 'apiKey') return { kind: 'apiKey' };
  if (account['type'] !== 'chatgpt') return { kind: 'other' };
  const [email, plan, workspaceName] = ['email', 'planType', 'workspaceName'].map(name => readName(account[name]));
  return { kind: 'chatgpt', profile: defined({ email, plan, workspaceName }) };
}

/** @param issuer the service's, whose page is opened: no address of it may lie nearer to this machine */
export function readStep(method: CliSignInStep['kind'], response: unknown, issuer: string): CliSignInStep | undefined {
  if (!isRecord(response)) return undefined;
  if (method === 'browser') {
    const url = pageAddress(response['authUrl'], issuer);
    return url === undefined ? undefined : { kind: 'browser', url };
  }
  const [verificationUri, userCode] = [pageAddress(response['verificationUrl'], issuer), readName(response['userCode'])];
  return verificationUri === undefined || userCode === undefined ? undefined : { kind: 'deviceCode', verificationUri, userCode };
}

function pageAddress(value: unknown, issuer: string): string | undefined {
  try {
    return requireNamedEndpoint(readString(value) ?? '', issuer);
  } catch {
    return undefined;
  }
}
