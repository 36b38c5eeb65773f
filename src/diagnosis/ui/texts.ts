import { l10n } from 'vscode';

export const texts = {
  running: () => l10n.t('Looking into the sign-in…'),
  preface: () => [
    l10n.t('This report is for you and for an issue, so it goes on in English. Nothing of it has been sent anywhere.'),
    l10n.t(
      'It is made of numbers and known words alone: no token, code, email, name, address or path is in it. Read it before you pass it on.',
    ),
  ],
  ready: () => l10n.t('The diagnosis is open. No token, code, email, name, address or path is in it.'),
  copy: () => l10n.t('Copy'),
  copied: () => l10n.t('The diagnosis is on the clipboard.'),
} as const;
