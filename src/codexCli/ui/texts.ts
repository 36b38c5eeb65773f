import { l10n } from 'vscode';

export const texts = {
  use: () => l10n.t("Use the Codex CLI's Sign-In…"),
  via: () => l10n.t('from Codex CLI'),
  confirmUse: () => l10n.t("Use the Codex CLI's sign-in?"),
  confirmUseDetail: (folder: string, host: string) =>
    l10n.t(
      "What is read: the program's session file in {0}, for who is signed in, and an access token, for which “codex app-server” is started when one is needed. The token is kept in memory alone, and sent to {1} for the plan's usage and to extensions that you allow.\n\nWhat is never touched: the CLI's refresh token is not used, kept or sent. The CLI alone renews its sign-in and writes its files.\n\nYou can take this back at any time. The CLI stays signed in.",
      folder,
      host,
    ),
  confirm: () => l10n.t('Use Its Sign-In'),
  connecting: () => l10n.t('Asking the Codex CLI…'),
  connected: (label: string) => l10n.t('{0} is here now, by the sign-in of the Codex CLI.', label),

  confirmDisconnect: (label: string) => l10n.t('Stop using {0}?', label),
  confirmDisconnectDetail: () =>
    l10n.t(
      'It is forgotten here, in every window of this machine, and extensions that use it lose access. The Codex CLI stays signed in and works as before.',
    ),
  disconnect: () => l10n.t('Stop Using It'),
  disconnected: (label: string) => l10n.t('{0} is forgotten here. The Codex CLI stays signed in.', label),
  cliStaysSignedIn: () => l10n.t('The Codex CLI stays signed in.'),
  signOutCli: () => l10n.t('Sign Out of the Codex CLI…'),
  confirmSignOutCli: () => l10n.t('Sign out of the Codex CLI itself?'),
  confirmSignOutCliDetail: () =>
    l10n.t(
      'The CLI does it, as “codex logout” does: its session is ended at the service and its tokens are removed from this machine, for every program that uses them.',
    ),
  signOutOfCli: () => l10n.t('Sign Out of the Codex CLI'),
  cliSignedOut: () => l10n.t('The Codex CLI is signed out.'),

  readableByOthers: (file: string) =>
    l10n.t("Other users of this machine can read the Codex CLI's session file {0}, and the tokens in it.", file),
  restrictPermissions: () => l10n.t('Let Only Me Read It'),
  permissionsRestricted: () => l10n.t("Only you can read the Codex CLI's session file now. Nothing else of it was changed."),
  permissionsUnchanged: () => l10n.t("The mode of the Codex CLI's session file could not be changed."),
} as const;
