import { l10n } from 'vscode';

export const texts = {
  signedInAs: (label: string) => l10n.t('Signed in as {0}.', label),
  keyMissingDetail: () =>
    l10n.t(
      'If this window was open before you first signed in, reload it. If you use another browser, lost your keyring, or VS Code keeps secrets in memory only, continue here. What is already saved stays unchanged.',
    ),
  secretStoreVolatileDetail: () =>
    l10n.t('You can continue here, but without a keyring you have to do this again each time you restart VS Code.'),
  sessionExpired: (label: string) => l10n.t('The session of {0} has expired. Sign in again to continue.', label),
  signInsLost: () =>
    l10n.t(
      'The file with your saved sign-ins and API keys is damaged, so a new one was started. Sign in again, and add your API keys again.',
    ),
  sessionEnding: (label: string) =>
    l10n.t(
      'The session of {0} can no longer be refreshed: it ends when its current token expires or is rejected. Sign in again to keep using it.',
      label,
    ),
  refreshRefused: (label: string, service: string, code: string) =>
    l10n.t('{0} refuses to refresh the sign-in of {1} ({2}). Sign in again to keep using it.', service, label, code),
  networkDrive: () =>
    l10n.t('Your sign-ins are stored on a network drive, where file locks are unreliable. You may have to sign in again now and then.'),
} as const;
