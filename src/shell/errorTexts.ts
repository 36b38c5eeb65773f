import { l10n } from 'vscode';
import type { SignInErrorCode } from '../base/errors.ts';
import { commonTexts } from './commonTexts.ts';

/** What a person can do next, as a button beside the sentence. */
export type NextStep =
  | 'retry'
  | 'otherMethod'
  | 'openSettings'
  | 'openSecuritySettings'
  | 'openApiKeysPage'
  | 'addApiKey'
  | 'signInCodexCli'
  | 'reloadWindow'
  | 'updateExtension'
  | 'diagnose'
  | 'showLog';

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
    case 'deviceCodeNotOffered':
      return {
        sentence: l10n.t('The service has device codes switched off for this client. Sign in with the browser.'),
        next: 'otherMethod',
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
      return { sentence: l10n.t('The answer of the service was not understood.'), next: 'diagnose' };
    case 'identityInvalid':
      return {
        sentence: l10n.t('The service did not vouch for the account in a way that can be trusted. Nobody was signed in.'),
        next: 'diagnose',
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
    case 'apiKeyRefused':
      return {
        sentence: l10n.t('The API refuses this key: it is mistyped, was revoked, or belongs to another API. Paste one that is good.'),
        next: 'retry',
      };
    case 'apiKeyNotAllowed':
      return {
        sentence: l10n.t(
          'The API does not let this key be used from here: its project, or the country or network that you are in, is not allowed.',
        ),
        next: 'openApiKeysPage',
      };
    case 'apiKeyNameTaken':
      return { sentence: l10n.t('Another API key got this name meanwhile. Add the key again under another one.'), next: 'showLog' };
    case 'apiNotThere':
      return {
        sentence: l10n.t('There is no API at the address in the setting chatgptSignIn.apiUrl. It usually ends in /v1.'),
        next: 'openSettings',
      };
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
        next: 'diagnose',
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
        next: 'diagnose',
      };
    case 'vaultUnavailable':
      return { sentence: l10n.t('The folder where sign-ins are kept cannot be read or written.'), next: 'diagnose' };
    case 'codexNotFound':
      return {
        sentence: l10n.t(
          "The Codex CLI was not found, so its token cannot be renewed. Run 'codex login' in a terminal, or name the program in the setting chatgptSignIn.codexPath.",
        ),
        next: 'openSettings',
      };
    case 'codexSignedOut':
      return {
        sentence: l10n.t('The Codex CLI is signed out. It can be signed in from here, and keeps its session itself.'),
        next: 'signInCodexCli',
      };
    case 'codexUsesApiKey':
      return {
        sentence: l10n.t(
          "The Codex CLI uses an API key, which is billed by the token and has no plan. To use a ChatGPT account, run 'codex login' in a terminal.",
        ),
        next: 'addApiKey',
      };
    case 'codexWrongWorkspace':
      return {
        sentence: l10n.t(
          'The workspace that the Codex CLI is signed in to is not among those that the setting chatgptSignIn.allowedWorkspace admits, so it is not used here.',
        ),
        next: 'openSettings',
      };
    case 'codexFailed':
      return { sentence: l10n.t('The Codex CLI did not answer as expected. Update it, then try again.'), next: 'retry' };
    case 'unexpected':
      return { sentence: l10n.t('Something went wrong that should not have.'), next: 'diagnose' };
  }
}

/** A step as a button. */
export function nextStepTitle(step: NextStep, code: SignInErrorCode): string {
  switch (step) {
    case 'retry':
      return code === 'signedOut' ? commonTexts.signInAgain() : code === 'codeExpired' ? commonTexts.newCode() : commonTexts.retry();
    case 'otherMethod':
      return commonTexts.useDeviceCode();
    case 'openSettings':
      return commonTexts.openSettings();
    case 'openSecuritySettings':
      return commonTexts.openSecuritySettings();
    case 'openApiKeysPage':
      return commonTexts.openApiKeysPage();
    case 'addApiKey':
      return commonTexts.addApiKey();
    case 'signInCodexCli':
      return commonTexts.signInCodexCli();
    case 'reloadWindow':
      return commonTexts.reloadWindow();
    case 'updateExtension':
      return commonTexts.updateExtension();
    case 'diagnose':
      return commonTexts.diagnose();
    case 'showLog':
      return commonTexts.showLog();
  }
}
