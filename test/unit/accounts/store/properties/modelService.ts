/** The account service as a model: single-use refresh tokens in families, and every way in which a request can fail. */
import { randomUUID } from 'node:crypto';
import type { Identity, TokenSet } from '../../../../../src/oauth/tokenSet.ts';
import { idTokenOf } from '../support/service.ts';

/** The fate of one refresh request. One that ends in `Spent` is lost on the way back, after the service has rotated. */
export const refreshFates = [
  'rotated',
  'unsentName',
  'unsentRefused',
  'unsentTls',
  'unsentProxy',
  'refused',
  'refusedForSeconds',
  'refusedUntilDate',
  'refusedBusy',
  'refusedUnknown',
  'refusedWithoutCode',
  'page401',
  'reset',
  'resetSpent',
  'silent',
  'silentSpent',
  'unavailable',
  'unavailableSpent',
  'page',
  'pageSpent',
  'truncatedSpent',
  'final',
] as const;
export type RefreshFate = (typeof refreshFates)[number];
export type RevokeFate = 'revoked' | 'unsent' | 'lost' | 'unavailable' | 'silent';

export interface Family {
  readonly person: number;
  isLive: boolean;
  endedBy?: 'replay' | 'verdict' | 'revocation';
}

export interface Issued {
  readonly family: Family;
  readonly tokens: TokenSet;
  successor?: Issued;
}

export class ModelService {
  /** The issued token sets, by refresh token. */
  readonly issued = new Map<string, Issued>();
  /** The lifetime of an access token, in milliseconds. */
  readonly tokenLifetime: number;
  /** Two workspaces of one person, and another person; everything but the IDs may change. */
  readonly people: (Identity & { workspaceId: string })[] = [
    { userId: 'user-ada', workspaceId: 'workspace-one', email: 'ada@example.com', plan: 'plus' },
    { userId: 'user-ada', workspaceId: 'workspace-two', email: 'ada@example.com', plan: 'business' },
    { userId: 'user-ben', workspaceId: 'workspace-ben', email: 'ben@example.com', plan: 'pro' },
  ];

  constructor(tokenLifetime: number) {
    this.tokenLifetime = tokenLifetime;
  }

  signIn(person: number, now: number): Issued {
    return this.#issue({ person, isLive: true }, now);
  }

  /** @returns the new token set; `undefined` if the token was presented before, which ends the family, or if the family has ended */
  rotate(refreshToken: string, now: number): Issued | undefined {
    const issued = this.issued.get(refreshToken);
    if (!issued?.family.isLive) return undefined;
    if (issued.successor) {
      this.end(issued.family, 'replay');
      return undefined;
    }
    issued.successor = this.#issue(issued.family, now);
    return issued.successor;
  }

  end(family: Family, reason: NonNullable<Family['endedBy']>): void {
    if (!family.isLive) return;
    family.isLive = false;
    family.endedBy = reason;
  }

  /** A revocation ends every session of its person, as OpenAI's may. */
  revoke(revoked: Family): void {
    for (const { family } of this.issued.values()) {
      if (revoked.isLive && this.people[family.person]?.userId === this.people[revoked.person]?.userId && family !== revoked)
        this.end(family, 'revocation');
    }
    this.end(revoked, 'revocation');
  }

  #issue(family: Family, now: number): Issued {
    const identity = this.people[family.person];
    if (!identity) throw new Error(`nobody is number ${String(family.person)}`);
    const tokens = {
      accessToken: `access-${randomUUID()}`,
      refreshToken: `refresh-${randomUUID()}`,
      idToken: idTokenOf(identity),
      issuedAt: now,
      expiresAt: now + this.tokenLifetime,
    };
    const issued = { family, tokens };
    this.issued.set(tokens.refreshToken, issued);
    return issued;
  }
}
