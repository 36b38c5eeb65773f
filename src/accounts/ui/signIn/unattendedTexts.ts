import { l10n } from 'vscode';
import type { UnattendedEnvironment } from './unattended.ts';

export const unattendedTexts = {
  question: () => l10n.t('Sign in with a personal account here?'),
  detail: (environment: UnattendedEnvironment) =>
    l10n.t(
      '{0} Anyone with later access can use your account. A project API key is a better fit: you can limit and revoke it separately.',
      describe(environment),
    ),
  signInAnyway: () => l10n.t('Sign In Anyway'),
  addApiKey: () => l10n.t('Add API Key'),
} as const;

function describe(environment: UnattendedEnvironment): string {
  switch (environment) {
    case 'ci':
      return l10n.t('This is a CI environment (CI is set): it may be shared or unattended.');
    case 'githubActions':
      return l10n.t('This is a GitHub Actions run: it may be shared or unattended.');
    case 'codespacesPrebuild':
      return l10n.t('This is a codespace prebuild: everything saved here is copied to every codespace that is created from it.');
  }
}
