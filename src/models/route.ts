/** Where an account's model requests go, and what they carry besides the token. A kind of account has its own route. */
import type { AccountInfo, Credential } from '../accounts/account.ts';
import { defined } from '../base/defined.ts';
import { catalogueLevel } from './catalogue.ts';

/** What the headers of a model request have besides the account's. */
export interface RequestHeaders {
  readonly conversation: string;
  /** Where the account's workspace wants its requests to go. */
  readonly routing: string | undefined;
}

export interface Route {
  readonly models: string;
  readonly responses: string;
  /** Our name; the user agent has the version. */
  readonly originator: 'chatgpt-sign-in';
  headers(credential: Credential, request?: RequestHeaders): Readonly<Record<string, string>>;
}

/** @returns `undefined` for an account whose service takes no model requests */
export function routeOf({ capabilities: { models } }: AccountInfo): Route | undefined {
  return models && codexRoute(models.url);
}

/** The route of the Codex CLI's plan sessions, measured from that client. */
export function codexRoute(backendUrl: string): Route {
  return {
    models: `${backendUrl}/codex/models?client_version=${catalogueLevel}`,
    responses: `${backendUrl}/codex/responses`,
    originator: 'chatgpt-sign-in',
    headers: ({ accessToken, account: { identity } }, request) => ({
      authorization: `Bearer ${accessToken}`,
      ...defined({
        'chatgpt-account-id': identity.workspaceId,
        'session-id': request?.conversation,
        'x-openai-account-routing-override': request?.routing,
      }),
      ...(identity.fedramp ? { 'x-openai-fedramp': 'true' } : {}),
    }),
  };
}
