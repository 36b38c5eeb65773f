import { l10n } from 'vscode';

export const texts = {
  chooseAccountToSignOut: () => l10n.t('Select an account to sign out of'),
  confirmSignOut: (label: string) => l10n.t('Sign out of {0}?', label),
  confirmSignOutDetail: () =>
    l10n.t('This signs you out in every window on this computer and revokes the session. Extensions that use the account lose access.'),
  signingOut: () => l10n.t('Signing out…'),
  signedOut: (label: string) => l10n.t('Signed out of {0}. The session is revoked.', label),
  confirmSignOutShared: (others: string) =>
    l10n.t(
      'This signs you out in every window on this computer. Other accounts of the same user are signed in here: {0}. The session ends when you sign out of the last one. Extensions that use the account lose access.',
      others,
    ),
  mayEndElsewhere: () => l10n.t('Other sign-ins of the same user may end with it, on this and on other computers.'),
  mayEndElsewhereAndInCli: () =>
    l10n.t("Other sign-ins of the same user may end with it, on this and on other computers, and so may the Codex CLI's."),
  alsoSignedIn: (label: string) => l10n.t('Also signed in on this computer: {0}.', label),
  signedOutShared: (label: string, others: string) =>
    l10n.t('Signed out of {0} on this computer. The session ends when you also sign out of {1}.', label, others),
  alreadySignedOut: (label: string) => l10n.t("You're already signed out of {0}.", label),
  unfinishedSignOut: (label: string) =>
    l10n.t(
      "You signed out of {0}, but the session could not be revoked and may still be active. You can end it in the account's security settings.",
      label,
    ),
  signedOutUnrevoked: (label: string) =>
    l10n.t(
      "Signed out of {0} on this computer, but the session could not be revoked. You can end it in the account's security settings.",
      label,
    ),
  confirmSignOutAll: () => l10n.t('Disconnect all accounts and delete all API keys on this computer?'),
  confirmSignOutAllDetail: () =>
    l10n.t(
      "This signs you out of every account in every window, revokes the sessions, and deletes everything that this extension saved on this computer, including API keys. API keys stay valid at OpenAI until you revoke them there. Extensions lose access. Other sign-ins of the same users may end too, on this and on other computers, and so may the Codex CLI's. VS Code keeps its own list of account names and of the extensions that you allowed to use them.",
    ),
  disconnectAll: () => l10n.t('Disconnect All'),
  allSignedOut: () =>
    l10n.t(
      'Signed out of all accounts. The sessions are revoked, and everything that this extension saved on this computer is deleted. VS Code keeps its own list of account names and of the extensions that you allowed to use them.',
    ),
  allDeleted: () => l10n.t('Everything that this extension saved on this computer is deleted.'),
  damagedFilesDeleted: () =>
    l10n.t(
      'A damaged file with saved sign-ins was deleted unread. Sessions in it may still be active: you can end them in the security settings of the accounts.',
    ),
  allSignedOutUnrevoked: (count: number) =>
    l10n.t(
      'Signed out of all accounts. Everything that this extension saved on this computer is deleted, but some sessions could not be revoked: {0}. You can end them in the security settings of the accounts.',
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
  sessionEnding: () => l10n.t('Session can no longer be refreshed: sign in again'),
  refreshRefused: (service: string, code: string) => l10n.t('{0} refuses to refresh this sign-in ({1}): sign in again', service, code),
} as const;
