import { l10n } from 'vscode';

/** Who pays for what is done with a credential, in the same words wherever one is shown or chosen. */
export const billingTexts = {
  plan: () => l10n.t('Included in your ChatGPT plan'),
  apiKey: () => l10n.t('Billed per token (API key)'),
  credits: () => l10n.t('Billed to credits until a limit resets'),
  allowance: () => l10n.t('Billed to workspace credits, within an allowance'),
  workspace: () => l10n.t('Billed to workspace credits'),
  unknown: () => l10n.t('not reported'),
} as const;
