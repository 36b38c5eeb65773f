import { describe, expect, it } from 'vitest';
import { errorOfEvent, errorOfResponse } from '../../../../src/models/response/errors.ts';

const refusal = (status: number, body: unknown) => errorOfResponse({ status, body, isPage: false });

describe('a refusal of a model request', () => {
  it.each([
    [401, { error: { code: 'token_revoked' } }, 'refused'],
    [402, {}, 'notInPlan'],
    [403, { detail: 'No.' }, 'notInPlan'],
    [403, undefined, 'blockedNetwork'],
    [403, { error: { type: 'usage_not_included' } }, 'notInPlan'],
    [400, { error: { code: 'subscription_sharing_user_not_eligible' } }, 'notInPlan'],
    [404, {}, 'noSuchModel'],
    [400, { detail: "The 'gpt-x' model is not supported when using Codex with a ChatGPT account." }, 'noSuchModel'],
    [429, { error: { type: 'usage_limit_reached' } }, 'limitReached'],
    [429, { error: { code: 'subscription_sharing_usage_limit_exceeded' } }, 'limitReached'],
    [429, {}, 'busy'],
    [429, { error: { code: 'rate_limit_exceeded' } }, 'busy'],
    [400, { error: { type: 'invalid_request_error', code: 'context_length_exceeded' } }, 'tooLong'],
    [400, { error: { code: 'content_filter' } }, 'filtered'],
    [400, { detail: 'Store must be set to false' }, 'badRequest'],
    [422, {}, 'badRequest'],
    [500, {}, 'unavailable'],
    [503, { error: { code: 'server_is_overloaded' } }, 'unavailable'],
    [503, { error: { code: 'slow_down' } }, 'unavailable'],
  ])('%i %j is %s', (status, body, code) => {
    expect(refusal(status, body).code).toBe(code);
  });

  it('a used-up plan names its reset, and a busy service the time to wait', () => {
    expect(refusal(429, { error: { type: 'usage_limit_reached', resets_at: 1796052305 } }).details.until).toBe(1796052305_000);
    expect(errorOfResponse({ status: 429, body: {}, isPage: false, retryAt: 7_000 }).details.until).toBe(7_000);
    for (const at of ['soon', -1, 1e30]) {
      expect(refusal(429, { error: { type: 'usage_limit_reached', resets_at: at } }).details).not.toHaveProperty('until');
    }
  });

  it.each([
    [{ error: { param: 'input[3].id' } }, 'input[3].id'],
    [{ detail: 'Unsupported parameter: max_output_tokens' }, 'max_output_tokens'],
    [{ error: { param: 'a b' } }, undefined],
    [{ error: { param: '[x](command:y)' } }, undefined],
  ])('a bad request names its parameter, where that is nothing but a name: %j', (body, parameter) => {
    expect(refusal(400, body).details.parameter).toBe(parameter);
  });

  it('a page is never a word of the service', () => {
    expect(errorOfResponse({ status: 403, body: { error: { type: 'usage_not_included' } }, isPage: true }).code).toBe('blockedNetwork');
    expect(errorOfResponse({ status: 502, body: undefined, isPage: true }).code).toBe('unavailable');
  });
});

it.each([
  [{ type: 'error', code: 'rate_limit_exceeded', message: 'x' }, 'busy'],
  [{ type: 'error', error: { code: 'context_length_exceeded' } }, 'tooLong'],
  [{ type: 'response.failed', response: { error: { code: 'server_is_overloaded' } } }, 'unavailable'],
  [{ type: 'response.failed' }, 'unavailable'],
])('an event that ends a response is an error by its code: %j', (event, code) => {
  expect(errorOfEvent(event).code).toBe(code);
});
