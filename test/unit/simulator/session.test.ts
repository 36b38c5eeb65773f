import { beforeEach, describe, expect, it } from 'vitest';
import { clientId } from '../../simulator/contract.ts';
import { accountIdIn, authClaims, claims, errorCode, postJson, refresh, revoke, signIn, usage, type Tokens } from './codex.ts';
import { useSimulator } from '../support/simulator.ts';

const simulator = await useSimulator();
beforeEach(async () => {
  for (const account of ['ada', 'pia', 'sam']) await simulator.endSession(account);
});

async function refreshed(refreshToken: string): Promise<Tokens> {
  const { status, body } = await refresh(simulator, refreshToken);
  expect(status).toBe(200);
  return body as Tokens;
}

describe('a refresh', () => {
  it('a refresh rotates the refresh token and keeps the session', async () => {
    const first = await signIn(simulator, { account: 'ada' });
    const second = await refreshed(first.refresh_token);
    const third = await refreshed(second.refresh_token);
    expect(new Set([first, second, third].map(tokens => tokens.refresh_token)).size).toBe(3);
    expect(new Set([first, second, third].map(tokens => tokens.access_token)).size).toBe(3);
    expect(claims(third.access_token)['session_id']).toBe(claims(first.access_token)['session_id']);
    expect(claims(third.id_token)).toMatchObject({ sub: claims(first.id_token).sub, auth_time: claims(first.id_token)['auth_time'] });
    expect(third.scope).toBe(first.scope);
    expect(await simulator.sessions()).toEqual([expect.objectContaining({ account: 'ada', workspace: 'personal', generation: 2 })]);
    for (const tokens of [first, third]) expect((await usage(simulator, tokens.access_token)).status).toBe(200);
  });

  it('a refresh is accepted as a form and as JSON, with the reason that the Codex CLI gives', async () => {
    const { refresh_token: token } = await signIn(simulator, { account: 'ada' });
    const fields = { client_id: clientId, grant_type: 'refresh_token', refresh_reason: 'forced' };
    const form = await fetch(`${simulator.issuer}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...fields, refresh_token: token }),
    });
    expect(form.status).toBe(200);
    const { refresh_token: next } = (await form.json()) as Tokens;
    expect((await postJson(`${simulator.issuer}/oauth/token`, { ...fields, refresh_token: next })).status).toBe(200);
  });

  it('a refresh with an unknown field is refused', async () => {
    const { refresh_token: token } = await signIn(simulator, { account: 'ada' });
    const body = { client_id: clientId, grant_type: 'refresh_token', refresh_token: token, organization_id: 'org' };
    const reply = await postJson(`${simulator.issuer}/oauth/token`, body);
    expect([reply.status, errorCode(reply)]).toEqual([400, 'unknown_parameter']);
  });

  it('a refresh after a change of plan returns tokens with the new plan', async () => {
    const { refresh_token: token } = await signIn(simulator, { account: 'pia' });
    await simulator.account({ account: 'pia', plan: 'prolite' });
    expect(authClaims((await refreshed(token)).id_token)['chatgpt_plan_type']).toBe('prolite');
    await simulator.account({ account: 'pia', plan: 'pro' });
  });

  it('a refresh token used twice ends the whole session', async () => {
    const first = await signIn(simulator, { account: 'ada' });
    const second = await refreshed(first.refresh_token);
    const replay = await refresh(simulator, first.refresh_token);
    expect(replay.status).toBe(401);
    expect(replay.body).toEqual({
      error: {
        message: 'Your refresh token has already been used to generate a new access token. Please try signing in again.',
        type: 'invalid_request_error',
        param: null,
        code: 'refresh_token_reused',
      },
    });
    const newest = await refresh(simulator, second.refresh_token);
    expect([newest.status, errorCode(newest)]).toEqual([401, 'refresh_token_invalidated']);
    expect(errorCode(await refresh(simulator, first.refresh_token))).toBe('refresh_token_reused');
    for (const tokens of [first, second]) {
      const refused = await usage(simulator, tokens.access_token);
      expect([refused.status, errorCode(refused)]).toEqual([401, 'token_invalidated']);
    }
    expect(await simulator.sessions()).toEqual([]);
    expect(await simulator.sessions({ all: true })).toContainEqual(expect.objectContaining({ account: 'ada', revoked: 'replayed' }));
  });

  it('of several refreshes with one token at once, exactly one succeeds', async () => {
    const { refresh_token: token } = await signIn(simulator, { account: 'ada' });
    const replies = await Promise.all(Array.from({ length: 8 }, () => refresh(simulator, token)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(reply => errorCode(reply) === 'refresh_token_reused')).toHaveLength(7);
    expect(await simulator.sessions()).toEqual([]);
  });

  it('a refresh token used twice leaves other sessions of the account alone', async () => {
    const [one, other] = [await signIn(simulator, { account: 'ada' }), await signIn(simulator, { account: 'ada' })];
    await refreshed(one.refresh_token);
    await refresh(simulator, one.refresh_token);
    expect((await refresh(simulator, other.refresh_token)).status).toBe(200);
  });

  it('an expired refresh token and an unknown one get different errors', async () => {
    await simulator.set({ refreshTokenSeconds: 60 });
    const { refresh_token: token } = await signIn(simulator, { account: 'ada' });
    await simulator.set({ clockOffsetSeconds: 61 });
    const expired = await refresh(simulator, token);
    expect([expired.status, errorCode(expired)]).toEqual([401, 'refresh_token_expired']);
    const unknown = await refresh(simulator, 'never-given-out');
    expect([unknown.status, errorCode(unknown)]).toEqual([401, 'refresh_token_invalidated']);
  });
});

describe('a revocation', () => {
  it('revoking a refresh token ends its session', async () => {
    const tokens = await signIn(simulator, { account: 'ada' });
    const reply = await revoke(simulator, tokens.refresh_token);
    expect([reply.status, reply.body]).toEqual([200, {}]);
    expect(errorCode(await refresh(simulator, tokens.refresh_token))).toBe('refresh_token_invalidated');
    expect(errorCode(await usage(simulator, tokens.access_token))).toBe('token_revoked');
    expect(await simulator.sessions({ all: true })).toContainEqual(expect.objectContaining({ revoked: 'revoked' }));
  });

  it('revoking an access token ends its session', async () => {
    const tokens = await signIn(simulator, { account: 'ada' });
    const body = { token: tokens.access_token, token_type_hint: 'access_token' };
    expect((await postJson(`${simulator.issuer}/oauth/revoke`, body)).status).toBe(200);
    expect(errorCode(await refresh(simulator, tokens.refresh_token))).toBe('refresh_token_invalidated');
  });

  it('revoking a refresh token ends every session of that person, in whichever workspace, and nobody else’s', async () => {
    const signInSam = (workspace: string) => signIn(simulator, { account: 'sam', workspace });
    const [personal, team, again] = [await signInSam('personal'), await signInSam('team'), await signInSam('personal')];
    const ada = await signIn(simulator, { account: 'ada' });
    await revoke(simulator, personal.refresh_token);
    for (const tokens of [personal, team, again]) {
      expect(errorCode(await refresh(simulator, tokens.refresh_token))).toBe('refresh_token_invalidated');
      const reply = await usage(simulator, tokens.access_token, accountIdIn(tokens.id_token));
      expect([reply.status, errorCode(reply)]).toEqual([401, 'token_revoked']);
    }
    expect((await refresh(simulator, ada.refresh_token)).status).toBe(200);
  });

  it('revoking the token of a session that is over ends no other', async () => {
    const first = await signIn(simulator, { account: 'ada' });
    await revoke(simulator, first.refresh_token);
    const again = await signIn(simulator, { account: 'ada' });
    expect((await revoke(simulator, first.refresh_token)).status).toBe(200);
    expect((await refresh(simulator, again.refresh_token)).status).toBe(200);
  });

  it('revoking ends one session where the simulator is told so', async () => {
    const [first, second] = [await signIn(simulator, { account: 'ada' }), await signIn(simulator, { account: 'ada' })];
    await simulator.set({ revocation: 'oneSession' });
    await revoke(simulator, first.refresh_token);
    await simulator.set({ revocation: 'everySession' });
    expect((await refresh(simulator, second.refresh_token)).status).toBe(200);
  });

  it('revoking an unknown token succeeds', async () => {
    expect((await revoke(simulator, 'never-given-out')).status).toBe(200);
  });
});

describe('ending a session by control', () => {
  it('endSession() ends the sessions of one workspace, or all of an account', async () => {
    const personal = await signIn(simulator, { account: 'sam', workspace: 'personal' });
    const team = await signIn(simulator, { account: 'sam', workspace: 'team' });
    expect(await simulator.endSession('sam', 'team')).toBe(1);
    expect(errorCode(await refresh(simulator, team.refresh_token))).toBe('refresh_token_invalidated');
    expect((await usage(simulator, personal.access_token, accountIdIn(personal.id_token))).status).toBe(200);
    expect(await simulator.endSession('sam')).toBe(1);
    expect(errorCode(await usage(simulator, personal.access_token))).toBe('token_invalidated');
  });

  it('a session survives a reset of the simulator', async () => {
    const tokens = await signIn(simulator, { account: 'ada' });
    await simulator.reset();
    expect((await refresh(simulator, tokens.refresh_token)).status).toBe(200);
  });
});
