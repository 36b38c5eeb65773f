/** Every word that a person reads, except those of the manifest (package.nls.json). */
import { env, l10n } from 'vscode';
import type { SignInErrorCode } from '../oauth/errors.ts';
import type { LandingText } from '../oauth/landingPage.ts';
import type { SpendKind, WindowKind } from '../usage/model.ts';

/** What a person can do next, as a button beside the sentence. */
export type NextStep = 'retry' | 'otherMethod' | 'openSettings' | 'openSecuritySettings' | 'reloadWindow' | 'updateExtension' | 'showLog';

export interface ErrorText {
  readonly sentence: string;
  readonly next: NextStep;
}

/** Each error's sentence and the one thing to do about it. `cancelled` is never shown: it is what the person did. */
export function errorText(code: SignInErrorCode): ErrorText {
  switch (code) {
    case 'cancelled':
      return { sentence: l10n.t('The sign-in was cancelled.'), next: 'retry' };
    case 'denied':
      return { sentence: l10n.t('Access was denied on the sign-in page, so nobody was signed in.'), next: 'retry' };
    case 'timedOut':
      return { sentence: l10n.t('The browser did not come back within five minutes.'), next: 'retry' };
    case 'codeExpired':
      return { sentence: l10n.t('The code was not used in time and has expired.'), next: 'retry' };
    case 'codeRefused':
      return { sentence: l10n.t('The code was refused on the sign-in page, so nobody was signed in.'), next: 'retry' };
    case 'deviceCodeDisabled':
      return {
        sentence: l10n.t(
          "Device codes are switched off for this account or workspace. Switch them on in ChatGPT's security settings, ask the workspace's administrator, or sign in with the browser.",
        ),
        next: 'openSecuritySettings',
      };
    case 'wrongWorkspace':
      return {
        sentence: l10n.t(
          'This workspace is not among those that the setting chatgptSignIn.allowedWorkspace admits. It was signed out again.',
        ),
        next: 'retry',
      };
    case 'stateMismatch':
      return { sentence: l10n.t('This address belongs to another sign-in. Use the one that the newest page ended at.'), next: 'retry' };
    case 'browserNotOpened':
      return { sentence: l10n.t('Your browser could not be opened. Copy the link and open it yourself.'), next: 'otherMethod' };
    case 'settingsIncomplete':
      return {
        sentence: l10n.t(
          'The service "oidc" needs the settings chatgptSignIn.issuer and chatgptSignIn.clientId. Set both, then try again.',
        ),
        next: 'openSettings',
      };
    case 'wrongAccount':
      return { sentence: l10n.t('Another account was signed in than the one that was asked for. It was signed out again.'), next: 'retry' };
    case 'noEntitlement':
      return {
        sentence: l10n.t('Codex is not enabled for this workspace. Ask its administrator, or choose another workspace or account.'),
        next: 'retry',
      };
    case 'refused':
      return { sentence: l10n.t('The sign-in service refused the request.'), next: 'retry' };
    case 'signedOut':
      return { sentence: l10n.t('The ChatGPT session is over. Sign in again to go on.'), next: 'retry' };
    case 'issuerMismatch':
      return { sentence: l10n.t('The answer came from another sign-in service than the one that was asked.'), next: 'retry' };
    case 'callbackIncomplete':
      return { sentence: l10n.t('This is not the address that a sign-in ends at: it has no sign-in code.'), next: 'retry' };
    case 'answerNotUnderstood':
      return { sentence: l10n.t('The answer of the service was not understood.'), next: 'showLog' };
    case 'identityInvalid':
      return {
        sentence: l10n.t('The service did not vouch for the account in a way that can be trusted. Nobody was signed in.'),
        next: 'showLog',
      };
    case 'portsBusy':
      return {
        sentence: l10n.t(
          'Other programs use both ports that the browser can come back to (1455 and 1457). Close one of them, then try again.',
        ),
        next: 'retry',
      };
    case 'offline':
      return { sentence: l10n.t('The service cannot be reached. Check the network connection.'), next: 'retry' };
    case 'nameNotResolved':
      return { sentence: l10n.t("The service's name was not found. Check the network connection, the VPN or the DNS."), next: 'retry' };
    case 'certificateNotTrusted':
      return {
        sentence: l10n.t(
          "The service's certificate is not trusted. Behind a company proxy, install its certificate in the system and keep the setting http.systemCertificates on.",
        ),
        next: 'openSettings',
      };
    case 'clockWrong':
      return {
        sentence: l10n.t("The service's certificate does not fit the date of this machine. Check its clock."),
        next: 'retry',
      };
    case 'proxyFailed':
      return { sentence: l10n.t('The proxy did not let the request through. Check the setting http.proxy.'), next: 'openSettings' };
    case 'noAnswer':
      return { sentence: l10n.t('The service did not answer in time.'), next: 'retry' };
    case 'blocked':
      return {
        sentence: l10n.t('A network filter or a browser check stands before the service. The account itself is fine.'),
        next: 'retry',
      };
    case 'serviceUnavailable':
      return { sentence: l10n.t('The service is not available right now.'), next: 'retry' };
    case 'addressNotSecure':
      return { sentence: l10n.t('An address in the settings is not https. Nothing was sent to it.'), next: 'openSettings' };
    case 'addressInvalid':
      return { sentence: l10n.t('An address in the settings is not a valid address.'), next: 'openSettings' };
    case 'secretStoreUnavailable':
      return { sentence: l10n.t("VS Code's secret storage does not answer, so the sign-in could not be kept safe."), next: 'reloadWindow' };
    case 'secretStoreVolatile':
      return {
        sentence: l10n.t(
          "VS Code's secret storage has lost the key to the sign-ins saved on this machine. It may keep secrets in memory only, for want of a keyring.",
        ),
        next: 'showLog',
      };
    case 'keyMissing':
      return { sentence: l10n.t('This window does not have the key to the sign-ins saved on this machine.'), next: 'reloadWindow' };
    case 'vaultNewer':
      return {
        sentence: l10n.t('A newer version of this extension has saved the sign-ins. Reload this window to use it.'),
        next: 'reloadWindow',
      };
    case 'extensionOutdated':
      return {
        sentence: l10n.t(
          'A newer version of this extension has saved the sign-ins, and this window runs an older one. Update the extension.',
        ),
        next: 'updateExtension',
      };
    case 'vaultLocked':
      return {
        sentence: l10n.t(
          'Another process of VS Code holds the saved sign-ins and does not let go. Close windows that hang, or restart VS Code.',
        ),
        next: 'retry',
      };
    case 'diskFull':
      return { sentence: l10n.t('The disk is full, so sign-ins cannot be saved. Free some space, then try again.'), next: 'retry' };
    case 'folderNotWritable':
      return {
        sentence: l10n.t('The folder where sign-ins are kept cannot be written. Check its permissions, then try again.'),
        next: 'retry',
      };
    case 'folderNotOurs':
      return {
        sentence: l10n.t(
          'The folder where sign-ins are kept belongs to another user or leads elsewhere, so nothing is saved in it. Remove it, then try again.',
        ),
        next: 'showLog',
      };
    case 'vaultUnavailable':
      return { sentence: l10n.t('The folder where sign-ins are kept cannot be read or written.'), next: 'showLog' };
    case 'unexpected':
      return { sentence: l10n.t('Something went wrong that should not have.'), next: 'showLog' };
  }
}

