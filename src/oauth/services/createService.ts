import type { RequestContext } from '../requestContext.ts';
import type { AccountService } from '../service.ts';
import { codexService } from './codexService.ts';
import { oidcService } from './oidcService.ts';

/** What a person set, for a service to be made from. */
export interface ServiceSettings {
  /** A setting, or its default: the defaults are OpenAI's. */
  readonly get: (name: 'issuer' | 'clientId' | 'backendUrl') => string;
  /** Only what the person set themselves; otherwise empty. */
  readonly explicit: (name: 'issuer' | 'clientId' | 'backendUrl') => string;
  /** Our own name and version. */
  readonly originator: string;
  readonly allowedWorkspaces: readonly string[];
}

type Factory = (settings: ServiceSettings, context: RequestContext) => AccountService | Promise<AccountService>;

/** By the word of the setting `chatgptSignIn.service`. */
const factories = {
  codex: ({ get, originator, allowedWorkspaces }) =>
    codexService({ issuer: get('issuer'), clientId: get('clientId'), backendUrl: get('backendUrl'), originator, allowedWorkspaces }),
  // Only what the person set is meant for another issuer.
  oidc: ({ get, explicit }, context) =>
    oidcService({ issuer: explicit('issuer'), clientId: get('clientId'), backendUrl: explicit('backendUrl') }, context),
} satisfies Record<string, Factory>;

/**
 * The service of this name, made from settings; an unknown name is OpenAI's.
 * @throws AppError `addressInvalid`, `addressNotSecure`, `settingsIncomplete`, or what kept an issuer from being read
 */
export async function createService(name: string, settings: ServiceSettings, context: RequestContext): Promise<AccountService> {
  const factory: Factory = Object.hasOwn(factories, name) ? factories[name as keyof typeof factories] : factories.codex;
  return factory(settings, context);
}
