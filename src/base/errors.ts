/**
 * Everything that can go wrong on the way to a token, as a closed list. Each code has one sentence and one next
 * step in `vscode/texts/`. An `AppError` never carries a token, a code or text that a server sent.
 */
export const errorCodes = [
  // A person's or a window's choice
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
  // What came back was not what was asked for
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
  // Where the tokens lie
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
  // A defect of ours: nothing above fits
  'unexpected',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;

  /** `cause` is for the log, where it is redacted; it is never shown. */
  constructor(code: ErrorCode, options?: { cause?: unknown }) {
    super(code, options);
    this.code = code;
  }
}

const storageFailures = new Set<ErrorCode>(['vaultLocked', 'diskFull', 'folderNotWritable', 'folderNotOurs', 'vaultUnavailable']);

/** Whether the disk is what failed: the same write may go through later. */
export function isStorageFailure(error: AppError): boolean {
  return storageFailures.has(error.code);
}

/** Whether there is nobody to be used: it is asked who signs in, and nothing is wrong. */
export function isSignedOut({ code }: AppError): boolean {
  return code === 'signedOut' || code === 'codexSignedOut' || code === 'codexUsesApiKey';
}

/** Any thrown value as an `AppError`; what is not one already becomes `unexpected`. */
export function asAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('unexpected', { cause: error });
}
