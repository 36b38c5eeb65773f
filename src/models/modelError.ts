import type { ServiceCode } from '../base/errors.ts';

/** Why a model request came to nothing, as a closed list: `ui/errors.ts` has a sentence and VS Code's error for each. */
export const modelErrorCodes = [
  'signedOut',
  'off',
  'notChosen',
  'notConfirmed',
  'notAllowed',
  'refused',
  'notInPlan',
  'blockedNetwork',
  'noSuchModel',
  'limitReached',
  'busy',
  'badRequest',
  'noImages',
  'noFiles',
  'tooLong',
  'filtered',
  'unavailable',
  'noAnswer',
  'cutOff',
] as const;

export type ModelErrorCode = (typeof modelErrorCodes)[number];

export interface ModelErrorDetails {
  /** The service's own code for it. */
  readonly serviceCode?: ServiceCode;
  /** When it may work again, in milliseconds since the epoch. */
  readonly until?: number;
  /** The name of the model. */
  readonly model?: string;
  /** The name of the parameter that the service refused; letters, digits, and `._[]-` only. */
  readonly parameter?: string;
}

/** Never carries a text that a service sent. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: ModelErrorCode;
  readonly details: ModelErrorDetails;

  /** @param options.cause for the log, which redacts it; never shown */
  constructor(code: ModelErrorCode, { cause, ...details }: ModelErrorDetails & { cause?: unknown } = {}) {
    super(code, { cause });
    this.code = code;
    this.details = details;
  }
}
