import { l10n } from 'vscode';
import type { ErrorCode, ErrorFacts, RefusedRequest } from '../base/errors.ts';
import { codexRedirectPorts } from '../oauth/services/codexClient.ts';
import type { ErrorText } from './errorActions.ts';
import { refusalText, refusedText, statedReason } from './refusalTexts.ts';

/** The message and one action of an error: by the reason that a service stated, where it is known, and by our code otherwise. */
export function errorText({ code, refusal }: ErrorFacts): ErrorText {
  const known = refusal && refusalText(refusal);
  if (known) return known;
  const text = textOf(code, refusal?.request);
  const stated = ofAnyReason.has(code) ? refusal?.serviceCode : undefined;
  return stated === undefined ? text : { ...text, message: statedReason(text.message, stated) };
}

/** Our codes that leave the reason open, so that a code of the service which nobody knows here is told beside them. */
const ofAnyReason = new Set<ErrorCode>(['refused', 'apiKeyNotAllowed', 'serviceUnavailable']);

/** Each error's message and one action. `cancelled` is never shown: the person did it. */
function textOf(code: ErrorCode, request: RefusedRequest | undefined): ErrorText {
  switch (code) {
    case 'cancelled':
      return { message: l10n.t('Sign-in was canceled.'), action: 'retry' };
    case 'denied':
      return { message: l10n.t('Access was denied on the sign-in page. This sign-in was not saved.'), action: 'retry' };
    case 'timedOut':
      return { message: l10n.t('Sign-in timed out: no response from the browser within five minutes.'), action: 'retry' };
    case 'codeExpired':
      return { message: l10n.t('The code expired before the sign-in was completed.'), action: 'retry' };
    case 'codeRefused':
      return { message: l10n.t('The code was rejected on the sign-in page. This sign-in was not saved.'), action: 'retry' };
    case 'deviceCodeDisabled':
      return {
        message: l10n.t(
          "Device codes are not available. They may be turned off for your account or workspace: turn them on in ChatGPT's security settings, ask the workspace administrator, or sign in with the browser.",
        ),
        action: 'openSecuritySettings',
      };
    case 'deviceCodeNotOffered':
      return { message: l10n.t("The service doesn't offer device codes for this client. Sign in with the browser.") };
    case 'wrongWorkspace':
      return {
        message: l10n.t('This workspace is not allowed by the setting chatgptSignIn.allowedWorkspace, so this sign-in was not saved.'),
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
        message: l10n.t('You signed in with a different account than requested.'),
        action: 'retry',
      };
    case 'alreadySignedIn':
      return {
        message: l10n.t(
          "You're already signed in to this account, so nothing was changed. To add another one, choose it on the sign-in page.",
        ),
        action: 'retry',
      };
    case 'noEntitlement':
      return {
        message: l10n.t('Codex is not enabled for this workspace. Ask its administrator, or choose another workspace or account.'),
        action: 'retry',
      };
    case 'refused':
      return refusedText(request);
    case 'signedOut':
      return { message: l10n.t('This account is not signed in. Sign in to continue.'), action: 'retry' };
    case 'issuerMismatch':
      return { message: l10n.t('The response came from a different sign-in service than expected.'), action: 'retry' };
    case 'endpointNotSecure':
      return {
        message: l10n.t(
          "The sign-in service named a URL that isn't safe to use: without https, or on this computer or its network. Nothing was sent to it.",
        ),
        action: 'openSettings',
      };
    case 'callbackIncomplete':
      return { message: l10n.t('This URL contains no sign-in code: it is not that of the last sign-in page.'), action: 'retry' };
    case 'answerNotUnderstood':
      return { message: l10n.t('Unexpected response from the service.'), action: 'diagnose' };
    case 'identityInvalid':
      return { message: l10n.t('The identity token could not be verified. This sign-in was not saved.'), action: 'diagnose' };
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
          "There is no secure connection to the service: its certificate is not trusted, or something in between changes the connection. Behind a company proxy, install the proxy's certificate in the system and keep the setting http.systemCertificates on.",
        ),
        action: 'openNetworkSettings',
      };
    case 'clockWrong':
      return {
        message: l10n.t("The service's certificate is not valid on this computer's date. Check the computer's clock."),
        action: 'retry',
      };
    case 'proxyFailed':
      return {
        message: l10n.t(
          "The proxy can't be reached or didn't forward the request. Check the setting http.proxy, or the proxy of your system.",
        ),
        action: 'openNetworkSettings',
      };
    case 'noAnswer':
      return { message: l10n.t('The service did not respond in time.'), action: 'retry' };
    case 'blocked':
      return {
        message: l10n.t(
          "A web page came back in place of the service's response. A network filter, a browser check, or a network's sign-in page may be in the way.",
        ),
        action: 'retry',
      };
    case 'serviceUnavailable':
      return { message: l10n.t('The service is currently unavailable or too busy.'), action: 'retry' };
    case 'apiKeyRefused':
      return {
        message: l10n.t('The API rejected this key. It may be mistyped, revoked, or for another API. Paste a valid key.'),
        action: 'retry',
      };
    case 'apiKeyNotAllowed':
      return {
        message: l10n.t("The API doesn't accept this key for this request or from this network."),
        action: 'openApiKeysPage',
      };
    case 'apiKeyNameTaken':
      return { message: l10n.t('Another API key took this name in the meantime. Add the key again with a different name.') };
    case 'apiKeyRemoved':
      return { message: l10n.t('This API key was removed or renamed in another window. Nothing was saved.') };
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
    case 'sqliteMissing':
      return {
        message: l10n.t(
          'The extension host here runs on a Node.js version without SQLite (node:sqlite), which stores your sign-ins. Install this extension locally instead of on the remote machine, or update the editor.',
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
          "The Codex CLI was not found, so it can't be asked for its sign-in. Enter its path in the setting chatgptSignIn.codexPath, or install it.",
        ),
        action: 'openSettings',
      };
    case 'codexInWorkspace':
      return {
        message: l10n.t(
          'The Codex CLI that was found is in an open folder, and nothing in an open folder is run. Enter the path of another one in the setting chatgptSignIn.codexPath.',
        ),
        action: 'openSettings',
      };
    case 'codexIsScript':
      return {
        message: l10n.t(
          "The Codex CLI that was found is a script whose program wasn't found, and scripts aren't run in a shell. Enter the path of the program itself in the setting chatgptSignIn.codexPath, such as codex.exe on Windows.",
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
    case 'workspaceNotAllowed':
      return {
        message: l10n.t(
          "This account's workspace is not allowed by the setting chatgptSignIn.allowedWorkspace, so the account is not used. You can sign out of it, or sign in to an allowed workspace.",
        ),
        action: 'openSettings',
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
