/** The end of a session: its tokens are worth nothing from here on. */

import type { Session } from './sessions.ts';

export async function endSession(session: Session, reason: string): Promise<void> {
  const { provider, grantId } = session;
  session.ended ??= reason;
  await Promise.all([provider.RefreshToken, provider.AccessToken].map(tokens => tokens.revokeByGrantId(grantId)));
  const grant = await provider.Grant.find(grantId);
  await grant?.destroy();
}
