/** What an error may carry of a service's refusal. */
import type { Refusal, RefusedRequest, ServiceCode } from './errors.ts';

/** Words with few digits, so that no token, id or address passes for a code. */
const serviceCodeForm = /^(?!.{65})[a-z]{1,24}\d{0,4}(?:[_.-](?:[a-z]{1,24}\d{0,4}|\d{1,4}))*$/;

/** The one part of a service's response that an error, the log and a message may carry; `undefined` where it is not a mere code. */
export function readServiceCode(value: unknown): ServiceCode | undefined {
  const code = typeof value === 'string' ? value.toLowerCase() : '';
  return serviceCodeForm.test(code) ? (code as ServiceCode) : undefined;
}

export function refusalOf(request: RefusedRequest, code: unknown): Refusal {
  const serviceCode = readServiceCode(code);
  return serviceCode === undefined ? { request } : { request, serviceCode };
}
