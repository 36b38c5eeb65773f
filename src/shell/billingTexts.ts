import { l10n } from 'vscode';

/** How the use of a credential is billed, in the same words everywhere. */
export const billingTexts = {
  plan: () => l10n.t('Included in your ChatGPT plan'),
  apiKey: () => l10n.t('Billed per token (API key)'),
  credits: () => l10n.t('Billed to credits until a limit resets'),
  allowance: () => l10n.t('Billed to workspace credits, within an allowance'),
  workspace: () => l10n.t('Billed to workspace credits'),
  unknown: () => l10n.t('not reported'),
} as const;
