import { describe, expect, it } from 'vitest';
import type { ServiceCode } from '../../../../src/base/errors.ts';
import { AppError } from '../../../../src/base/errors.ts';
import type { HttpResponse } from '../../../../src/base/http.ts';
import { HttpError } from '../../../../src/base/http.ts';
import type { ResponseOutcome } from '../../../../src/usage/polling/classifyResponse.ts';
import { classifyResponse, classifyError } from '../../../../src/usage/polling/classifyResponse.ts';
import { readFixture } from '../../support/captured.ts';

const now = Date.parse('2026-11-23T16:00:00Z');
const page = '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>';

function response(status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: new Headers(headers), text, clockOffset: 0 };
}

function outcomeOf(status: number, body: unknown, headers: Record<string, string> = {}): ResponseOutcome {
  return classifyResponse(response(status, body, headers), now);
}

describe('classifyResponse: a documented error of the service', () => {
  interface ErrorCase {
    readonly status: number;
    readonly contentType: string;
    readonly headers?: Record<string, string>;
    readonly body: unknown;
    readonly expect: string;
  }
  const { cases } = readFixture('usage/errors.json') as { cases: ErrorCase[] };
  const outcomes: Record<string, Partial<ResponseOutcome>> = {
    'refresh-once': { kind: 'tokenRefused' },
    'sign-in-again': { kind: 'forbidden', code: 'refused', refusal: { request: 'usage', serviceCode: 'token_revoked' as ServiceCode } },
    'account-deactivated': { kind: 'accountInactive' },
    'workspace-deactivated': { kind: 'workspaceInactive' },
    'blocked-by-challenge': { kind: 'challenge', code: 'blocked' },
    'forbidden-check-workspace': { kind: 'forbidden' },
    'transient-outage': { kind: 'outage', code: 'serviceUnavailable' },
    'backoff 429': { kind: 'tooMany', wait: 120_000 },
    'backoff 503': { kind: 'outage', code: 'serviceUnavailable' },
    'not-json': { kind: 'outage', code: 'blocked' },
  };

  it.each(cases)('$status with "$expect" is classified as such', ({ status, contentType, headers, body, expect: expected }) => {
    const type: Record<string, string> = contentType === '' ? {} : { 'content-type': contentType };
    const wanted = outcomes[expected === 'backoff' ? `backoff ${String(status)}` : expected];
    expect(wanted).toBeDefined();
    expect(outcomeOf(status, body, { ...type, ...headers })).toEqual(expect.objectContaining(wanted));
  });
});

describe('classifyResponse: a 401', () => {
  it.each([
    ['in an error', { error: { code: 'token_expired', message: 'Provided authentication token is expired.' } }],
    ['at the top level', { code: 'Token_Expired' }],
    ['as the error itself', { error: 'token_expired', error_description: 'It is.' }],
    ['as the detail', { detail: 'token_expired' }],
    ['within the detail', { detail: { code: 'token_expired' } }],
  ])('a 401 with the code token_expired %s is about the age of the token', (_which, body) => {
    expect(outcomeOf(401, body)).toEqual({ kind: 'tokenRefused', isExpired: true });
  });

  it.each([
    ['without a body', ''],
    ['with an empty object', {}],
    ['with nothing but numbers and nulls', { error: { code: null, message: '' }, status: 401 }],
    ['with null', 'null'],
  ])('a 401 %s may be about the age of the token', (_which, body) => {
    expect(outcomeOf(401, body)).toEqual({ kind: 'tokenRefused', isExpired: false });
  });

  it.each([
    ['an unknown code', { error: { code: 'something_new' } }, 'something_new'],
    ['a detail', { detail: 'Unauthorized' }, 'unauthorized'],
    ['a region', { detail: 'Workspace is not authorized in this region.' }, undefined],
    ['a message without a code', { error: { message: 'Your token has been invalidated.', code: null } }, undefined],
    ['a token that could not be parsed', { error: { code: 'invalid_token', message: 'Could not parse it.' } }, 'invalid_token'],
    ['a revoked token', { code: 'token_revoked' }, 'token_revoked'],
    ['a list', ['not for you'], undefined],
    ['plain text', 'Unauthorized', undefined],
  ])('a 401 that states %s is an obstacle of the request', (_what, body, serviceCode) => {
    expect(outcomeOf(401, body)).toEqual({
      kind: 'forbidden',
      code: 'refused',
      refusal: { request: 'usage', ...(serviceCode === undefined ? {} : { serviceCode }) },
    });
  });

  it('a refusal may name the time to wait', () => {
    expect(outcomeOf(401, { detail: 'Unauthorized' }, { 'retry-after': '90' })).toMatchObject({ kind: 'forbidden', wait: 90_000 });
    expect(outcomeOf(403, { detail: 'Forbidden' }, { 'retry-after': '90' })).toMatchObject({ kind: 'forbidden', wait: 90_000 });
  });

  it('a 401 for a deactivated account is recognized by its message too', () => {
    const message = 'Your OpenAI account has been deactivated, please check your email for more information.';
    expect(outcomeOf(401, { error: { message } })).toMatchObject({ kind: 'accountInactive' });
    expect(outcomeOf(401, { detail: message })).toMatchObject({ kind: 'accountInactive' });
  });

  it('a 401 with an HTML page is not a response of the service', () => {
    expect(outcomeOf(401, page)).toMatchObject({ kind: 'challenge' });
    expect(outcomeOf(401, '<html>Log in to this network')).toMatchObject({ kind: 'outage' });
  });
});

