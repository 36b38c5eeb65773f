/** A sign-in by device code at OpenAI's routes, in memory: what each poll is answered, and when each one came. */
import type { ShownCode } from '../../../../src/oauth/deviceFlow.ts';
import { signInWithDeviceCode } from '../../../../src/oauth/deviceFlow.ts';
import type { AppError } from '../../../../src/base/errors.ts';
import { asAppError } from '../../../../src/base/errors.ts';
import type { AccountService } from '../../../../src/oauth/service.ts';
import type { TokenSet } from '../../../../src/oauth/tokenSet.ts';
import { ManualClock } from '../../support/clock.ts';
import { jwt } from '../../support/jwt.ts';
import type { SentRequest } from '../../support/network.ts';
import { json, Network } from '../../support/network.ts';
import { service as openAiService } from './service.ts';
import { idClaims } from './tokens.ts';

export type Reply = (request: SentRequest) => Response | Promise<Response>;

/** How long a request may take: the one sleep that is no pause, so no pause of a test may be as long. */
const requestLimit = 30_000;

/** A clock that runs ahead to the end of each pause, as soon as everything else has come to rest. */
export class RunningClock extends ManualClock {
  /** How long each pause was, in seconds. */
  readonly pauses: number[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const slept = super.sleep(ms, signal);
    if (ms !== requestLimit) {
      this.pauses.push(ms / 1000);
      setImmediate(() => {
        this.advance(ms);
      });
    }
    return slept;
  }
}

export const userCode = 'ABCD-EFGHJ';
export const handle = 'deviceauth_handle';

export const started = { device_auth_id: handle, user_code: userCode, interval: '5', expires_at: '2026-11-23T16:15:00Z' };
export const approved = {
  status: 'success',
  user_code: userCode,
  user_code_expiration: started.expires_at,
  authorization_code: 'code-of-the-service',
  code_challenge: 'challenge-of-the-service',
  code_verifier: 'verifier-of-the-service',
};
export const issued = { id_token: jwt(idClaims), access_token: 'access-issued', refresh_token: 'refresh-issued', expires_in: 3600 };

const refusal = (status: number, code: string): Response =>
  json(status, { error: { message: 'Said by the service.', type: 'invalid_request_error', param: null, code } });

export const say = {
  pending: () => refusal(403, 'deviceauth_authorization_pending'),
  slowDown: () => refusal(403, 'slow_down'),
  refuse: (status: number, code: string) => () => refusal(status, code),
  approve: () => json(200, approved),
  start:
    (changes: object = {}, headers: Readonly<Record<string, string>> = {}) =>
    () =>
      json(200, { ...started, ...changes }, headers),
  issue: () => json(200, issued),
} as const;

interface Script {
  readonly start?: Reply;
  /** What the polls are answered, one after the other; the last answer is for all that follow. */
  readonly polls?: readonly Reply[];
  readonly token?: Reply;
  readonly clock?: ManualClock;
  readonly service?: AccountService;
  readonly onPoll?: () => void;
}

/** An attempt that runs. */
export class DeviceAttempt {
  readonly network: Network;
  readonly clock: ManualClock;
  readonly shown: Parameters<Parameters<typeof signInWithDeviceCode>[1]['showCode']>[0][] = [];
  readonly tokens: Promise<TokenSet>;
  /** When each poll left, in seconds since the start. */
  readonly polledAt: number[] = [];
  readonly #cancel = new AbortController();

  constructor({ start = say.start(), polls = [say.approve], token = say.issue, clock = new RunningClock(), service, onPoll }: Script = {}) {
    const begun = clock.now();
    this.clock = clock;
    this.network = new Network(request => {
      if (request.url.endsWith('/deviceauth/usercode')) return start(request);
      if (!request.url.endsWith('/deviceauth/token')) return token(request);
      const poll = polls[Math.min(this.polledAt.length, polls.length - 1)];
      this.polledAt.push((clock.now() - begun) / 1000);
      onPoll?.();
      return poll?.(request) ?? json(404, {});
    }, clock);
    const { http, log } = this.network;
    this.tokens = signInWithDeviceCode(service ?? openAiService, {
      http,
      clock,
      log,
      correlationId: 'test',
      showCode: (code: ShownCode) => this.shown.push(code),
      signal: this.#cancel.signal,
    });
    this.tokens.catch(() => undefined);
  }

  /** The error that it ends with. */
  get failure(): Promise<AppError> {
    return this.tokens.then(() => {
      throw new Error('nobody should have been signed in');
    }, asAppError);
  }

  cancel(): void {
    this.#cancel.abort();
  }
}
