/** Sign-in sessions: one for each approval, with all the refresh tokens that it ever had. */

import { randomBytes } from 'node:crypto';
import type Provider from 'oidc-provider';
import { nowSeconds } from './clock.ts';
import type { SessionEntry } from './contract.ts';
import type { Member } from './people.ts';

export interface Session extends Member {
  id: string;
  provider: Provider;
  grantId: string;
  organizations: boolean;
  /** The time of the sign-in, in seconds since the epoch. */
  signedInAt: number;
  issued: boolean;
  refreshTokens: string[];
  ended?: string;
}

export class Sessions {
  readonly #byGrant = new Map<string, Session>();
  readonly #byRefreshToken = new Map<string, Session>();

  start(provider: Provider, grantId: string, member: Member, organizations: boolean): Session {
    const id = `authsess_${randomBytes(18).toString('base64url')}`;
    const session: Session = {
      ...member,
      ...{ id, provider, grantId, organizations },
      ...{ signedInAt: nowSeconds(), issued: false, refreshTokens: [] },
    };
    this.#byGrant.set(grantId, session);
    return session;
  }

  ofGrant(grantId: string | undefined): Session | undefined {
    return grantId === undefined ? undefined : this.#byGrant.get(grantId);
  }

  ofRefreshToken(token: string): Session | undefined {
    return this.#byRefreshToken.get(token);
  }

  byId(id: string): Session | undefined {
    return [...this.#byGrant.values()].find(session => session.id === id);
  }

  live(): Session[] {
    return this.issued().filter(({ ended }) => ended === undefined);
  }

  issued(): Session[] {
    return [...this.#byGrant.values()].filter(({ issued }) => issued);
  }

  tokensIssued(session: Session, refreshToken: string | undefined): void {
    session.issued = true;
    if (refreshToken === undefined || session.refreshTokens.includes(refreshToken)) return;
    session.refreshTokens.push(refreshToken);
    this.#byRefreshToken.set(refreshToken, session);
  }
}

export function isNewest(session: Session, refreshToken: string): boolean {
  return session.refreshTokens.at(-1) === refreshToken;
}

export function describe(session: Session): SessionEntry {
  return {
    account: session.person.key,
    workspace: session.workspace.key,
    sessionId: session.id,
    generation: Math.max(0, session.refreshTokens.length - 1),
    ...(session.ended === undefined ? {} : { revoked: session.ended }),
  };
}
