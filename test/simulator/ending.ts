/** The end of a session: its tokens are worth nothing from here on. */

import type Provider from 'oidc-provider';
import type { Session } from './sessions.ts';

export async function endSession(provider: Provider, session: Session, reason: string): Promise<void> {
  session.ended ??= reason;
  await provider.RefreshToken.revokeByGrantId(session.grantId);
  const grant = await provider.Grant.find(session.grantId);
  await grant?.destroy();
}
