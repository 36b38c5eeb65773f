import { l10n } from 'vscode';

export const commonTexts = {
  channel: () => 'ChatGPT',
  itemName: () => 'ChatGPT',

  retry: () => l10n.t('Try Again'),
  signInAgain: () => l10n.t('Sign In Again'),
  openSettings: () => l10n.t('Open Settings'),
  reloadWindow: () => l10n.t('Reload Window'),
  updateExtension: () => l10n.t('Show Extension'),
  apiKeyProvider: () => 'OpenAI API key',
  openApiKeysPage: () => l10n.t('Open API Keys Page'),
  addApiKey: () => l10n.t('Add API Key'),
  signInHere: () => l10n.t('Sign In Here'),
  diagnose: () => l10n.t('Diagnose Sign-In'),
  showLog: () => l10n.t('Show Log'),
  signOut: () => l10n.t('Sign Out'),
  cancel: () => l10n.t('Cancel'),
  newCode: () => l10n.t('Get a New Code'),
  openSecuritySettings: () => l10n.t('Open Security Settings'),
  copyLink: () => l10n.t('Copy Link'),
  copyCode: () => l10n.t('Copy Code'),
  openPage: () => l10n.t('Open Page'),
  pasteAddress: () => l10n.t('Paste Address'),
  useBrowser: () => l10n.t('Use the Browser'),
  useDeviceCode: () => l10n.t('Use a Device Code'),
  hyphen: () => l10n.t({ message: 'hyphen', comment: 'Said by a screen reader within a code' }),
} as const;
