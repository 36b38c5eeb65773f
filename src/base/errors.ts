/**
 * The ground that every room stands on: no VS Code and no disk here. This file has the errors, `http.ts` the one way out to the
 * network, `async.ts` and `emitter.ts` what domain code waits and listens with. Start here.
 */

/**
 * Everything that can go wrong, as a closed list. `shell/errorTexts.ts` has one message and one action for each code. An
 * `AppError` never carries a token, an authorization code or text that a server sent.
 */
export const errorCodes = [
  // The person or the window ended it, or time did
  'cancelled',
  'denied',
  'timedOut',
  'codeExpired',
  'wrongAccount',
  // What the service decided
  'noEntitlement',
  'wrongWorkspace',
  'codeRefused',
  'deviceCodeDisabled',
  'deviceCodeNotOffered',
  'refused',
  'signedOut',
  // The response is not the one that was requested
  'issuerMismatch',
  'stateMismatch',
  'callbackIncomplete',
  'answerNotUnderstood',
  'identityInvalid',
  // This machine and its network
  'portsBusy',
  'browserNotOpened',
  'offline',
  'nameNotResolved',
  'certificateNotTrusted',
  'clockWrong',
  'proxyFailed',
  'noAnswer',
  'blocked',
  'serviceUnavailable',
  // API keys
  'apiKeyRefused',
  'apiKeyNotAllowed',
  'apiKeyNameTaken',
  'apiNotThere',
  // Settings
  'addressNotSecure',
  'addressInvalid',
  'settingsIncomplete',
  // The stored tokens and their encryption key
  'secretStoreUnavailable',
  'secretStoreVolatile',
  'keyMissing',
  'vaultNewer',
  'extensionOutdated',
  'vaultLocked',
  'diskFull',
  'folderNotWritable',
  'folderNotOurs',
  'vaultUnavailable',
  // The Codex CLI's session
  'codexNotFound',
  'codexSignedOut',
  'codexUsesApiKey',
  'codexWrongWorkspace',
  'codexFailed',
  // A defect of this extension: nothing above fits
  'unexpected',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;

  /** @param options.cause for the log, which redacts it; never shown */
  constructor(code: ErrorCode, options?: { cause?: unknown }) {
    super(code, options);
    this.code = code;
  }
}

const storageFailures = new Set<ErrorCode>(['vaultLocked', 'diskFull', 'folderNotWritable', 'folderNotOurs', 'vaultUnavailable']);

/** Whether the disk failed: the same write may go through later. */
export function isStorageFailure(error: AppError): boolean {
  return storageFailures.has(error.code);
}

/** Whether nobody is signed in: the person is asked to sign in, and nothing is wrong. */
export function isSignedOut({ code }: AppError): boolean {
  return code === 'signedOut' || code === 'codexSignedOut' || code === 'codexUsesApiKey';
}

/** Any thrown value as an `AppError`: `unexpected` where it is none yet. */
export function asAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('unexpected', { cause: error });
}
