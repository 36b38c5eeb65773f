import { l10n } from 'vscode';
import type { ApiKeyLimit } from '../checkApiKey.ts';

export const texts = {
  // Adding and replacing
  addTitle: () => l10n.t('Add API Key'),
  replaceTitle: (name: string) => l10n.t('Replace “{0}”', name),
  renameTitle: (name: string) => l10n.t('Rename “{0}”', name),
  keyPrompt: (host: string) =>
    l10n.t('Paste the key. This extension checks it at {0}, stores it encrypted on this computer, and never displays it.', host),
  keyPlaceholder: () => l10n.t('API key'),
  keyEmpty: () => l10n.t('Paste a key, or press Escape to cancel.'),
  malformed: () =>
    l10n.t("This doesn't look like an API key: it is too short, or it contains a space or a character that keys never contain."),
  alreadyAdded: (name: string) => l10n.t('You already added this key as “{0}”.', name),
  checking: () => l10n.t('Checking the key…'),
  namePrompt: () => l10n.t('Name of the key in VS Code and in other extensions'),
  nameEmpty: () => l10n.t('Enter a name for the key.'),
  nameTaken: () => l10n.t('Another key already has this name.'),
  defaultName: () => l10n.t('API key'),
  removeTitle: () => l10n.t('Remove API Key'),
  chooseToRemove: () => l10n.t('Select an API key to remove'),
  noKeys: () => l10n.t('There are no API keys to remove.'),
  addHere: () => l10n.t('Add Here'),
  confirmRemove: (name: string) => l10n.t('Remove the API key “{0}”?', name),
  confirmRemoveDetail: () =>
    l10n.t(
      'This deletes the key from this computer, in every window. Extensions that use it lose access. It stays valid at OpenAI until you revoke it there.',
    ),
  remove: () => l10n.t('Remove'),

  // What became of it
  added: (name: string) => l10n.t('Added “{0}”.', name),
  replaced: (name: string) => l10n.t('Replaced “{0}”.', name),
  renamed: (name: string) => l10n.t('The key is now named “{0}”. Extensions need your permission again to use it.', name),
  removed: (name: string) => l10n.t('Removed “{0}” from this computer. It stays valid at OpenAI until you revoke it there.', name),
  checked: (name: string) => l10n.t('Checked “{0}”.', name),
  valid: (name: string) => l10n.t('“{0}” is valid.', name),
  invalid: (name: string) => l10n.t('The API rejected “{0}”. The key was revoked or belongs to another API.', name),
  limit: (limit: ApiKeyLimit) => {
    switch (limit) {
      case 'rateLimited':
        return l10n.t('Rate limit reached, so the key could not be checked. Try again later.');
      case 'outOfBudget':
        return l10n.t('The API knows the key, but its credit or budget is used up. Add credit or raise the budget at OpenAI.');
      case 'restricted':
        return l10n.t(
          "The API knows the key, but it doesn't have permission to list models, so its other permissions could not be checked.",
        );
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
  invalidItem: () => l10n.t('Rejected by the API: replace it'),
} as const;
