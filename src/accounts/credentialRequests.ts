import { withTimeout } from '../base/async.ts';
import type { Clock } from '../base/clock.ts';
import { minute, second } from '../base/duration.ts';
import { AppError, asAppError, mayPass } from '../base/errors.ts';
import type { Credential, CredentialResult, PresentCredential, TokenSetId } from './account.ts';
import { isSameTokenSet } from './account.ts';

/** How long a caller waits for an account, and for one whose trouble is known. VS Code queues calls, so others wait as well. */
const wait = 5 * second;
const waitAgain = second;
/** How long an account's trouble is remembered once its last request has ended. */
const memory = minute;

/** What kept an account from a token, and since when; absent while the request that met it still runs. */
interface Trouble {
  readonly error: AppError;
  readonly of: TokenSetId;
  readonly endedAt?: number;
}

/**
 * The requests of other extensions for credentials, with what is known of each account's trouble. An account's first caller waits a
 * few seconds. Whoever comes after that gets what there is at once, while the request goes on.
 */
export class CredentialRequests {
  readonly #clock: Clock;
  readonly #troubles = new Map<string, Trouble>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Never rejects. */
  async run(present: PresentCredential, request: () => Promise<Credential>): Promise<CredentialResult> {
    const { account, tokenSetId } = present;
    const key = `${account.source} ${account.hash}`;
    const known = this.#known(key, tokenSetId);
    if (known && known.endedAt === undefined) return without(present, known.error);
    let late: AppError | undefined;
    const end = (error: AppError | undefined) => {
      if (error && mayPass(error)) this.#troubles.set(key, { error, of: tokenSetId, endedAt: this.#clock.elapsed() });
      else this.#troubles.delete(key);
    };
    const result = request().then(
      credential => {
        // The token that was there before is no sign that the trouble has passed.
        end(isSameTokenSet(credential.tokenSetId, tokenSetId) ? late : undefined);
        return { credential };
      },
      (thrown: unknown) => {
        const error = asAppError(thrown);
        end(error);
        return mayPass(error) ? without(present, error) : { credential: present, error };
      },
    );
    return withTimeout(result, { clock: this.#clock, ms: known ? waitAgain : wait }, () => {
      late = known?.error ?? new AppError('noAnswer');
      this.#troubles.set(key, { error: late, of: tokenSetId });
      return without(present, late);
    });
  }

  #known(key: string, of: TokenSetId): Trouble | undefined {
    const trouble = this.#troubles.get(key);
    if (!trouble || !isSameTokenSet(trouble.of, of)) return undefined;
    const hasEnded = trouble.endedAt !== undefined;
    return hasEnded && this.#clock.elapsed() - trouble.endedAt >= memory ? undefined : trouble;
  }
}

/** While the token that an account has is valid, its trouble is nobody's. */
function without(present: PresentCredential, error: AppError): CredentialResult {
  return present.isValid ? { credential: present } : { credential: present, error };
}
