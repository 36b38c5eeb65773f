import { l10n } from 'vscode';

/** What a person reads in chat, or another extension as an error's message, where a request came to nothing: one thing to do each. */
export const errorTexts = {
  off: () => l10n.t('The models of your ChatGPT plan are turned off. To turn them on, run "ChatGPT: Use the Plan in Chat".'),
  signedOut: () => l10n.t('You\'re signed out of ChatGPT, or your session has expired. To sign in again, run "ChatGPT: Manage Accounts".'),
  notChosen: () => l10n.t('Several ChatGPT accounts are signed in. To choose whose plan pays for models, run "ChatGPT: Manage Models".'),
  notConfirmed: () =>
    l10n.t("The request was not sent because you didn't confirm the notice about your ChatGPT plan. Send it again to see the notice."),
  notAllowed: () =>
    l10n.t('This extension is not allowed to use your ChatGPT plan. To change that, run "ChatGPT: Manage Access to Models".'),
  refused: () => l10n.t("OpenAI doesn't accept this account. Sign out of it, then sign in again."),
  notInPlan: () => l10n.t("Your plan doesn't include this model, or its use here. Choose another model."),
  blockedNetwork: () =>
    l10n.t('A network filter or browser check is blocking the service. Your account is fine. Check your proxy or VPN, then try again.'),
  noSuchModel: () => l10n.t("This model isn't available to your account any more. Choose another model."),
  limitReached: () => l10n.t('Your ChatGPT plan is used up. To see when it resets, run "ChatGPT: Show Usage".'),
  limitReachedUntil: (time: string) =>
    l10n.t('Your ChatGPT plan is used up until {0}. To see its limits, run "ChatGPT: Show Usage".', time),
  busy: () => l10n.t('OpenAI is receiving too many requests. Wait a moment, then try again.'),
  badRequest: () => l10n.t('OpenAI rejected the request. Start a new chat, or choose another model.'),
  badParameter: (parameter: string) =>
    l10n.t('OpenAI rejected the request because of its parameter {0}. Start a new chat, or choose another model.', parameter),
  noImages: (model: string) => l10n.t("{0} doesn't take images. Remove the image, or choose another model.", model),
  noFiles: (model: string) => l10n.t("{0} doesn't take PDF files here. Remove the file.", model),
  tooLong: (model: string) => l10n.t('The conversation is too long for {0}. Start a new chat, or remove some context.', model),
  filtered: () => l10n.t('OpenAI ended the response because of its content policy. Rephrase your request.'),
  unavailable: () => l10n.t('The service is currently unavailable. Try again later.'),
  noAnswer: () => l10n.t('The service did not respond in time. Try again.'),
  cutOff: () => l10n.t('The response ended early. Try again.'),
} as const;
