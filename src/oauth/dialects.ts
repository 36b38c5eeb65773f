import type { Dialect } from './dialect.ts';
import { openAi } from './openai.ts';
import type { AccountService } from './service.ts';
import { standard } from './standard.ts';

const dialects: Readonly<Record<AccountService['dialect'], Dialect>> = { openai: openAi, standard };

export function dialectOf(service: AccountService): Dialect {
  return dialects[service.dialect];
}
