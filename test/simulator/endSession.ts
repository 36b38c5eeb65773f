/** Ends a session: none of its tokens works any more. */

import type { Session } from './sessions.ts';

export async function endSession(session: Session, reason: string): Promise<void> {
  const { provider, grantId } = session;
  session.ended ??= reason;
  await Promise.all([provider.RefreshToken, provider.AccessToken].map(tokens => tokens.revokeByGrantId(grantId)));
  const grant = await provider.Grant.find(grantId);
  await grant?.destroy();
}
