import { l10n } from 'vscode';

export const texts = {
  chooseAccountToSignOut: () => l10n.t('Select an account to sign out of'),
  confirmSignOut: (label: string) => l10n.t('Sign out of {0}?', label),
  confirmSignOutDetail: () =>
    l10n.t('This signs you out in every window on this computer and revokes the session. Extensions that use the account lose access.'),
  signingOut: () => l10n.t('Signing out…'),
  signedOut: (label: string) => l10n.t('Signed out of {0}. The session is revoked.', label),
  signedOutUnrevoked: (label: string) =>
    l10n.t(
      "Signed out of {0} on this computer, but the session could not be revoked. You can end it in the account's security settings.",
      label,
    ),
  confirmSignOutAll: () => l10n.t('Disconnect all accounts and delete all API keys on this computer?'),
  confirmSignOutAllDetail: () =>
    l10n.t(
      'This signs you out of every account in every window, revokes the sessions, and deletes everything saved on this computer, including API keys. API keys stay valid at OpenAI until you revoke them there. Extensions lose access.',
    ),
  disconnectAll: () => l10n.t('Disconnect All'),
  allSignedOut: () => l10n.t('Signed out of all accounts. The sessions are revoked, and all account data is deleted from this computer.'),
  allSignedOutUnrevoked: (count: number) =>
    l10n.t(
      'Signed out of all accounts. All account data is deleted from this computer, but some sessions could not be revoked: {0}. You can end them in the security settings of the accounts.',
      count,
    ),
  notSignedIn: () => l10n.t("You're not signed in to ChatGPT."),

  title: () => l10n.t('ChatGPT Accounts'),
  placeholder: () => l10n.t('Select an account or an action'),
  addAccount: () => l10n.t('Sign In with Another Account…'),
  signIn: () => l10n.t('Sign In…'),
  planOrKey: () => l10n.t('Plan or API key?'),
  signOutAccount: () => l10n.t('Sign Out…'),
  signOutAll: () => l10n.t('Disconnect All Accounts…'),
  showInStatusBar: () => l10n.t('Show in Status Bar'),
  inStatusBar: () => l10n.t('In the status bar'),
  workspace: (name: string) => l10n.t('workspace {0}', name),
  refreshUsage: () => l10n.t('Refresh Usage'),
  sessionExpired: () => l10n.t('Session expired: sign in again'),
} as const;
