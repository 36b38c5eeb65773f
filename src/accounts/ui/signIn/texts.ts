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
  networkDrive: () =>
    l10n.t('Your sign-ins are stored on a network drive, where file locks are unreliable. You may have to sign in again now and then.'),
} as const;
