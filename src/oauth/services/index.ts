import type { Dialect } from '../protocol.ts';
import { openAi } from './codex.ts';
import type { AccountService } from '../service.ts';
import { standard } from './oidc.ts';

const dialects: Readonly<Record<AccountService['dialect'], Dialect>> = { openai: openAi, standard };

export function dialectOf(service: AccountService): Dialect {
  return dialects[service.dialect];
}
