/** A device sign-in at OpenAI's routes, in memory: the reply to each poll, and the time of each poll. */
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

/** The timeout of a request: the one sleep that is no pause, so no pause of a test may be as long. */
const requestTimeout = 30_000;

/** A clock that runs ahead to the end of each pause as soon as everything else has come to rest. */
export class RunningClock extends ManualClock {
  /** The length of each pause, in seconds. */
  readonly pauses: number[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const slept = super.sleep(ms, signal);
    if (ms !== requestTimeout) {
      this.pauses.push(ms / 1000);
      setImmediate(() => {
        this.advance(ms);
      });
    }
    return slept;
  }
}

export const userCode = 'ABCD-EFGHJ';
export const deviceAuthId = 'deviceauth_id_1';

export const started = { device_auth_id: deviceAuthId, user_code: userCode, interval: '5', expires_at: '2026-11-23T16:15:00Z' };
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
  json(status, { error: { message: 'A message of the service.', type: 'invalid_request_error', param: null, code } });

export const replies = {
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
  /** The replies to the polls, one after the other; the last reply is for all that follow. */
  readonly polls?: readonly Reply[];
  readonly token?: Reply;
  readonly clock?: ManualClock;
  readonly service?: AccountService;
  readonly onPoll?: () => void;
}

/** A device sign-in that has begun. */
export class DeviceAttempt {
  readonly network: Network;
  readonly clock: ManualClock;
  readonly shown: Parameters<Parameters<typeof signInWithDeviceCode>[1]['showCode']>[0][] = [];
  readonly tokens: Promise<TokenSet>;
  /** The time of each poll, in seconds since the start. */
  readonly polledAt: number[] = [];
  readonly #cancel = new AbortController();

  constructor({
    start = replies.start(),
    polls = [replies.approve],
    token = replies.issue,
    clock = new RunningClock(),
    service,
    onPoll,
  }: Script = {}) {
    const startedAt = clock.now();
    this.clock = clock;
    this.network = new Network(request => {
      if (request.url.endsWith('/deviceauth/usercode')) return start(request);
      if (!request.url.endsWith('/deviceauth/token')) return token(request);
      const poll = polls[Math.min(this.polledAt.length, polls.length - 1)];
      this.polledAt.push((clock.now() - startedAt) / 1000);
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

  /** The error that the sign-in ends with. */
  get failure(): Promise<AppError> {
    return this.tokens.then(() => {
      throw new Error('an error was expected');
    }, asAppError);
  }

  cancel(): void {
    this.#cancel.abort();
  }
}
