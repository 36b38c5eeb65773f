import type { MenuItem, MenuSection } from '../../accounts/ui/menu.ts';
import { joined, pick } from '../../accounts/ui/menu.ts';
import { hostOf } from '../../base/url.ts';
import { billingTexts } from '../../shell/billingTexts.ts';
import { ignoreShownError } from '../../shell/commands.ts';
import type { ApiKey } from '../apiKey.ts';
import type { ApiKeys } from '../apiKeys.ts';
import type { ApiKeyCommands } from './apiKeyCommands.ts';
import { formatOwner } from './apiKeyCommands.ts';
import { texts } from './texts.ts';

/** A row for each key, which opens its actions. */
export function apiKeysSection(keys: ApiKeys, commands: ApiKeyCommands): MenuSection {
  return {
    title: texts.section(),
    items: async () => (await keys.list()).map(key => ({ ...keyItem(key), run: () => pick(keyActions(key, commands), key.name) })),
    additions: () =>
      Promise.resolve([
        { label: `$(add) ${texts.add()}`, description: billingTexts.apiKey(), run: () => commands.add().catch(ignoreShownError) },
      ]),
  };
}

function keyActions(key: ApiKey, commands: ApiKeyCommands): MenuItem[] {
  return [
    { label: `$(check) ${texts.checkAgain()}`, run: () => commands.check(key).catch(ignoreShownError) },
    { label: `$(replace) ${texts.replace()}`, run: () => commands.replace(key).catch(ignoreShownError) },
    { label: `$(edit) ${texts.rename()}`, run: () => commands.rename(key).catch(ignoreShownError) },
    { label: `$(trash) ${texts.removeItem()}`, run: () => commands.confirmAndRemove(key).catch(ignoreShownError) },
  ];
}

/** Owner beside the name; state, billing and API below, where there is more room. */
function keyItem({ name, owner, isRefused, apiUrl }: ApiKey): MenuItem {
  return {
    label: `$(key) ${name}`,
    description: formatOwner(owner) ?? '',
    detail: joined([isRefused ? texts.invalidItem() : undefined, billingTexts.apiKey(), hostOf(apiUrl)]),
  };
}
