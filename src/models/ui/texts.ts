import { l10n } from 'vscode';

export const texts = {
  on: (account: string) => l10n.t('Models in chat: on, paid by the plan of {0}', account),
  onWithoutAccount: () => l10n.t('Models in chat: on, but no account is chosen or signed in'),
  off: () => l10n.t('Models in chat: off'),
  offDetail: () => l10n.t('Use the models of your plan in VS Code chat and other extensions'),
  unofficial: (plan: string, account: string) => l10n.t('{0} · {1} (unofficial)', plan, account),
  effort: () => l10n.t('Thinking Effort'),
  paidBy: (account: string) => l10n.t('Paid by the ChatGPT plan of {0}. Requests count against its usage limits.', account),

  firstUse: () => l10n.t("You're using your ChatGPT plan"),
  firstUseDetail: (account: string) =>
    l10n.t(
      "What you ask in chat, and the helper requests that VS Code sends with it, go to OpenAI with the account {0} and count against its usage limits. The status bar shows what's left. This is unofficial, and OpenAI may end it at any time.",
      account,
    ),
  gotIt: () => l10n.t('Got It'),
  turnOnQuestion: () => l10n.t('Use your ChatGPT plan in chat and in other extensions?'),
  reason: (reason: string) => l10n.t('An extension asks for this. Reason it gives: {0}', reason),
  turnOnAnswer: () => l10n.t('Turn On'),

  allowQuestion: (name: string, id: string) => l10n.t('Allow {0} ({1}) to use your ChatGPT plan?', name, id),
  allowUnnamed: () => l10n.t('Allow another extension to use your ChatGPT plan?'),
  allowDetail: (account: string) =>
    l10n.t('What it asks is paid by the plan of {0} and counts against its usage limits. You can take this back at any time.', account),
  allow: () => l10n.t('Allow'),
  notNow: () => l10n.t('Not Now'),
  never: () => l10n.t('Never'),

  accessTitle: () => l10n.t('Access to Models'),
  accessPlaceholder: () => l10n.t('Select an extension to take its access back, or to be asked about it again'),
  accessEmpty: () => l10n.t('You have not allowed or refused any extension the models of your plan.'),
  allowed: (requests: number) => (requests === 1 ? l10n.t('Allowed · 1 request') : l10n.t('Allowed · {0} requests', requests)),
  denied: () => l10n.t('Never allowed'),
  lastUsed: (time: string) => l10n.t('Last used {0}', time),
  takenBack: (name: string) => l10n.t('{0} can no longer use the models of your plan.', name),
  willBeAsked: (name: string) => l10n.t("You'll be asked again when {0} wants to use the models of your plan.", name),

  chooseAccount: () => l10n.t('Select the account whose plan pays for models'),
  loading: () => l10n.t('Loading models…'),
  switchedOn: (account: string, models: number) =>
    models === 1
      ? l10n.t('1 model of the plan of {0} is available in chat.', account)
      : l10n.t('{1} models of the plan of {0} are available in chat.', account, models),
  noModels: (account: string) => l10n.t('The plan of {0} lists no models.', account),
  switchedOff: () => l10n.t('The models of your plan are no longer available in chat.'),
  obstacles: {
    featuresOff: () => l10n.t('VS Code shows no models because its AI features are turned off by the setting chat.disableAIFeatures.'),
    noChat: () => l10n.t("This editor doesn't have VS Code's chat. Other extensions can use the models of your plan."),
    untrusted: () => l10n.t('VS Code shows no models in chat until you trust this workspace.'),
    notSignedIn: () =>
      l10n.t(
        "VS Code shows these models in chat only if you're signed in to GitHub with Copilot (Copilot Free is enough), or if the experimental setting chat.allowAnonymousAccess is on.",
      ),
  },
  openSetting: () => l10n.t('Open Setting'),

  manageTitle: () => l10n.t('Models of Your Plan'),
  turnOn: () => l10n.t('Use the Plan in Chat'),
  turnOff: () => l10n.t('Stop Using the Plan in Chat'),
  changeAccount: () => l10n.t('Choose Another Account…'),
  refreshList: () => l10n.t('Refresh the List of Models'),
  manageAccess: () => l10n.t('Manage Access to Models…'),
} as const;
