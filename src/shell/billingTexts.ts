import { l10n } from 'vscode';

/** Who pays for what is done with a credential, in the same words wherever one is shown or chosen. */
export const billingTexts = {
  plan: () => l10n.t('ChatGPT plan, usage windows'),
  apiKey: () => l10n.t('API key, metered by token'),
  credits: () => l10n.t('Credits, until a usage window resets'),
  allowance: () => l10n.t('Workspace credits, within an allowance'),
  workspace: () => l10n.t('Workspace credits'),
  unknown: () => l10n.t('not reported'),
} as const;