/** A step as a button. */
export function nextStepTitle(step: NextStep, code: SignInErrorCode): string {
  switch (step) {
    case 'retry':
      return code === 'signedOut' ? texts.signInAgain() : code === 'codeExpired' ? texts.newCode() : texts.retry();
    case 'otherMethod':
      return texts.useDeviceCode();
    case 'openSettings':
      return texts.openSettings();
    case 'openSecuritySettings':
      return texts.openSecuritySettings();
    case 'reloadWindow':
      return texts.reloadWindow();
    case 'updateExtension':
      return texts.updateExtension();
    case 'showLog':
      return texts.showLog();
  }
}

export const texts = {
  channel: () => 'ChatGPT',
  itemName: () => 'ChatGPT',

  // Steps and buttons
  retry: () => l10n.t('Try Again'),
  signInAgain: () => l10n.t('Sign In Again'),
  openSettings: () => l10n.t('Open Settings'),
  reloadWindow: () => l10n.t('Reload Window'),
  updateExtension: () => l10n.t('Show Extension'),
  signInHere: () => l10n.t('Sign In Here'),
  showLog: () => l10n.t('Show Log'),
  signOut: () => l10n.t('Sign Out'),
  cancel: () => l10n.t('Cancel'),
  newCode: () => l10n.t('Get a New Code'),
  openSecuritySettings: () => l10n.t('Open Security Settings'),
  copyLink: () => l10n.t('Copy Link'),
  copyCode: () => l10n.t('Copy Code'),
  openPage: () => l10n.t('Open Page'),
  pasteAddress: () => l10n.t('Paste Address'),
  useBrowser: () => l10n.t('Use the Browser'),
  useDeviceCode: () => l10n.t('Use a Device Code'),
  hyphen: () => l10n.t({ message: 'hyphen', comment: 'Said by a screen reader within a code' }),

  // The sign-in panel
  panelTitle: () => l10n.t('Sign in to ChatGPT'),
  panelPreparing: () => l10n.t('Preparing the sign-in…'),
  panelBrowser: () => l10n.t('Waiting for your browser'),
  panelBrowserDetail: () =>
    l10n.t('Sign in on the page that has opened. If none has, copy the link and open it in a browser on this machine.'),
  panelPasteLabel: () => l10n.t('Is your browser on another machine?'),
  panelPasteHint: () =>
    l10n.t('It ends on a page that cannot be shown. Copy its address from the address bar and paste it here, or use a device code.'),
  panelDevice: () => l10n.t('Enter this code on the sign-in page'),
  panelDeviceDetail: () => l10n.t('Open the page on any device, sign in there and enter the code. This window goes on by itself.'),
  panelDeviceSwitch: () => l10n.t("Device codes must be switched on in ChatGPT's security settings, and a workspace may have them off."),
  panelDeviceWarning: () =>
    l10n.t('The code is only for you, who asked for it here. Do not share it. If somebody else gave you a code, do not enter it.'),
  panelCodeLabel: () => l10n.t('Your code'),
  panelPageLabel: () => l10n.t('Sign-in page:'),
  panelQrLabel: (address: string) => l10n.t('QR code of {0}', address),
  panelMinutesLeft: () => l10n.t({ message: 'The code is good for {0} more minutes.', comment: '{0} is filled in later' }),
  panelSecondsLeft: () => l10n.t({ message: 'The code is good for {0} more seconds.', comment: '{0} is filled in later' }),
  panelCodeOver: () => l10n.t('The code has expired.'),
  panelFailed: () => l10n.t('You are not signed in'),
  panelNotice: (clientId: string) =>
    l10n.t(
      "This extension is unofficial: OpenAI neither made nor endorses it. It signs in with the public client id of OpenAI's Codex CLI ({0}).",
      clientId,
    ),

  // Signing in
  signedInAs: (label: string) => l10n.t('Signed in as {0}.', label),
  keyMissingDetail: () =>
    l10n.t(
      'Reloading helps where the window was open before the first sign-in. In another browser, after a keyring was lost, or where VS Code keeps secrets in memory only, sign in here: the other sign-ins stay as they are.',
    ),

  secretStoreVolatileDetail: () =>
    l10n.t(
      'You can sign in here, but until VS Code has a keyring to keep secrets in, you will have to sign in again whenever it has been closed.',
    ),
  sessionEnded: (label: string) => l10n.t('The session of {0} is over. Sign in again to go on.', label),
  locksMayLie: () =>
    l10n.t(
      'Your sign-ins lie on a network drive, where windows cannot be kept reliably from renewing the same session at once. They go on working, but may have to be repeated now and then.',
    ),

  // Signing out
  chooseAccountToSignOut: () => l10n.t('Which account should be signed out?'),
  confirmSignOut: (label: string) => l10n.t('Sign out {0}?', label),
  confirmSignOutDetail: () =>
    l10n.t(
      'It is signed out in every window of this machine, and its session is revoked at the service. Extensions that use it lose access.',
    ),
  signingOut: () => l10n.t('Signing out…'),
  signedOut: (label: string) => l10n.t('{0} is signed out and its session revoked.', label),
  signedOutUnrevoked: (label: string) =>
    l10n.t(
      '{0} is signed out here, but its session could not be revoked at the service. It can be ended in the security settings of the account.',
      label,
    ),
  confirmSignOutAll: () => l10n.t('Disconnect all accounts of this machine?'),
  confirmSignOutAllDetail: () =>
    l10n.t(
      'Every account is signed out in every window, and its session is revoked at the service. All that was saved here is deleted, the keys too. Extensions that use an account lose access.',
    ),
  disconnectAll: () => l10n.t('Disconnect All'),
  allSignedOut: () => l10n.t('All accounts are signed out and their sessions revoked. Nothing of them is left on this machine.'),
  allSignedOutUnrevoked: (count: number) =>
    l10n.t(
      'All accounts are signed out here and nothing of them is left on this machine, but sessions that could not be revoked at the service: {0}. They can be ended in the security settings of the accounts.',
      count,
    ),
  nobodySignedIn: () => l10n.t('Nobody is signed in to ChatGPT.'),

  // Account menu
  accounts: () => l10n.t('ChatGPT Accounts'),
  menuPlaceholder: () => l10n.t('Accounts and what can be done with them'),
  addAccount: () => l10n.t('Sign In with Another Account…'),
  signIn: () => l10n.t('Sign In…'),
  signOutAccount: () => l10n.t('Sign Out…'),
  signOutAll: () => l10n.t('Disconnect All Accounts…'),
  showInStatusBar: () => l10n.t('Show in Status Bar'),
  inStatusBar: () => l10n.t('In the status bar'),
  workspace: (name: string) => l10n.t('workspace {0}', name),
  refreshUsage: () => l10n.t('Refresh Usage'),
  needsSignIn: () => l10n.t('Session ended: sign in again'),

  // Status bar
  statusSignedOut: () => l10n.t('ChatGPT: Sign in'),
  statusSignedOutTooltip: () => l10n.t("Sign in with ChatGPT to see your plan's limits."),
  statusSignedOutLabel: () => l10n.t('ChatGPT, not signed in. Sign in.'),
  statusSigningIn: () => l10n.t('ChatGPT: Signing in'),
  statusSigningInLabel: () => l10n.t('ChatGPT, signing in.'),
  statusSigningOut: () => l10n.t('ChatGPT: Signing out'),
  statusSigningOutLabel: () => l10n.t('ChatGPT, signing out.'),
  statusLoading: () => l10n.t('Reading your usage…'),
  statusLoadingLabel: () => l10n.t('ChatGPT usage, loading.'),
  statusEnded: () => l10n.t('ChatGPT: Sign in again'),
  statusEndedTooltip: () => l10n.t('Your ChatGPT session ended.'),
  statusLastReading: (moment: string) => l10n.t('Your last reading was {0}.', moment),
  statusEndedLabel: () => l10n.t('ChatGPT session ended. Sign in again.'),
  statusWorkspaceInactive: () => l10n.t('ChatGPT: Choose workspace'),
  statusWorkspaceInactiveLabel: () => l10n.t('ChatGPT workspace no longer active. Sign in to another one.'),
  statusAccountInactive: () => l10n.t('ChatGPT account inactive'),
  statusAccountInactiveLabel: () => l10n.t('ChatGPT account inactive.'),
  statusTrouble: () => l10n.t('ChatGPT: Problem'),
  statusTroubleLabel: (sentence: string) => l10n.t('ChatGPT, problem. {0}', sentence),
  statusUnread: (plan: string | undefined) => l10n.t('{0}, usage not read yet.', texts.product(plan)),
  statusUnreadTooltip: () => l10n.t('Your usage has not been read yet.'),
  statusUnavailable: (reason: string) => l10n.t('ChatGPT usage unavailable. {0}', reason),
  statusOfflineLabel: () => l10n.t('ChatGPT usage unavailable, offline.'),
  statusOff: () => l10n.t('Reading usage is switched off in the settings.'),
  noUsage: () => l10n.t("This account's service tells no usage."),
  statusNoLimits: () => l10n.t('OpenAI reported no usage limits for this plan.'),
  statusNoLimitsLabel: (plan: string | undefined) => l10n.t('{0}, no limits reported.', texts.product(plan)),
  statusNoFixedLimit: () => l10n.t('no fixed limit'),
  statusNoFixedLimitTooltip: () => l10n.t('Usage is billed to workspace credits; OpenAI reports no window.'),
  statusNoFixedLimitLabel: (plan: string | undefined) => l10n.t('{0}, no fixed limit reported.', texts.product(plan)),
  statusLabel: (plan: string | undefined, sentences: string) => l10n.t('{0}. {1}.', texts.product(plan), sentences),
  statusNoFiveHours: () => l10n.t('This plan has no 5-hour limit right now.'),
  statusUnused: (window: string) => l10n.t('{0} unused. The window starts with your next request.', window),
  statusLow: (window: string, moment: string | undefined) =>
    moment === undefined ? l10n.t('{0} is running low.', window) : l10n.t('{0} is running low; resets {1}.', window, moment),
  statusLowLabel: (sentences: string) => l10n.t('Warning. {0}.', sentences),
  statusCritical: (share: string, window: string, moment: string | undefined) =>
    moment === undefined
      ? l10n.t({ message: 'Only {0} of the {1} left.', args: [share, window], comment: ['as "Only 3% of the weekly limit left."'] })
      : l10n.t({
          message: 'Only {0} of the {1} left until {2}.',
          args: [share, window, moment],
          comment: ['as "Only 3% of the weekly limit left until Thu 09:30."'],
        }),
  statusCriticalLabel: (window: string, share: string, moment: string | undefined) =>
    moment === undefined ? l10n.t('Critical. {0} {1}.', window, share) : l10n.t('Critical. {0} {1} until {2}.', window, share, moment),
  statusWindowUsedUp: (window: string) =>
    l10n.t({ message: '{0} used up', args: [window], comment: ['as "wk used up" or "Weekly limit used up"'] }),
  statusSpent: (window: string, moment: string | undefined) =>
    moment === undefined
      ? l10n.t({ message: 'Blocked by the {0}.', args: [window], comment: ['as "Blocked by the weekly limit."'] })
      : l10n.t({
          message: 'Blocked by the {0} until {1}.',
          args: [window, moment],
          comment: ['as "Blocked by the weekly limit until Thu 09:30."'],
        }),
  statusSpentOther: (window: string, share: string) =>
    l10n.t({
      message: "The {0} ({1}) can't be used until then.",
      args: [window, share],
      comment: ['as "The 5-hour limit (99% left) can\'t be used until then."'],
    }),
  statusSpentLabel: (window: string, moment: string | undefined) =>
    moment === undefined
      ? l10n.t({ message: 'ChatGPT blocked by the {0}.', args: [window], comment: ['as "ChatGPT blocked by the weekly limit."'] })
      : l10n.t({
          message: 'ChatGPT blocked by the {0} until {1}.',
          args: [window, moment],
          comment: ['as "ChatGPT blocked by the weekly limit until Thursday 09:30."'],
        }),
  statusOnCredits: () => l10n.t('Included usage is used up; requests now spend credits.'),
  statusOnCreditsLabel: (window: string, credits: string) => l10n.t('{0} used up. {1}.', window, credits),
  statusAllowanceLabel: (allowance: string, amount: string) => l10n.t('{0}, {1}.', allowance, amount),
  statusAllowanceResets: (allowance: string, moment: string) => l10n.t('{0} resets {1}.', allowance, moment),
  statusAllowanceUsedUp: () => l10n.t('Allowance used up'),
  statusBlockedByAllowance: (allowance: string) => l10n.t('{0} is used up.', allowance),
  statusBlockedByAllowanceUntil: (allowance: string, moment: string) => l10n.t('{0} is used up; resets {1}.', allowance, moment),
  statusOutOfCredits: () => l10n.t('Workspace out of credits'),
  statusOutOfCreditsLabel: (advice: string) => l10n.t('ChatGPT blocked, workspace out of credits. {0}', advice),
  statusAskOwner: () => l10n.t('Ask your workspace owner to add credits.'),
  statusAddCredits: () => l10n.t('Add credits in ChatGPT.'),
  statusAlsoUsedUp: (window: string, moment: string) => l10n.t('{0} is used up as well; resets {1}.', window, moment),
  statusBlocked: () => l10n.t('ChatGPT blocked'),
  statusBlockedTooltip: (share: string | undefined) =>
    share === undefined
      ? l10n.t('OpenAI reports this account as blocked.')
      : l10n.t('OpenAI reports this account as blocked although limits show {0}.', share),
  statusBlockedLabel: (share: string | undefined) =>
    share === undefined ? l10n.t('ChatGPT blocked.') : l10n.t('ChatGPT blocked. Limits still show {0}.', share),
  statusResetPassed: (window: string, moment: string) =>
    l10n.t('{0} should have reset {1}; waiting for OpenAI to confirm.', window, moment),
  statusAsOfLabel: (label: string, moment: string, age: string) =>
    l10n.t({ message: '{0} As of {1}, {2}.', args: [label, moment, age], comment: ['{0} is a whole sentence, {2} as "20 minutes ago"'] }),
  statusPausedLabel: (label: string) => l10n.t('{0} Usage check paused.', label),
  showUsage: () => l10n.t('Show Usage'),
  refresh: () => l10n.t('Refresh'),
  accountsShort: () => l10n.t('Accounts'),
  /** The product with the plan, as screen readers say it. */
  product: (plan: string | undefined) => (plan === undefined ? texts.itemName() : l10n.t('ChatGPT {0}', plan)),

  // Why usage was not read
  notRead: (reason: string) => l10n.t('Usage was not read. {0}', reason),
  workspaceInactive: () => l10n.t('This workspace is no longer active.'),
  accountInactive: () => l10n.t('OpenAI says this account was deactivated; check your email.'),
  usageForbidden: () => l10n.t("Usage isn't available for this workspace."),
  tooManyReadings: () => l10n.t('OpenAI asked us to slow down.'),
  browserCheck: (host: string) => l10n.t('{0} answered with a browser check. Nothing is wrong with your account.', host),
  unreachable: (host: string) => l10n.t("Can't reach {0}.", host),
  nextTry: (moment: string) => l10n.t('Next try {0}.', moment),
  retryOnFocus: () => l10n.t('It is tried again when VS Code is focused.'),

  // Notifications and commands
  alertLow: (window: string, left: string) =>
    l10n.t({ message: 'ChatGPT {0}: {1}.', args: [window, left], comment: ['as "ChatGPT weekly limit: 14% left."'] }),
  alertSpent: (window: string) =>
    l10n.t({ message: 'ChatGPT {0}: used up.', args: [window], comment: ['as "ChatGPT weekly limit: used up."'] }),
  alertPace: (window: string, left: string) =>
    l10n.t({
      message: 'ChatGPT {0}: {1}, likely to run out before the reset.',
      args: [window, left],
      comment: ['as "ChatGPT weekly limit: 42% left, likely to run out before the reset."'],
    }),
  alertBack: (window: string, left: string) =>
    l10n.t({
      message: 'ChatGPT {0} has been reset: {1}.',
      args: [window, left],
      comment: ['as "ChatGPT weekly limit has been reset: 100% left."'],
    }),
  alertResets: (moment: string) => l10n.t('Resets {0}.', moment),
  muteAlerts: () => l10n.t('Mute Until Reset'),
  usageIsOff: () => l10n.t('Reading usage is switched off.'),
  exportHistory: () => l10n.t('Export Usage History'),
  noHistory: () => l10n.t('There is no usage history of this account yet.'),
  historyExported: (count: number) => (count === 1 ? l10n.t('1 reading exported.') : l10n.t('{0} readings exported.', count)),
  historyNotWritten: () => l10n.t('The file could not be written.'),

  // Limits
  windowShort: (kind: WindowKind, lengthSeconds: number | undefined): string => {
    switch (kind) {
      case '5h':
        return l10n.t({ message: '5h', comment: 'Five-hour limit, as short as can be' });
      case 'daily':
        return l10n.t({ message: 'day', comment: 'Daily limit, as short as can be' });
      case 'weekly':
        return l10n.t({ message: 'wk', comment: 'Weekly limit, as short as can be' });
      case 'monthly':
        return l10n.t({ message: 'mo', comment: 'Monthly limit, as short as can be' });
      case 'annual':
        return l10n.t({ message: 'yr', comment: 'Annual limit, as short as can be' });
      case 'other':
        return shortLength(lengthSeconds ?? 0);
      case 'unknown':
        return l10n.t({ message: 'limit', comment: 'A limit of unknown length, as short as can be' });
    }
  },
  windowName: (kind: WindowKind, lengthSeconds: number | undefined): string => {
    switch (kind) {
      case '5h':
        return l10n.t('5-hour limit');
      case 'daily':
        return l10n.t('Daily limit');
      case 'weekly':
        return l10n.t('Weekly limit');
      case 'monthly':
        return l10n.t('Monthly limit');
      case 'annual':
        return l10n.t('Annual limit');
      case 'other':
        return l10n.t('{0} limit', shortLength(lengthSeconds ?? 0));
      case 'unknown':
        return l10n.t('Usage limit');
    }
  },
  windowWithin: (kind: WindowKind, lengthSeconds: number | undefined): string => {
    switch (kind) {
      case '5h':
        return l10n.t('5-hour limit');
      case 'daily':
        return l10n.t('daily limit');
      case 'weekly':
        return l10n.t('weekly limit');
      case 'monthly':
        return l10n.t('monthly limit');
      case 'annual':
        return l10n.t('annual limit');
      case 'other':
        return l10n.t('{0} limit', shortLength(lengthSeconds ?? 0));
      case 'unknown':
        return l10n.t('usage limit');
    }
  },

  // Usage in words
  lessThan: (share: string) => l10n.t({ message: 'less than {0}', args: [share], comment: ['{0} is a share, as "1 percent"'] }),
  moreThan: (share: string) => l10n.t({ message: 'more than {0}', args: [share], comment: ['{0} is a share, as "99 percent"'] }),
  left: (share: string) => l10n.t({ message: '{0} left', args: [share], comment: ['{0} is a share or an amount, as "42%"'] }),
  used: (share: string) => l10n.t({ message: '{0} used', args: [share], comment: ['{0} is a share or an amount, as "58%"'] }),
  usedUp: () => l10n.t('used up'),
  mainUnaffected: () => l10n.t('the main limits are not affected'),
  unused: () => l10n.t('unused'),
  beginsWithRequest: () => l10n.t('begins with your next request'),
  resetsIn: (countdown: string, moment: string) => l10n.t('resets in {0} ({1})', countdown, moment),
  resetsAt: (clock: string) => l10n.t({ message: 'resets at {0}', args: [clock], comment: ['{0} is a time of today, as "18:12"'] }),
  resetsOn: (moment: string) =>
    l10n.t({ message: 'resets {0}', args: [moment], comment: ['{0} is a day and a time, as "Thursday 17:00"'] }),
  resetDue: (moment: string) => l10n.t('should have reset {0}, not confirmed yet', moment),
  forecastLeft: (share: string) => l10n.t('about {0} left at reset', share),
  forecastRunsOut: (moment: string) => l10n.t('runs out about {0}', moment),
  forecastRunsOutSometime: () => l10n.t('likely to run out before the reset'),
  days: (days: number) => l10n.t('{0}d', days),
  hours: (hours: number) => l10n.t('{0}h', hours),
  minutes: (minutes: number) => l10n.t('{0}m', minutes),
  underAMinute: () => l10n.t('under a minute'),
  justNow: () => l10n.t('just now'),
  asOf: (moment: string, age: string) =>
    l10n.t({ message: 'As of {0} ({1})', args: [moment, age], comment: ['as "As of 15:40 (20 minutes ago)"'] }),
  limitOf: (name: string, window: string) =>
    l10n.t({
      message: '{0}: {1}',
      args: [name, window],
      comment: ['A limit of its own and its window, as "GPT-5.3-Codex-Spark: Weekly limit"'],
    }),
  ordinal: (name: string, ordinal: number) =>
    l10n.t({ message: '{0} ({1})', args: [name, ordinal], comment: ['The second limit of one name, as "Weekly limit (2)"'] }),
  codeReview: () => l10n.t('Code review'),
  credits: (amount: string) => l10n.t('{0} credits', amount),
  creditsOf: (amount: string, limit: string) => l10n.t('{0} of {1} credits', amount, limit),
  creditsUnlimited: () => l10n.t('unlimited credits'),
  creditsAvailable: () => l10n.t('credits available'),
  sentence: (words: string) => l10n.t({ message: '{0}.', args: [words], comment: ['Words as a sentence of their own'] }),
  creditsWorth: (dollars: string) => l10n.t('≈ {0} at 25 credits per dollar', dollars),
  allowance: (kind: SpendKind): string => {
    switch (kind) {
      case 'individual':
        return l10n.t('Your monthly allowance');
      case 'role_budget':
        return l10n.t('Allowance of your role');
      case 'group_default':
        return l10n.t('Allowance of your group');
      case 'group_shared':
        return l10n.t('Group allowance (shared)');
      case 'workspace_default':
        return l10n.t('Workspace allowance');
      case 'workspace_shared':
        return l10n.t('Workspace allowance (shared)');
    }
  },
  savedResets: (count: number) => (count === 1 ? l10n.t('1 saved reset') : l10n.t('{0} saved resets', count)),
  expires: (moment: string) => l10n.t('expires {0}', moment),
  nextExpires: (moment: string) => l10n.t('the next expires {0}', moment),

  // The usage panel
  usagePanelTitle: () => l10n.t('ChatGPT Usage'),
  usagePanelAccount: () => l10n.t('Account'),
  usagePanelPlan: () => l10n.t('Plan'),
  usagePanelWorkspace: () => l10n.t('Workspace'),
  usagePanelPaidBy: () =>
    l10n.t({ message: 'Paid by', comment: ['What pays for the requests, as "Paid by: ChatGPT plan, usage windows"'] }),
  paidByPlan: () => l10n.t('ChatGPT plan, usage windows'),
  paidByCredits: () => l10n.t('Credits, until a usage window resets'),
  paidByAllowance: () => l10n.t('Workspace credits, within an allowance'),
  paidByWorkspace: () => l10n.t('Workspace credits'),
  paidByUnknown: () => l10n.t('not reported'),
  usagePanelLimits: () => l10n.t('Limits'),
  usagePanelLimitsAsOf: (moment: string) =>
    l10n.t({ message: 'Limits as of {0}', args: [moment], comment: ['{0} is a time, as "Thu 09:30"'] }),
  usagePanelLow: () => l10n.t({ message: 'low', comment: ['Said of a limit of which little is left'] }),
  usagePanelCritical: () => l10n.t({ message: 'critical', comment: ['Said of a limit of which next to nothing is left'] }),
  usagePanelEvenPace: (share: string) =>
    l10n.t({ message: '{0} at an even pace', args: [share], comment: ['{0} is a share and what it is of, as "48% left"'] }),
  usagePanelAllowances: () => l10n.t('Allowances'),
  usagePanelNoCap: () => l10n.t({ message: 'no cap', comment: ['Said of an allowance without an upper limit'] }),
  usagePanelCredits: () => l10n.t('Credits'),
  usagePanelBalance: () => l10n.t('Balance'),
  usagePanelLocalMessages: () => l10n.t('About as many local messages'),
  usagePanelCloudMessages: () => l10n.t('About as many cloud messages'),
  usagePanelRange: (least: string, most: string) => l10n.t({ message: '{0} to {1}', args: [least, most], comment: ['as "40 to 210"'] }),
  usagePanelOverage: () => l10n.t('Limit for what goes beyond the plan'),
  usagePanelResets: () => l10n.t('Saved resets'),
  usagePanelAvailable: () => l10n.t({ message: 'Available', comment: ['Resets that can be used'] }),
  usagePanelResetsWhere: () => l10n.t('They are used in ChatGPT, never by this extension.'),
  usagePanelMoreLimits: () => l10n.t('Further limits'),
  usagePanelHistory: () => l10n.t('History'),
  usagePanelPeriod: () => l10n.t({ message: 'Period', comment: ['How many days the chart shows'] }),
  usagePanelDays: (days: number) => l10n.t('{0} days', days),
  usagePanelChart: (limit: string, days: string, readings: number) =>
    l10n.t({
      message: '{0}, {1}: chart of {2} readings',
      args: [limit, days, readings],
      comment: ['as "Weekly limit, 7 days: chart of 96 readings"'],
    }),
  usagePanelChartHint: () => l10n.t('Left and right arrow keys go from reading to reading.'),
  usagePanelHistoryLoading: () => l10n.t('Loading the history…'),
  usagePanelHistoryBegins: () => l10n.t('History begins with the first readings.'),
  usagePanelThinned: () =>
    l10n.t(
      'There are more readings than can be drawn: of each stretch the one with the most used and the last are shown. An export has all of them.',
    ),
  usagePanelUsed: () => l10n.t({ message: 'Used', comment: ['Share of a limit'] }),
  usagePanelLeft: () => l10n.t({ message: 'Left', comment: ['Share of a limit'] }),
  usagePanelPace: () => l10n.t('Even pace'),
  usagePanelWarning: (share: string) => l10n.t({ message: 'Warning at {0}', args: [share], comment: ['as "Warning at 20% left"'] }),
  usagePanelReset: () => l10n.t('Reset'),
  usagePanelGap: () => l10n.t('Nothing read'),
  usagePanelShowTable: () => l10n.t('Show as Table'),
  usagePanelHideTable: () => l10n.t('Hide Table'),
  usagePanelTable: (limit: string, days: string) =>
    l10n.t({ message: '{0}, {1}, newest first', args: [limit, days], comment: ['as "Weekly limit, 7 days, newest first"'] }),
  usagePanelTime: () => l10n.t('Time'),
  usagePanelSource: () => l10n.t('About these numbers'),
  usagePanelFrom: (host: string) =>
    l10n.t('Reported by {0}, read once for all windows of this machine. What it reports may lag behind.', host),
  usagePanelNext: (moment: string) => l10n.t('Next reading {0}.', moment),
  usagePanelZone: (zone: string) =>
    l10n.t({ message: 'Times are in {0}.', args: [zone], comment: ['{0} is a time zone, as "Europe/Berlin"'] }),
  usagePanelClock: (span: string) => l10n.t("This machine's clock and the service's are {0} apart; resets go by the service's.", span),
  usagePanelPartial: (fields: string) => l10n.t('Could not be read: {0}.', fields),
  usagePanelCopy: () => l10n.t('Copy Diagnostics'),
  usagePanelCopied: () => l10n.t('The diagnostics are on the clipboard. They name no person, account or workspace.'),
  usagePanelExport: () => l10n.t('Export History…'),
  usagePanelOpenPage: () => l10n.t('Open ChatGPT Usage Page'),

  // The page in the browser
  landingSignedIn: (): LandingText =>
    landing('good', l10n.t('You are signed in'), [l10n.t('You can close this page and go back to VS Code.')]),
  landingFailed: (code: SignInErrorCode): LandingText =>
    landing('bad', l10n.t('You are not signed in'), [
      errorText(code).sentence,
      l10n.t('Close this page, go back to VS Code and try again there.'),
    ]),
  landingStranger: (): LandingText =>
    landing('bad', l10n.t('This page belongs to another sign-in'), [
      l10n.t('VS Code is waiting for a newer one. Close this page and use the one that was opened last, or start again in VS Code.'),
    ]),
  landingLate: (): LandingText =>
    landing('bad', l10n.t('This sign-in is already being finished'), [l10n.t('You can close this page and go back to VS Code.')]),
} as const;

function landing(mood: LandingText['mood'], title: string, paragraphs: readonly string[]): LandingText {
  return { mood, language: env.language, title, paragraphs };
}

function shortLength(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  if (minutes % 1_440 === 0) return texts.days(minutes / 1_440);
  return minutes % 60 === 0 ? texts.hours(minutes / 60) : texts.minutes(minutes);
}
