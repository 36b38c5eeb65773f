import type { Clock } from '../base/clock.ts';
import type { Http } from '../base/http.ts';

/** What the requests of one sign-in share. */
export interface RequestContext {
  readonly http: Pick<Http, 'send'>;
  readonly clock: Clock;
  /** Groups the log lines of one sign-in. */
  readonly correlationId: string;
  readonly signal?: AbortSignal;
}
