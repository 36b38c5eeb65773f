import { l10n } from 'vscode';

export const texts = {
  running: () => l10n.t('Running diagnostics…'),
  preface: () => [
    l10n.t('This report is for you and for bug reports, so it continues in English. Nothing in it has been sent anywhere.'),
    l10n.t(
      'It contains only numbers and predefined words, and no token, code, email, name, address, or path. Read it before you share it.',
    ),
  ],
  ready: () => l10n.t('The diagnostic report is open. It contains no token, code, email, name, address, or path.'),
  copy: () => l10n.t('Copy'),
  copied: () => l10n.t('Copied the diagnostic report to the clipboard.'),
} as const;
