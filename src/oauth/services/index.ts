import type { ServiceProtocol } from '../protocol.ts';
import type { AccountService } from '../service.ts';
import type { Identity } from '../tokenSet.ts';
import { readClaims } from '../claims.ts';
import { codex } from './codexProtocol.ts';
import { oidc } from './oidcProtocol.ts';

/** By the word that an account's record keeps. */
const protocols: Readonly<Record<AccountService['dialect'], ServiceProtocol>> = { openai: codex, standard: oidc };

export function protocolOf(service: AccountService): ServiceProtocol {
  return protocols[service.dialect];
}

/** Who a token is about, by its claims; `undefined` where they do not say. Nothing is verified. */
export function readIdentity(service: AccountService, token: string): Identity | undefined {
  const claims = readClaims(token);
  return claims && protocolOf(service).readIdentity(claims);
}
