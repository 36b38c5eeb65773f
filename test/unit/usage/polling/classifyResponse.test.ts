import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/base/errors.ts';
import type { HttpResponse } from '../../../../src/base/http.ts';
import { HttpError } from '../../../../src/base/http.ts';
import type { ResponseOutcome } from '../../../../src/usage/polling/classifyResponse.ts';
import { classifyResponse, classifyError } from '../../../../src/usage/polling/classifyResponse.ts';
import { readFixture } from '../../support/captured.ts';

const now = Date.parse('2026-11-23T16:00:00Z');
const page = '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>';

function answer(status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: new Headers(headers), text, clockOffset: 0 };
}

function verdict(status: number, body: unknown, headers: Record<string, string> = {}): ResponseOutcome {
  return classifyResponse(answer(status, body, headers), now);
}

describe('a public error of the service', () => {
  interface ErrorCase {
    readonly status: number;
    readonly contentType: string;
    readonly headers?: Record<string, string>;
    readonly body: unknown;
    readonly expect: string;
  }
  const { cases } = readFixture('usage/errors.json') as { cases: ErrorCase[] };
  const verdicts: Record<string, Partial<ResponseOutcome>> = {
    'refresh-once': { kind: 'tokenRefused' },
    'sign-in-again': { kind: 'sessionEnded', code: 'signedOut' },
    'account-deactivated': { kind: 'accountInactive' },
    'workspace-deactivated': { kind: 'workspaceInactive' },
    'blocked-by-challenge': { kind: 'challenge', code: 'blocked' },
    'forbidden-check-workspace': { kind: 'forbidden' },
    'transient-outage': { kind: 'outage', code: 'serviceUnavailable' },
    'backoff 429': { kind: 'tooMany', wait: 120_000 },
    'backoff 503': { kind: 'outage', code: 'serviceUnavailable' },
    'not-json': { kind: 'outage', code: 'blocked' },
  };

  it.each(cases)('means what it says: $status $expect', ({ status, contentType, headers, body, expect: expected }) => {
    const type: Record<string, string> = contentType === '' ? {} : { 'content-type': contentType };
    const wanted = verdicts[expected === 'backoff' ? `backoff ${String(status)}` : expected];
    expect(wanted).toBeDefined();
    expect(verdict(status, body, { ...type, ...headers })).toEqual(expect.objectContaining(wanted));
  });
});

describe('a 401', () => {
  it.each([
    ['without a word', ''],
    ['with a word that nobody knows', { error: { code: 'something_new' } }],
    ['with a detail alone', { detail: 'Unauthorized' }],
    ['whose token could not be read', { error: { code: 'invalid_token', message: 'Could not parse your authentication token.' } }],
  ])('%s may be an old token', (_which, body) => {
    expect(verdict(401, body)).toEqual({ kind: 'tokenRefused' });
  });

  it.each([
    ['by its code', { error: { code: 'token_invalidated' } }],
    ['by its code beside', { code: 'token_revoked' }],
    ['by its words', { error: { message: 'Encountered invalidated oauth token for user, failing request' } }],
    ['by other words', { detail: 'Your authentication token has been invalidated. Please try signing in again.' }],
  ])('that ends the session is told %s', (_how, body) => {
    expect(verdict(401, body)).toEqual({ kind: 'sessionEnded', code: 'signedOut' });
  });

  it('that closes the account is told by its words too', () => {
    const message = 'Your OpenAI account has been deactivated, please check your email for more information.';
    expect(verdict(401, { error: { message } })).toMatchObject({ kind: 'accountInactive' });
    expect(verdict(401, { detail: message })).toMatchObject({ kind: 'accountInactive' });
  });

  it('that is a page is not the service’s word', () => {
    expect(verdict(401, page)).toMatchObject({ kind: 'challenge' });
    expect(verdict(401, '<html>Log in to this network')).toMatchObject({ kind: 'outage' });
  });
});

describe('what leaves the person signed in, and the last reading where it is', () => {
  it.each([
    ['a 402 without a word', 402, '', 'outage'],
    ['a 403 without a body', 403, '', 'outage'],
    ['a 404 of every route', 404, '', 'outage'],
    ['a 404 in JSON', 404, { detail: 'Not Found' }, 'outage'],
    ['a 400', 400, { detail: 'x' }, 'outage'],
    ['a redirect', 302, '', 'outage'],
    ['a 502 page', 502, '<html><title>Bad gateway</title>', 'outage'],
    ['a 503 page that checks the browser', 503, page, 'challenge'],
    ['a 200 page that checks the browser', 200, page, 'challenge'],
    ['a 200 without a body', 200, '', 'outage'],
    ['JSON that breaks off', 200, '{"plan_type":', 'outage'],
    ['a list', 200, [], 'outage'],
    ['a proxy that wants to know who asks', 407, '', 'unreachable'],
    ['a page of such a proxy', 407, '<html>', 'unreachable'],
    ['a 429 page', 429, '<html>error 1015', 'tooMany'],
  ])('%s', (_what, status, body, kind) => {
    expect(verdict(status, body)).toMatchObject({ kind });
  });

  it('is also a challenge that says so in a header', () => {
    expect(verdict(200, '<html>', { 'cf-mitigated': 'challenge' })).toMatchObject({ kind: 'challenge' });
  });
});

describe('how long to wait', () => {
  it('is told in seconds or as a date', () => {
    expect(verdict(429, '', { 'retry-after': '90' })).toMatchObject({ wait: 90_000 });
    expect(verdict(429, '', { 'retry-after': 'Mon, 23 Nov 2026 16:02:00 GMT' })).toMatchObject({ wait: 120_000 });
    expect(verdict(503, '', { 'retry-after': '90' })).toMatchObject({ kind: 'outage', wait: 90_000 });
  });

  it('is left to us where it is not told, or cannot be read', () => {
    expect(verdict(429, '')).not.toHaveProperty('wait');
    expect(verdict(429, '', { 'retry-after': 'soon' })).not.toHaveProperty('wait');
  });

  it('is a day at most', () => {
    expect(verdict(429, '', { 'retry-after': '999999999' })).toMatchObject({ wait: 86_400_000 });
  });
});

it('an answer in JSON is handed on whole', () => {
  expect(verdict(200, { plan_type: 'plus' })).toEqual({ kind: 'answered', body: { plan_type: 'plus' } });
});

describe('no answer', () => {
  it.each([
    ['of a session that is over', new AppError('signedOut'), { kind: 'sessionEnded', code: 'signedOut' }],
    ['without a network', new HttpError('offline', false), { kind: 'unreachable', code: 'offline' }],
    ['in time', new HttpError('noAnswer', true), { kind: 'unreachable', code: 'noAnswer' }],
    ['that has an end', new HttpError('answerNotUnderstood', true), { kind: 'outage', code: 'answerNotUnderstood' }],
    ['of a service that cannot renew the token now', new AppError('serviceUnavailable'), { kind: 'outage', code: 'serviceUnavailable' }],
    ['because of a vault that is locked', new AppError('vaultLocked'), { kind: 'unreachable', code: 'vaultLocked' }],
    ['because of a defect', new RangeError('x'), { kind: 'unreachable', code: 'unexpected' }],
  ])('%s', (_which, error, failure) => {
    expect(classifyError(error)).toEqual(failure);
  });
});
