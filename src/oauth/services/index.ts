import type { ServiceProtocol } from '../protocol.ts';
import { codex } from './codex.ts';
import type { AccountService } from '../service.ts';
import { oidc } from './oidc.ts';

const protocols: Readonly<Record<AccountService['dialect'], ServiceProtocol>> = { openai: codex, standard: oidc };

export function protocolOf(service: AccountService): ServiceProtocol {
  return protocols[service.dialect];
}
