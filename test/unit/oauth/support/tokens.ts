import type { TokenSet } from '../../../../src/oauth/tokenSet.ts';
import { jwt } from '../../support/jwt.ts';

export const workspaceId = '11111111-2222-4333-8444-555555555555';

export const idClaims = {
  iss: 'https://auth.openai.com',
  aud: ['app_EMoamEEZ73f0CkXaXp7hrann'],
  sub: 'auth0|subject',
  iat: Date.parse('2026-11-23T16:00:00Z') / 1000,
  exp: Date.parse('2026-11-23T17:00:00Z') / 1000,
  email: 'ada@example.com',
  'https://api.openai.com/auth': { chatgpt_user_id: 'user-ada', chatgpt_account_id: workspaceId, chatgpt_plan_type: 'plus' },
};

/** A token set that is issued when the manual clock starts, and expires an hour later. */
export const tokens: TokenSet = {
  accessToken: 'access-before',
  refreshToken: 'refresh-before',
  idToken: jwt(idClaims),
  scope: 'openid profile email offline_access',
  issuedAt: Date.parse('2026-11-23T16:00:00Z'),
  expiresAt: Date.parse('2026-11-23T17:00:00Z'),
};
