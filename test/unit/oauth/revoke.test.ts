import { describe, expect, it } from 'vitest';
import type { RevocationOutcome } from '../../../src/oauth/revoke.ts';
import { revoke } from '../../../src/oauth/revoke.ts';
import { fetchFailure, hang, html, json, Network } from '../support/network.ts';
import { service } from './support/service.ts';
import { tokens } from './support/tokens.ts';

const revoking = (network: Network): Promise<RevocationOutcome> => revoke(service, tokens, { http: network.http, correlationId: 'test' });

describe('revoke', () => {
  it('a revocation sends the refresh token in a JSON body, and no token in its URL or headers [R31] [R47]', async () => {
    const network = new Network(() => new Response(null, { status: 200 }));
    expect(await revoking(network)).toBe('revoked');
    const [sent] = network.sent;
    expect(sent).toMatchObject({ url: 'https://auth.openai.com/oauth/revoke', method: 'POST' });
    expect(sent?.headers['content-type']).toBe('application/json');
    expect(sent?.headers).not.toHaveProperty('authorization');
    expect(JSON.parse(sent?.body ?? '')).toEqual({
      token: 'refresh-before',
      token_type_hint: 'refresh_token',
      client_id: service.clientId,
    });
    expect(network.log.text).not.toContain('refresh-before');
  });

  it.each([200, 202, 204])('a revocation succeeds with %i', async status => {
    expect(await revoking(new Network(() => new Response(null, { status })))).toBe('revoked');
  });

  it.each([
    ['400 with an error code', json(400, { error: 'invalid_request' })],
    ['401 with an error code', json(401, { error: { code: 'invalid_client' } })],
  ])('a revocation is refused with %s', async (_what, response) => {
    expect(await revoking(new Network(() => response))).toBe('refused');
  });

  it.each([
    ['400 without an error code', json(400, {})],
    ['429', json(429, { error: { code: 'rate_limit_exceeded' } })],
    ['503', new Response(null, { status: 503, headers: { 'retry-after': '30' } })],
    ['a redirect', new Response(null, { status: 302 })],
    ['200 with HTML', html(200)],
    ['400 with HTML', html(400)],
    ['403 with HTML', html(403)],
  ])('a revocation fails, and may be tried again, with %s', async (_what, response) => {
    expect(await revoking(new Network(() => response))).toBe('failed');
  });

  it('a revocation without a response fails without an error [R32]', async () => {
    expect(await revoking(new Network(() => Promise.reject(fetchFailure('ECONNRESET'))))).toBe('failed');
  });

  it('a revocation times out after ten seconds [R32]', async () => {
    const network = new Network(hang);
    const slow = revoking(network);
    expect(network.clock.sleeping).toEqual([10_000]);
    network.clock.advance(10_000);
    expect(await slow).toBe('failed');
  });

  it('a defect in a revocation is thrown', async () => {
    const broken = { send: () => Promise.reject(new RangeError('a defect')) };
    await expect(revoke(service, tokens, { http: broken as never, correlationId: 'test' })).rejects.toThrow(RangeError);
  });
});
