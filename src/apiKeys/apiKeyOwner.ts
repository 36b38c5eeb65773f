import { defined } from '../base/defined.ts';
import { readName } from '../base/plainText.ts';

/** The owner of an API key, as far as the API says. */
export interface ApiKeyOwner {
  readonly organization?: string;
  readonly project?: string;
}

export function readOwner({ organization, project }: { readonly [K in keyof ApiKeyOwner]?: unknown }): ApiKeyOwner {
  return defined({ organization: readName(organization), project: readName(project) });
}
