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
      return { sentence: l10n.t('Sign-in was canceled.'), next: 'retry' };
    case 'denied':
      return { sentence: l10n.t("Access was denied on the sign-in page. You're not signed in."), next: 'retry' };
    case 'timedOut':
      return { sentence: l10n.t('Sign-in timed out: no response from the browser within five minutes.'), next: 'retry' };
    case 'codeExpired':
      return { sentence: l10n.t('The code expired before it was used.'), next: 'retry' };
    case 'codeRefused':
      return { sentence: l10n.t("The code was rejected on the sign-in page. You're not signed in."), next: 'retry' };
    case 'deviceCodeDisabled':
      return {
        sentence: l10n.t(
          "Device codes are turned off for this account or workspace. Turn them on in ChatGPT's security settings, ask the workspace administrator, or sign in with the browser.",
        ),
        next: 'openSecuritySettings',
      };
    case 'deviceCodeNotOffered':
      return {
        sentence: l10n.t("The service doesn't offer device codes for this client. Sign in with the browser."),
        next: 'otherMethod',
      };
    case 'wrongWorkspace':
      return {
        sentence: l10n.t('This workspace is not allowed by the setting chatgptSignIn.allowedWorkspace. You were signed out of it again.'),
        next: 'retry',
      };
    case 'stateMismatch':
      return { sentence: l10n.t('This URL belongs to an earlier sign-in. Use the URL of the most recent page.'), next: 'retry' };
    case 'browserNotOpened':
      return { sentence: l10n.t("Couldn't open your browser. Copy the link and open it yourself."), next: 'otherMethod' };
    case 'settingsIncomplete':
      return {
        sentence: l10n.t(
          'The service "oidc" requires the settings chatgptSignIn.issuer and chatgptSignIn.clientId. Set both, then try again.',
        ),
        next: 'openSettings',
      };
    case 'wrongAccount':
      return { sentence: l10n.t('You signed in with a different account than requested. You were signed out of it again.'), next: 'retry' };
    case 'noEntitlement':
      return {
        sentence: l10n.t('Codex is not enabled for this workspace. Ask its administrator, or choose another workspace or account.'),
        next: 'retry',
      };
    case 'refused':
      return { sentence: l10n.t('The sign-in service rejected the request.'), next: 'retry' };
    case 'signedOut':
      return { sentence: l10n.t('Your ChatGPT session has expired. Sign in again to continue.'), next: 'retry' };
    case 'issuerMismatch':
      return { sentence: l10n.t('The response came from a different sign-in service than expected.'), next: 'retry' };
    case 'callbackIncomplete':
      return { sentence: l10n.t('This is not the URL of the last sign-in page: it contains no sign-in code.'), next: 'retry' };
    case 'answerNotUnderstood':
      return { sentence: l10n.t('Unexpected response from the service.'), next: 'diagnose' };
    case 'identityInvalid':
      return {
        sentence: l10n.t("The identity token could not be verified. You're not signed in."),
        next: 'diagnose',
      };
    case 'portsBusy':
      return {
        sentence: l10n.t('Other programs are using both redirect ports (1455 and 1457). Close one of them, then try again.'),
        next: 'retry',
      };
    case 'offline':
      return { sentence: l10n.t("Couldn't reach the service. Check your network connection."), next: 'retry' };
    case 'nameNotResolved':
      return { sentence: l10n.t("The service's host name was not found. Check your network connection, VPN, or DNS."), next: 'retry' };
    case 'certificateNotTrusted':
      return {
        sentence: l10n.t(
          "The service's certificate is not trusted. Behind a company proxy, install the proxy's certificate in the system and keep the setting http.systemCertificates on.",
        ),
        next: 'openSettings',
      };
    case 'clockWrong':
      return {
        sentence: l10n.t("The service's certificate is not valid on this computer's date. Check the computer's clock."),
        next: 'retry',
      };
    case 'proxyFailed':
      return { sentence: l10n.t("The proxy didn't forward the request. Check the setting http.proxy."), next: 'openSettings' };
    case 'noAnswer':
      return { sentence: l10n.t('The service did not respond in time.'), next: 'retry' };
    case 'blocked':
      return {
        sentence: l10n.t('A network filter or browser check is blocking the service. Your account is fine.'),
        next: 'retry',
      };
    case 'serviceUnavailable':
      return { sentence: l10n.t('The service is currently unavailable.'), next: 'retry' };
    case 'apiKeyRefused':
      return {
        sentence: l10n.t('The API rejected this key: it is mistyped, revoked, or for another API. Paste a valid key.'),
        next: 'retry',
      };
    case 'apiKeyNotAllowed':
      return {
        sentence: l10n.t("The API doesn't accept this key from here: its project, your country, or your network is not allowed."),
        next: 'openApiKeysPage',
      };
    case 'apiKeyNameTaken':
      return {
        sentence: l10n.t('Another API key took this name in the meantime. Add the key again with a different name.'),
        next: 'showLog',
      };
    case 'apiNotThere':
      return {
        sentence: l10n.t('There is no API at the URL in the setting chatgptSignIn.apiUrl. The URL usually ends in /v1.'),
        next: 'openSettings',
      };
    case 'addressNotSecure':
      return { sentence: l10n.t("A URL in the settings doesn't use https. Nothing was sent to it."), next: 'openSettings' };
    case 'addressInvalid':
      return { sentence: l10n.t('A URL in the settings is not valid.'), next: 'openSettings' };
    case 'secretStoreUnavailable':
      return {
        sentence: l10n.t("VS Code's secret storage is not responding, so your sign-in could not be saved securely."),
        next: 'reloadWindow',
      };
    case 'secretStoreVolatile':
      return {
        sentence: l10n.t(
          "VS Code's secret storage lost the encryption key for the sign-ins saved on this computer. It may keep secrets in memory only because no keyring is available.",
        ),
        next: 'diagnose',
      };
    case 'keyMissing':
      return {
        sentence: l10n.t("This window doesn't have the encryption key for the sign-ins saved on this computer."),
        next: 'reloadWindow',
      };
    case 'vaultNewer':
      return {
        sentence: l10n.t('A newer version of this extension saved the sign-ins. Reload this window to use that version.'),
        next: 'reloadWindow',
      };
    case 'extensionOutdated':
      return {
        sentence: l10n.t(
          'A newer version of this extension saved the sign-ins, but this window runs an older version. Update the extension.',
        ),
        next: 'updateExtension',
      };
    case 'vaultLocked':
      return {
        sentence: l10n.t('Another VS Code process is locking the saved sign-ins. Close unresponsive windows, or restart VS Code.'),
        next: 'retry',
      };
    case 'diskFull':
      return { sentence: l10n.t("The disk is full, so your sign-ins can't be saved. Free up some space, then try again."), next: 'retry' };
    case 'folderNotWritable':
      return {
        sentence: l10n.t("Couldn't write to the folder that stores your sign-ins. Check its permissions, then try again."),
        next: 'retry',
      };
    case 'folderNotOurs':
      return {
        sentence: l10n.t(
          'The folder for your sign-ins belongs to another user or is a link to another place, so nothing is saved there. Remove it, then try again.',
        ),
        next: 'diagnose',
      };
    case 'vaultUnavailable':
      return { sentence: l10n.t("Couldn't read or write the folder that stores your sign-ins."), next: 'diagnose' };
    case 'codexNotFound':
      return {
        sentence: l10n.t(
          "The Codex CLI was not found, so its token can't be refreshed. Run 'codex login' in a terminal, or enter the path of the CLI in the setting chatgptSignIn.codexPath.",
        ),
        next: 'openSettings',
      };
    case 'codexSignedOut':
      return {
        sentence: l10n.t('The Codex CLI is signed out. You can sign in to it from here. The CLI stores its own session.'),
        next: 'signInCodexCli',
      };
    case 'codexUsesApiKey':
      return {
        sentence: l10n.t(
          "The Codex CLI uses an API key, which is billed per token and has no plan. To use a ChatGPT account, run 'codex login' in a terminal.",
        ),
        next: 'addApiKey',
      };
    case 'codexWrongWorkspace':
      return {
        sentence: l10n.t(
          'The Codex CLI is signed in to a workspace that is not allowed by the setting chatgptSignIn.allowedWorkspace, so its account is not used here.',
        ),
        next: 'openSettings',
      };
    case 'codexFailed':
      return { sentence: l10n.t('The Codex CLI did not respond as expected. Update it, then try again.'), next: 'retry' };
    case 'unexpected':
      return { sentence: l10n.t('An unexpected error occurred.'), next: 'diagnose' };
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