describe('classifyResponse: responses that keep the person signed in and the last reading shown', () => {
  it.each([
    ['a 402 without a body', 402, '', 'outage'],
    ['a 403 without a body', 403, '', 'outage'],
    ['a 404 without a body', 404, '', 'outage'],
    ['a 404 in JSON', 404, { detail: 'Not Found' }, 'outage'],
    ['a 400', 400, { detail: 'x' }, 'outage'],
    ['a redirect', 302, '', 'outage'],
    ['a 502 page', 502, '<html><title>Bad gateway</title>', 'outage'],
    ['a 503 page that checks the browser', 503, page, 'challenge'],
    ['a 200 page that checks the browser', 200, page, 'challenge'],
    ['a 200 without a body', 200, '', 'outage'],
    ['truncated JSON', 200, '{"plan_type":', 'outage'],
    ['a list', 200, [], 'outage'],
    ['a proxy that requires authentication', 407, '', 'unreachable'],
    ["a proxy's page that requires authentication", 407, '<html>', 'unreachable'],
    ['a 429 page', 429, '<html>error 1015', 'tooMany'],
  ])('%s is a temporary failure', (_what, status, body, kind) => {
    expect(outcomeOf(status, body)).toMatchObject({ kind });
  });

  it('a page with the header cf-mitigated is a browser check', () => {
    expect(outcomeOf(200, '<html>', { 'cf-mitigated': 'challenge' })).toMatchObject({ kind: 'challenge' });
  });
});

describe('classifyResponse: Retry-After', () => {
  it('the delay is given in seconds or as a date', () => {
    expect(outcomeOf(429, '', { 'retry-after': '90' })).toMatchObject({ wait: 90_000 });
    expect(outcomeOf(429, '', { 'retry-after': 'Mon, 23 Nov 2026 16:02:00 GMT' })).toMatchObject({ wait: 120_000 });
    expect(outcomeOf(503, '', { 'retry-after': '90' })).toMatchObject({ kind: 'outage', wait: 90_000 });
  });

  it('a missing or unreadable Retry-After gives no delay', () => {
    expect(outcomeOf(429, '')).not.toHaveProperty('wait');
    expect(outcomeOf(429, '', { 'retry-after': 'soon' })).not.toHaveProperty('wait');
  });

  it('a delay is a day at most', () => {
    expect(outcomeOf(429, '', { 'retry-after': '999999999' })).toMatchObject({ wait: 86_400_000 });
  });
});

it('classifyResponse: a JSON response is passed on unchanged', () => {
  expect(outcomeOf(200, { plan_type: 'plus' })).toEqual({ kind: 'answered', body: { plan_type: 'plus' } });
});

describe('classifyError', () => {
  it.each([
    ['because the session expired', new AppError('signedOut'), { kind: 'outage', code: 'signedOut' }],
    [
      'because the token endpoint refused',
      new AppError('refused', { refusal: { request: 'refresh' } }),
      { kind: 'outage', code: 'refused', refusal: { request: 'refresh' } },
    ],
    ['without a network', new HttpError('offline', false), { kind: 'unreachable', code: 'offline' }],
    ['by a timeout', new HttpError('noAnswer', true), { kind: 'unreachable', code: 'noAnswer' }],
    ['because the response could not be read', new HttpError('answerNotUnderstood', true), { kind: 'outage', code: 'answerNotUnderstood' }],
    ['because the service could not refresh the token', new AppError('serviceUnavailable'), { kind: 'outage', code: 'serviceUnavailable' }],
    ['because the vault is locked', new AppError('vaultLocked'), { kind: 'unreachable', code: 'vaultLocked' }],
    ['because of a defect', new RangeError('x'), { kind: 'unreachable', code: 'unexpected' }],
  ])('a request that failed %s is classified', (_which, error, failure) => {
    expect(classifyError(error)).toEqual(failure);
  });
});
