/** What a refusal of a model request means, by the service's code, else by its status. */
import { defined } from '../../base/defined.ts';
import { isRecord, readString } from '../../base/json.ts';
import { readServiceCode } from '../../base/refusal.ts';
import type { ModelErrorCode, ModelErrorDetails } from '../modelError.ts';
import { ModelError } from '../modelError.ts';
import type { StreamEvent } from './stream.ts';

/** The service's own words, in `error.type` or `error.code`. */
const byWord: Readonly<Record<string, ModelErrorCode>> = {
  usage_limit_reached: 'limitReached',
  subscription_sharing_usage_limit_exceeded: 'limitReached',
  usage_not_included: 'notInPlan',
  subscription_sharing_user_not_eligible: 'notInPlan',
  subscription_sharing_scope_not_authorized: 'notInPlan',
  rate_limit_exceeded: 'busy',
  context_length_exceeded: 'tooLong',
  content_filter: 'filtered',
  model_not_found: 'noSuchModel',
  server_is_overloaded: 'unavailable',
  slow_down: 'unavailable',
};

const unsupportedModel = /model is not supported/i;
const reasoningWords = /encrypted_content|reasoning/i;
const parameterForm = /^[A-Za-z0-9_.[\]-]{1,80}$/;
const unsupportedParameter = /^Unsupported parameter: (\S+)$/;
const latestTime = 8.64e15;

export interface Refusal {
  readonly status: number;
  readonly body: unknown;
  readonly isPage: boolean;
  /** Milliseconds since the epoch. */
  readonly retryAt?: number;
}

/** What a refusal states, read field by field. */
interface Stated {
  readonly code: ModelErrorCode | undefined;
  /** Never shown. */
  readonly text: string;
  readonly details: ModelErrorDetails;
}

/** @param refusal a response other than 200, or a page */
export function errorOfResponse({ status, body, isPage, retryAt }: Refusal): ModelError {
  if (isPage) return new ModelError(status >= 500 ? 'unavailable' : 'blockedNetwork');
  const stated = readStated(body);
  const code = stated.code ?? (unsupportedModel.test(stated.text) ? 'noSuchModel' : undefined) ?? byStatus(status, body);
  return new ModelError(code, { ...defined({ until: retryAt }), ...stated.details });
}

/** @param event `response.failed` or `error` */
export function errorOfEvent(event: StreamEvent): ModelError {
  const response = isRecord(event['response']) ? event['response'] : event;
  const stated = readStated({ error: isRecord(response['error']) ? response['error'] : response });
  return new ModelError(stated.code ?? 'unavailable', stated.details);
}

/** Whether the service could not read the reasoning that was sent back: the request is worth another try without it. */
export function isAboutReasoning({ status, body }: Refusal): boolean {
  const { text, details } = readStated(body);
  return status === 400 && (reasoningWords.test(text) || reasoningWords.test(details.parameter ?? ''));
}

function readStated(body: unknown): Stated {
  const root = isRecord(body) ? body : {};
  const inner = [root['error'], root['detail']].find(isRecord) ?? root;
  const words = [inner['type'], inner['code'], root['code']].flatMap(word => readString(word)?.toLowerCase() ?? []);
  const text = [inner['message'], root['detail']].map(readString).find(value => value !== undefined) ?? '';
  const parameter = readString(inner['param']) ?? unsupportedParameter.exec(text)?.[1];
  const known = words.find(word => Object.hasOwn(byWord, word));
  return {
    code: known === undefined ? undefined : byWord[known],
    text,
    details: defined({
      until: readTime(inner['resets_at']),
      parameter: parameter !== undefined && parameterForm.test(parameter) ? parameter : undefined,
      serviceCode: readServiceCode(known ?? inner['code'] ?? inner['type'] ?? root['code']),
    }),
  };
}

/** Unix seconds, as milliseconds. */
function readTime(value: unknown): number | undefined {
  const ms = typeof value === 'number' ? value * 1000 : 0;
  return ms > 0 && ms <= latestTime ? ms : undefined;
}

function byStatus(status: number, body: unknown): ModelErrorCode {
  switch (status) {
    case 401:
      return 'refused';
    case 402:
      return 'notInPlan';
    case 403:
      // Without a body it is not the service's own word.
      return isRecord(body) ? 'notInPlan' : 'blockedNetwork';
    case 404:
      return 'noSuchModel';
    case 429:
      return 'busy';
    default:
      return status >= 400 && status < 500 ? 'badRequest' : 'unavailable';
  }
}
