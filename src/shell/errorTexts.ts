import { l10n } from 'vscode';
import type { ErrorCode } from '../base/errors.ts';
import { codexRedirectPorts } from '../oauth/services/codexProtocol.ts';
import { commonTexts } from './commonTexts.ts';

/** A button beside the message. */
export type ErrorAction =
  | 'retry'
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
  readonly message: string;
  /** Absent: only what every error offers. */
  readonly action?: ErrorAction;
}

/** Each error's message and one action. `cancelled` is never shown: the person did it. */
export function errorText(code: ErrorCode): ErrorText {
  switch (code) {
    case 'cancelled':
      return { message: l10n.t('Sign-in was canceled.'), action: 'retry' };
    case 'denied':
      return { message: l10n.t("Access was denied on the sign-in page. You're not signed in."), action: 'retry' };
    case 'timedOut':
      return { message: l10n.t('Sign-in timed out: no response from the browser within five minutes.'), action: 'retry' };
    case 'codeExpired':
      return { message: l10n.t('The code expired before it was used.'), action: 'retry' };
    case 'codeRefused':
      return { message: l10n.t("The code was rejected on the sign-in page. You're not signed in."), action: 'retry' };
    case 'deviceCodeDisabled':
      return {
        message: l10n.t(
          "Device codes are turned off for this account or workspace. Turn them on in ChatGPT's security settings, ask the workspace administrator, or sign in with the browser.",
        ),
        action: 'openSecuritySettings',
      };
    case 'deviceCodeNotOffered':
      return { message: l10n.t("The service doesn't offer device codes for this client. Sign in with the browser.") };
    case 'wrongWorkspace':
      return {
        message: l10n.t('This workspace is not allowed by the setting chatgptSignIn.allowedWorkspace. You were signed out of it again.'),
        action: 'retry',
      };
    case 'stateMismatch':
      return { message: l10n.t('This URL belongs to an earlier sign-in. Use the URL of the most recent page.'), action: 'retry' };
    case 'browserNotOpened':
      return { message: l10n.t("Couldn't open your browser. Copy the link and open it yourself.") };
    case 'settingsIncomplete':
      return {
        message: l10n.t(
          'The service "oidc" requires the settings chatgptSignIn.issuer and chatgptSignIn.clientId. Set both, then try again.',
        ),
        action: 'openSettings',
      };
    case 'wrongAccount':
      return {
        message: l10n.t('You signed in with a different account than requested. You were signed out of it again.'),
        action: 'retry',
      };
    case 'noEntitlement':
      return {
        message: l10n.t('Codex is not enabled for this workspace. Ask its administrator, or choose another workspace or account.'),
        action: 'retry',
      };
    case 'refused':
      return { message: l10n.t('The sign-in service rejected the request.'), action: 'retry' };
    case 'signedOut':
      return { message: l10n.t('Your ChatGPT session has expired. Sign in again to continue.'), action: 'retry' };
    case 'issuerMismatch':
      return { message: l10n.t('The response came from a different sign-in service than expected.'), action: 'retry' };
    case 'callbackIncomplete':
      return { message: l10n.t('This is not the URL of the last sign-in page: it contains no sign-in code.'), action: 'retry' };
    case 'answerNotUnderstood':
      return { message: l10n.t('Unexpected response from the service.'), action: 'diagnose' };
    case 'identityInvalid':
      return { message: l10n.t("The identity token could not be verified. You're not signed in."), action: 'diagnose' };
    case 'portsBusy':
      return {
        message: l10n.t(
          'Other programs are using both redirect ports ({0} and {1}). Close one of them, then try again.',
          ...codexRedirectPorts,
        ),
        action: 'retry',
      };
    case 'offline':
      return { message: l10n.t("Couldn't reach the service. Check your network connection."), action: 'retry' };
    case 'nameNotResolved':
      return { message: l10n.t("The service's host name was not found. Check your network connection, VPN, or DNS."), action: 'retry' };
    case 'certificateNotTrusted':
      return {
        message: l10n.t(
          "The service's certificate is not trusted. Behind a company proxy, install the proxy's certificate in the system and keep the setting http.systemCertificates on.",
        ),
        action: 'openSettings',
      };
    case 'clockWrong':
      return {
        message: l10n.t("The service's certificate is not valid on this computer's date. Check the computer's clock."),
        action: 'retry',
      };
    case 'proxyFailed':
      return { message: l10n.t("The proxy didn't forward the request. Check the setting http.proxy."), action: 'openSettings' };
    case 'noAnswer':
      return { message: l10n.t('The service did not respond in time.'), action: 'retry' };
    case 'blocked':
      return { message: l10n.t('A network filter or browser check is blocking the service. Your account is fine.'), action: 'retry' };
    case 'serviceUnavailable':
      return { message: l10n.t('The service is currently unavailable.'), action: 'retry' };
    case 'apiKeyRefused':
      return {
        message: l10n.t('The API rejected this key: it is mistyped, revoked, or for another API. Paste a valid key.'),
        action: 'retry',
      };
    case 'apiKeyNotAllowed':
      return {
        message: l10n.t("The API doesn't accept this key from here: its project, your country, or your network is not allowed."),
        action: 'openApiKeysPage',
      };
    case 'apiKeyNameTaken':
      return { message: l10n.t('Another API key took this name in the meantime. Add the key again with a different name.') };
    case 'apiNotThere':
      return {
        message: l10n.t('There is no API at the URL in the setting chatgptSignIn.apiUrl. The URL usually ends in /v1.'),
        action: 'openSettings',
      };
    case 'addressNotSecure':
      return { message: l10n.t("A URL in the settings doesn't use https. Nothing was sent to it."), action: 'openSettings' };
    case 'addressInvalid':
      return { message: l10n.t('A URL in the settings is not valid.'), action: 'openSettings' };
    case 'secretStoreUnavailable':
      return {
        message: l10n.t("VS Code's secret storage is not responding, so your sign-in could not be saved securely."),
        action: 'reloadWindow',
      };
    case 'secretStoreVolatile':
      return {
        message: l10n.t(
          "VS Code's secret storage lost the encryption key for the sign-ins saved on this computer. It may keep secrets in memory only because no keyring is available.",
        ),
        action: 'diagnose',
      };
    case 'keyMissing':
      return {
        message: l10n.t("This window doesn't have the encryption key for the sign-ins saved on this computer."),
        action: 'reloadWindow',
      };
    case 'vaultNewer':
      return {
        message: l10n.t('A newer version of this extension saved the sign-ins. Reload this window to use that version.'),
        action: 'reloadWindow',
      };
    case 'extensionOutdated':
      return {
        message: l10n.t(
          'A newer version of this extension saved the sign-ins, but this window runs an older version. Update the extension.',
        ),
        action: 'updateExtension',
      };
    case 'vaultLocked':
      return {
        message: l10n.t('Another VS Code process is locking the saved sign-ins. Close unresponsive windows, or restart VS Code.'),
        action: 'retry',
      };
    case 'diskFull':
      return { message: l10n.t("The disk is full, so your sign-ins can't be saved. Free up some space, then try again."), action: 'retry' };
    case 'folderNotWritable':
      return {
        message: l10n.t("Couldn't write to the folder that stores your sign-ins. Check its permissions, then try again."),
        action: 'retry',
      };
    case 'folderNotOurs':
      return {
        message: l10n.t(
          'The folder for your sign-ins belongs to another user or is a link to another place, so nothing is saved there. Remove it, then try again.',
        ),
        action: 'diagnose',
      };
    case 'vaultUnavailable':
      return { message: l10n.t("Couldn't read or write the folder that stores your sign-ins."), action: 'diagnose' };
    case 'codexNotFound':
      return {
        message: l10n.t(
          "The Codex CLI was not found, so its token can't be refreshed. Run 'codex login' in a terminal, or enter the path of the CLI in the setting chatgptSignIn.codexPath.",
        ),
        action: 'openSettings',
      };
    case 'codexSignedOut':
      return {
        message: l10n.t('The Codex CLI is signed out. You can sign in to it from here. The CLI stores its own session.'),
        action: 'signInCodexCli',
      };
    case 'codexUsesApiKey':
      return {
        message: l10n.t(
          "The Codex CLI uses an API key, which is billed per token and has no plan. To use a ChatGPT account, run 'codex login' in a terminal.",
        ),
        action: 'addApiKey',
      };
    case 'codexWrongWorkspace':
      return {
        message: l10n.t(
          'The Codex CLI is signed in to a workspace that is not allowed by the setting chatgptSignIn.allowedWorkspace, so its account is not used here.',
        ),
        action: 'openSettings',
      };
    case 'codexFailed':
      return { message: l10n.t('The Codex CLI did not respond as expected. Update it, then try again.'), action: 'retry' };
    case 'unexpected':
      return { message: l10n.t('An unexpected error occurred.'), action: 'diagnose' };
  }
}

/** The title of an action's button. */
export function actionTitle(action: ErrorAction, code: ErrorCode): string {
  switch (action) {
    case 'retry':
      return code === 'signedOut' ? commonTexts.signInAgain() : code === 'codeExpired' ? commonTexts.newCode() : commonTexts.retry();
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
