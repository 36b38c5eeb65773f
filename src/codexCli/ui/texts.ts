import { l10n } from 'vscode';

export const texts = {
  use: () => l10n.t("Use the Codex CLI's Sign-In…"),
  via: () => l10n.t('via Codex CLI'),
  confirmUse: () => l10n.t("Use the Codex CLI's sign-in?"),
  confirmUseDetail: (folder: string, host: string) =>
    l10n.t(
      "What this extension reads: the CLI's session file in {0}, to see who is signed in, and an access token, for which it runs “codex app-server” when needed. It keeps the token in memory only. It sends the token to {1} to read your plan's usage, and to extensions that you allow.\n\nWhat this extension never touches: it doesn't use, store, or send the CLI's refresh token. Only the CLI refreshes its session and writes its files.\n\nYou can disconnect the account at any time. The CLI stays signed in.",
      folder,
      host,
    ),
  confirm: () => l10n.t('Use This Sign-In'),
  connecting: () => l10n.t('Connecting to the Codex CLI…'),
  connected: (label: string) => l10n.t("{0} is now available through the Codex CLI's sign-in.", label),

  confirmDisconnect: (label: string) => l10n.t('Disconnect {0}?', label),
  confirmDisconnectDetail: () =>
    l10n.t(
      'The account is removed from VS Code in every window on this computer, and extensions that use it lose access. The Codex CLI stays signed in and works as before.',
    ),
  disconnect: () => l10n.t('Disconnect'),
  disconnected: (label: string) => l10n.t('{0} is disconnected. The Codex CLI stays signed in.', label),
  cliStaysSignedIn: () => l10n.t('The Codex CLI stays signed in.'),
  cliMayHaveEnded: () => l10n.t("The Codex CLI's sign-in is left as it is, but may have ended with the session of the same user."),
  signOutCli: () => l10n.t('Sign Out of the Codex CLI…'),
  confirmSignOutCli: () => l10n.t('Sign out of the Codex CLI?'),
  confirmSignOutCliDetail: () =>
    l10n.t(
      'The CLI signs out as with “codex logout”: it ends its session and removes its tokens from this computer, for every program that uses them.',
    ),
  mayEndHere: (labels: string) =>
    l10n.t('Accounts of the same user that are signed in here may have to sign in again afterwards: {0}.', labels),
  signOutOfCli: () => l10n.t('Sign Out of the Codex CLI'),
  cliSignedOut: () => l10n.t('The Codex CLI is signed out.'),

  readableByOthers: (file: string) =>
    l10n.t("Other users of this computer can read the Codex CLI's session file {0} and the tokens in it.", file),
  restrictPermissions: () => l10n.t('Restrict Permissions'),
  permissionsRestricted: () => l10n.t("Only you can read the Codex CLI's session file now. Its content is unchanged."),
  permissionsUnchanged: () => l10n.t("Couldn't change the file's permissions."),
} as const;
