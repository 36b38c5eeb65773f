import { l10n } from 'vscode';

export const texts = {
  chooseAccountToSignOut: () => l10n.t('Which account should be signed out?'),
  confirmSignOut: (label: string) => l10n.t('Sign out {0}?', label),
  confirmSignOutDetail: () =>
    l10n.t(
      'It is signed out in every window of this machine, and its session is revoked at the service. Extensions that use it lose access.',
    ),
  signingOut: () => l10n.t('Signing out…'),
  signedOut: (label: string) => l10n.t('{0} is signed out and its session revoked.', label),
  signedOutUnrevoked: (label: string) =>
    l10n.t(
      '{0} is signed out here, but its session could not be revoked at the service. It can be ended in the security settings of the account.',
      label,
    ),
  confirmSignOutAll: () => l10n.t('Disconnect all accounts of this machine, and delete its API keys?'),
  confirmSignOutAllDetail: () =>
    l10n.t(
      'Every account is signed out in every window, and its session is revoked at the service. All that was saved here is deleted, API keys too, which stay good at the API until they are revoked there. Extensions that use any of it lose access.',
    ),
  disconnectAll: () => l10n.t('Disconnect All'),
  allSignedOut: () => l10n.t('All accounts are signed out and their sessions revoked. Nothing of them is left on this machine.'),
  allSignedOutUnrevoked: (count: number) =>
    l10n.t(
      'All accounts are signed out here and nothing of them is left on this machine, but sessions that could not be revoked at the service: {0}. They can be ended in the security settings of the accounts.',
      count,
    ),
  notSignedIn: () => l10n.t('Nobody is signed in to ChatGPT.'),

  title: () => l10n.t('ChatGPT Accounts'),
  placeholder: () => l10n.t('Accounts and what can be done with them'),
  addAccount: () => l10n.t('Sign In with Another Account…'),
  signIn: () => l10n.t('Sign In…'),
  planOrKey: () => l10n.t('Plan or API key?'),
  signOutAccount: () => l10n.t('Sign Out…'),
  signOutAll: () => l10n.t('Disconnect All Accounts…'),
  showInStatusBar: () => l10n.t('Show in Status Bar'),
  inStatusBar: () => l10n.t('In the status bar'),
  workspace: (name: string) => l10n.t('workspace {0}', name),
  refreshUsage: () => l10n.t('Refresh Usage'),
  sessionExpired: () => l10n.t('Session ended: sign in again'),
} as const;
