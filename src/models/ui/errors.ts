/** Why a model request failed, in one sentence with one thing to do, as VS Code's errors. */
import { LanguageModelError } from 'vscode';
import { AppError } from '../../base/errors.ts';
import { errorText } from '../../shell/errorTexts.ts';
import { refusalText, statedReason } from '../../shell/refusalTexts.ts';
import type { ModelError, ModelErrorCode, ModelErrorDetails } from '../modelError.ts';
import { errorTexts } from './errorTexts.ts';

/** @param modelName of the model as the person knows it */
export function sentenceOf({ code, details, cause }: ModelError, modelName: string, formatTime: (at: number) => string): string {
  switch (code) {
    case 'limitReached':
      return details.until === undefined ? errorTexts.limitReached() : errorTexts.limitReachedUntil(formatTime(details.until));
    case 'noImages':
    case 'noFiles':
    case 'tooLong':
      return errorTexts[code](modelName);
    case 'badRequest':
      return details.parameter === undefined
        ? withReason(details, errorTexts.badRequest())
        : withReason(details, errorTexts.badParameter(details.parameter));
    case 'refused':
    case 'notInPlan':
      return withReason(details, errorTexts[code]());
    case 'unavailable':
      // The network has sentences of its own.
      return cause instanceof AppError ? errorText(cause).message : withReason(details, errorTexts.unavailable());
    case 'signedOut':
    case 'off':
    case 'notChosen':
    case 'notConfirmed':
    case 'notAllowed':
    case 'blockedNetwork':
    case 'noSuchModel':
    case 'busy':
    case 'filtered':
    case 'noAnswer':
    case 'cutOff':
      return errorTexts[code]();
  }
}

/** The sentence for the reason that the service states, where it is known; a code that is not known is named. */
function withReason({ serviceCode }: ModelErrorDetails, sentence: string): string {
  if (serviceCode === undefined) return sentence;
  return refusalText({ request: 'models', serviceCode })?.message ?? statedReason(sentence, serviceCode);
}

const noPermissions = (message: string) => LanguageModelError.NoPermissions(message);
const notFound = (message: string) => LanguageModelError.NotFound(message);
const blocked = (message: string) => LanguageModelError.Blocked(message);

const byCode: Partial<Record<ModelErrorCode, (message: string) => Error>> = {
  signedOut: noPermissions,
  off: noPermissions,
  notChosen: noPermissions,
  notConfirmed: noPermissions,
  notAllowed: noPermissions,
  refused: noPermissions,
  notInPlan: noPermissions,
  noSuchModel: notFound,
  limitReached: blocked,
  busy: blocked,
};

/**
 * @param isChat VS Code's own chat shows an error's stack below its message, and always has one for a `LanguageModelError`; other
 * extensions go by the code
 */
export function toVsCodeError(code: ModelErrorCode, sentence: string, isChat: boolean): Error {
  const create = byCode[code];
  if (!isChat && create) return create(sentence);
  const plain = new Error(sentence);
  plain.stack = '';
  return plain;
}
