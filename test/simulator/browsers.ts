/** The browsers that are signed in to the service: one comes back as the same account without a question. */

import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Member } from './people.ts';
import type { Received } from './received.ts';

const cookieName = 'signed_in';

export class Browsers {
  readonly #members = new Map<string, Member>();

  /** Whom the browser is signed in as. */
  memberOf({ request }: Received): Member | undefined {
    const cookie = new RegExp(`(?:^|;\\s*)${cookieName}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];
    return cookie === undefined ? undefined : this.#members.get(cookie);
  }

  /** Signs the browser in, with the response that comes next. */
  signIn(response: ServerResponse, member: Member): void {
    const cookie = randomBytes(16).toString('base64url');
    this.#members.set(cookie, member);
    response.setHeader('set-cookie', `${cookieName}=${cookie}; path=/; httponly; samesite=lax`);
  }

  clear(): void {
    this.#members.clear();
  }
}
