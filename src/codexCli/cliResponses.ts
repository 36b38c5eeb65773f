import type { ProfileUpdate } from '../accounts/account.ts';
import { defined } from '../base/defined.ts';
import { isRecord, readString } from '../base/json.ts';
import { readName } from '../base/plainText.ts';
import { requireSecureAddress } from '../base/url.ts';

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

export function readStep(method: CliSignInStep['kind'], response: unknown): CliSignInStep | undefined {
  if (!isRecord(response)) return undefined;
  if (method === 'browser') {
    const url = readString(response['authUrl']);
    return url === undefined || secureAddress(url) === undefined ? undefined : { kind: 'browser', url };
  }
  const [address, userCode] = [readString(response['verificationUrl']), readName(response['userCode'])];
  const verificationUri = address === undefined ? undefined : secureAddress(address);
  return verificationUri === undefined || userCode === undefined ? undefined : { kind: 'deviceCode', verificationUri, userCode };
}

function secureAddress(address: string): string | undefined {
  try {
    return requireSecureAddress(address);
  } catch {
    return undefined;
  }
}
