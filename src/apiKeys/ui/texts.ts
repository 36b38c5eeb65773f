import { l10n } from 'vscode';
import type { ApiKeyLimit } from '../checkApiKey.ts';

export const texts = {
  // The dialogue
  addTitle: () => l10n.t('Add API Key'),
  replaceTitle: (name: string) => l10n.t('Replace “{0}”', name),
  renameTitle: (name: string) => l10n.t('Rename “{0}”', name),
  keyPrompt: (host: string) => l10n.t('Paste the key. It is checked at {0}, kept sealed on this machine, and shown nowhere.', host),
  keyPlaceholder: () => l10n.t('API key'),
  keyEmpty: () => l10n.t('Paste a key, or press Escape to leave.'),
  malformed: () => l10n.t('This does not look like a key: it is too short, or holds a space or a letter that no key has.'),
  alreadyAdded: (name: string) => l10n.t('This key is here already, as “{0}”.', name),
  checking: () => l10n.t('Checking the key…'),
  namePrompt: () => l10n.t('A name for this key, by which VS Code and other extensions show it'),
  nameEmpty: () => l10n.t('The key needs a name.'),
  nameTaken: () => l10n.t('Another key has this name.'),
  defaultName: () => l10n.t('API key'),
  removeTitle: () => l10n.t('Remove API Key'),
  chooseToRemove: () => l10n.t('Which API key should be removed?'),
  noKeys: () => l10n.t('There is no API key here.'),
  addHere: () => l10n.t('Add Here'),
  confirmRemove: (name: string) => l10n.t('Remove the API key “{0}”?', name),
  confirmRemoveDetail: () =>
    l10n.t(
      'It is deleted from this machine, in every window, and extensions that use it lose access. At the API it stays good until it is revoked there.',
    ),
  remove: () => l10n.t('Remove'),

  // What became of it
  added: (name: string) => l10n.t('“{0}” was added.', name),
  replaced: (name: string) => l10n.t('“{0}” was replaced.', name),
  renamed: (name: string) => l10n.t('The key is called “{0}” now. Extensions have to be allowed again to use it.', name),
  removed: (name: string) => l10n.t('“{0}” was removed from this machine. At the API it stays good until it is revoked there.', name),
  checked: (name: string) => l10n.t('“{0}” was checked.', name),
  valid: (name: string) => l10n.t('The API takes “{0}”.', name),
  invalid: (name: string) => l10n.t('The API refuses “{0}”: it was revoked, or is no key of this API.', name),
  limit: (limit: ApiKeyLimit) => {
    switch (limit) {
      case 'rateLimited':
        return l10n.t('The API says that too much is asked of it just now, so the key could not be tried. Check it again later.');
      case 'outOfBudget':
        return l10n.t('The API knows the key, but its credit or its budget is used up. Add credit, or raise the budget, at the API.');
      case 'restricted':
        return l10n.t('The API knows the key, but its permissions do not let it list models, so what else it may do could not be tried.');
    }
  },
  owner: (organization: string | undefined, project: string | undefined) => {
    if (organization === undefined) return project === undefined ? undefined : l10n.t('Project {0}', project);
    if (project === undefined) return l10n.t('Organization {0}', organization);
    return l10n.t('Organization {0}, project {1}', organization, project);
  },

  // The account menu
  section: () => l10n.t('API keys'),
  add: () => l10n.t('Add API Key…'),
  checkAgain: () => l10n.t('Check Again'),
  replace: () => l10n.t('Replace…'),
  rename: () => l10n.t('Rename…'),
  removeItem: () => l10n.t('Remove…'),
  invalidItem: () => l10n.t('Refused by the API: replace it'),
} as const;
