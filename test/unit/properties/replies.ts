/** What a service, or something between it and this machine, can reply to a request: everything, and more often what hurts. */
import fc from 'fast-check';

/** A reply as it is planned; what the good ones contain is decided when the request has come. */
export type Reply =
  | { readonly kind: 'good'; readonly claims: ClaimsChange }
  | { readonly kind: 'cut'; readonly share: number }
  | { readonly kind: 'response'; readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  | { readonly kind: 'failure'; readonly code: FailureCode };

/** How the claims of a new id_token differ from those of the sign-in. */
export const claimsChanges = ['same', 'noAuth', 'noWorkspace', 'otherNames', 'noEmail', 'otherPlan'] as const;
export type ClaimsChange = (typeof claimsChanges)[number];

/** Why a request got no response; the first ones never left this machine. */
export const failureCodes = [
  'ENOTFOUND',
  'ECONNREFUSED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_HAS_EXPIRED',
  'ECONNRESET',
  'UND_ERR_SOCKET',
] as const;
export type FailureCode = (typeof failureCodes)[number];
export const unsentFailures: ReadonlySet<string> = new Set(failureCodes.slice(0, 4));

export const good: Reply = { kind: 'good', claims: 'same' };

/** The code words that end a session when the token endpoint says them. */
export const finalWords = [
  'refresh_token_expired',
  'refresh_token_reused',
  'refresh_token_invalidated',
  'invalid_refresh_token',
  'invalid_grant',
  'app_session_terminated',
  'token_expired',
];
const otherWords = [
  'unsupported_country_region_territory',
  'account_deactivated',
  'account_suspended',
  'token_invalidated',
  'token_revoked',
  'usage_limit_reached',
  'rate_limit_exceeded',
  'deactivated_workspace',
  'server_error',
  'a_word_of_next_year',
];

const status = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(200, 301, 400, 401, 402, 403, 404, 407, 409, 429, 500, 502, 503, 511) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }) },
);

const words = fc.constantFrom(...finalWords, ...otherWords);
const shaped = fc
  .tuple(words, fc.constantFrom('openai', 'oauth', 'plain', 'detail', 'detailCode', 'array', 'capitals'))
  .map(([word, shape]) => {
    const shapes = {
      openai: { error: { code: word, message: 'A message.', type: 'invalid_request_error', param: null } },
      oauth: { error: word, error_description: 'A description.' },
      plain: { code: word },
      detail: { detail: word },
      detailCode: { detail: { code: word } },
      array: [{ error: { code: word } }],
      capitals: { error: { code: word.toUpperCase() } },
    };
    return JSON.stringify(shapes[shape]);
  });

/** Stands for a body that is larger than any response may be. */
export const huge = '{"error":{"code":"invalid_grant"},"x":"…"}';

const body = fc.oneof(
  { weight: 4, arbitrary: shaped },
  { weight: 2, arbitrary: fc.json() },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '<!DOCTYPE html><title>Just a moment...</title>',
      '  <html>invalid_grant token_expired</html>',
      '<?xml version="1.0"?>',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' ', 'null', '{}', '[]', '{"error":null}', '{"detail":"Unauthorized"}', '{"error":{}}', '﻿{}'),
  },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.constant(huge) },
);

const headers = fc
  .record(
    {
      'content-type': fc.constantFrom(
        'application/json',
        'application/json; charset=utf-8',
        'text/html',
        'text/plain',
        'application/problem+json',
      ),
      'retry-after': fc.constantFrom(
        '0',
        '5',
        '120',
        '999999999',
        '-1',
        'soon',
        'Wed, 21 Oct 2099 07:28:00 GMT',
        'Wed, 21 Oct 2015 07:28:00 GMT',
      ),
      date: fc.constantFrom('Wed, 21 Oct 2015 07:28:00 GMT', 'Wed, 21 Oct 2099 07:28:00 GMT', 'yesterday'),
      location: fc.constant('https://elsewhere.example/'),
      'cf-mitigated': fc.constant('challenge'),
    },
    { requiredKeys: [] },
  )
  .map(given => given as Record<string, string>);

/** A refusal in the service's own form, of which only some end a session. */
const refusal: fc.Arbitrary<Reply> = fc
  .record({ status: fc.constantFrom(400, 401, 403, 429, 500), word: words })
  .map(({ status, word }) => ({
    kind: 'response' as const,
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { code: word, message: 'A message.', type: 'invalid_request_error', param: null } }),
  }));

export const reply: fc.Arbitrary<Reply> = fc.oneof(
  { weight: 3, arbitrary: refusal },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('good' as const), claims: fc.constantFrom(...claimsChanges) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), share: fc.double({ min: 0, max: 0.95, noNaN: true }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('response' as const), status, headers, body }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('failure' as const), code: fc.constantFrom(...failureCodes) }) },
);

export function isPage({ headers, body }: { headers: Readonly<Record<string, string>>; body: string }): boolean {
  return (headers['content-type'] ?? '').includes('html') || body.trimStart().startsWith('<');
}

/** The code word of a JSON error, wherever a service puts it. */
export function wordIn(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { error, detail, code } = value as Record<string, unknown>;
  const inner = [error, detail].map(each => (typeof each === 'object' && each !== null ? (each as Record<string, unknown>)['code'] : each));
  return [...inner, code].find(each => typeof each === 'string')?.toLowerCase();
}

/** A response with any status that `Response` lets a test make. */
export function responseOf({ status, headers, body }: Extract<Reply, { kind: 'response' }>): Response {
  const isEmpty = [204, 205, 304].includes(status);
  return new Response(isEmpty ? null : body === huge ? huge.replace('…', 'x'.repeat(1_100_000)) : body, { status, headers });
}
