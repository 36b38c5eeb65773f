/** The device codes of Codex: the issued codes, and what the person decided about each. */

import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type Provider from 'oidc-provider';
import { accountIdOf, grant, type Application } from './approval.ts';
import { nowSeconds } from './clock.ts';
import type { WaitingDevice } from './devicePage.ts';
import type { Member } from './people.ts';
import type { State } from './state.ts';

export interface Approval {
  authorization_code: string;
  code_challenge: string;
  code_verifier: string;
}

export interface DeviceCode {
  id: string;
  userCode: string;
  /** The expiry by the service's clock. */
  expiresAt: Date;
  decision?: Approval | 'denied';
}

/** The letters and digits that do not look alike. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const scope = 'openid profile email offline_access';

function letters(count: number): string {
  return Array.from({ length: count }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}

export class DeviceCodes {
  readonly #provider: Provider;
  readonly #application: Application;
  readonly #state: State;
  readonly #codes: DeviceCode[] = [];

  constructor(provider: Provider, application: Application, state: State) {
    this.#provider = provider;
    this.#application = application;
    this.#state = state;
  }

  start(): DeviceCode {
    const expiresAt = new Date(Date.now() + this.#state.settings.deviceCodeSeconds * 1000);
    const code: DeviceCode = { id: `deviceauth_${randomUUID()}`, userCode: `${letters(4)}-${letters(5)}`, expiresAt };
    this.#codes.push(code);
    return code;
  }

  find(id: string, userCode: string): DeviceCode | undefined {
    return this.#codes.find(code => code.id === id && code.userCode === userCode);
  }

  /** Finds a code by what the person typed, without hyphens and in capitals. */
  findWaiting(typed: string): WaitingDevice | undefined {
    const code = this.#codes.find(({ userCode }) => userCode.replace('-', '') === typed);
    return (
      code && {
        status: code.decision ? 'used' : isExpired(code) ? 'expired' : 'waiting',
        request,
        approve: async member => {
          code.decision = await this.#approve(member);
        },
        deny: () => {
          code.decision = 'denied';
          return Promise.resolve();
        },
      }
    );
  }

  /** Approves the code: the service creates the code verifier itself and returns it with the authorization code. */
  async #approve(member: Member): Promise<Approval> {
    const client = await this.#provider.Client.find(this.#application.id);
    if (!client) throw new Error('no such client');
    const verifier = randomBytes(64).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const code = new this.#provider.AuthorizationCode({
      client,
      accountId: accountIdOf(member),
      grantId: await grant(this.#provider, this.#application, this.#state.sessions, member, request),
      gty: 'authorization_code',
      scope,
      redirectUri: `${this.#state.issuer}/deviceauth/callback`,
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
      authTime: nowSeconds(),
      amr: ['pwd'],
      ...(this.#application.audience === undefined ? {} : { resource: this.#application.audience }),
    });
    return { authorization_code: await code.save(), code_challenge: challenge, code_verifier: verifier };
  }
}

const request = { scope, organizations: true, allowedWorkspaces: [], mustAsk: false, hint: '' };

export function isExpired({ expiresAt }: DeviceCode): boolean {
  return Date.now() >= expiresAt.getTime();
}
