import { l10n } from 'vscode';
import type { UnattendedPlace } from './unattended.ts';

export const unattendedTexts = {
  question: () => l10n.t('Sign in with a personal account here?'),
  detail: (place: UnattendedPlace) =>
    l10n.t(
      '{0} Whoever gets at it later gets at the account. An API key of a project suits it better: it can be limited and revoked by itself.',
      where(place),
    ),
  signInAnyway: () => l10n.t('Sign In Anyway'),
  addApiKey: () => l10n.t('Add API Key'),
} as const;

function where(place: UnattendedPlace): string {
  switch (place) {
    case 'ci':
      return l10n.t('This is an environment of continuous integration (CI is set): shared, or watched by nobody.');
    case 'githubActions':
      return l10n.t('This is a run of GitHub Actions: shared, or watched by nobody.');
    case 'codespacesPrebuild':
      return l10n.t('This is the prebuild of a codespace: what is saved here goes into every codespace that is made from it.');
  }
}
