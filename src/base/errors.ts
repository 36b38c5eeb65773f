/**
 * The ground that every room stands on: no VS Code and no disk here. This file has the errors, `http.ts` the one way out to the
 * network, `async.ts` and `emitter.ts` what domain code waits and listens with. Start here.
 */

/**
 * Everything that can go wrong, as a closed list. `shell/errorTexts.ts` has one message and one action for each code. An
 * `AppError` never carries a token, an authorization code or text that a server sent, other than its code for the error.
 */
export const errorCodes = [
  // The person or the window ended it, or time did
  'cancelled',
  'denied',
  'timedOut',
  'codeExpired',
  'wrongAccount',
  'alreadySignedIn',
  // What the service decided
  'noEntitlement',
  'wrongWorkspace',
  'workspaceNotAllowed',
  'codeRefused',
  'deviceCodeDisabled',
  'deviceCodeNotOffered',
  'refused',
  'signedOut',
  // The response is not the one that was requested
  'issuerMismatch',
  'endpointNotSecure',
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
  'apiKeyRemoved',
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
  'sqliteMissing',
  'vaultLocked',
  'diskFull',
  'folderNotWritable',
  'folderNotOurs',
  'vaultUnavailable',
  // The Codex CLI's session
  'codexNotFound',
  'codexInWorkspace',
  'codexIsScript',
  'codexSignedOut',
  'codexUsesApiKey',
  'codexWrongWorkspace',
  'codexFailed',
  // A defect of this extension: nothing above fits
  'unexpected',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** The request that a service refused. */
export type RefusedRequest = 'signIn' | 'deviceCode' | 'refresh' | 'usage' | 'models' | 'apiKey';

/** A service's own code for an error, known to be nothing but a code: see `refusal.ts`. */
export type ServiceCode = string & { readonly isServiceCode: true };

/** What a service refused, and the reason it stated: together they decide what the person is told. */
export interface Refusal {
  readonly request: RefusedRequest;
  /** Absent where the service stated no reason. */
  readonly serviceCode?: ServiceCode;
}

/** What a message about an error is chosen by. */
export interface ErrorFacts {
  readonly code: ErrorCode;
  readonly refusal?: Refusal | undefined;
}

export class AppError extends Error implements ErrorFacts {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly refusal: Refusal | undefined;

  /** @param options.cause for the log, which redacts it; never shown */
  constructor(code: ErrorCode, options?: { cause?: unknown; refusal?: Refusal }) {
    super(code, options);
    this.code = code;
    this.refusal = options?.refusal;
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

const notToBeUsed = new Set<ErrorCode>(['issuerMismatch', 'workspaceNotAllowed', 'codexWrongWorkspace', 'apiKeyRefused']);

/** Whether an account that has met this error is still to be used: another request may go through. */
export function mayPass(error: AppError): boolean {
  return !isSignedOut(error) && !notToBeUsed.has(error.code);
}

/** Any thrown value as an `AppError`: `unexpected` where it is none yet. */
export function asAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('unexpected', { cause: error });
}
