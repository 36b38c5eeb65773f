import type { DeviceProtocol } from './device.ts';
import type { HttpResponse } from '../base/http.ts';
import type { AccountService } from './service.ts';
import type { Claims, Identity } from './tokenSet.ts';

/** How a service says what the protocol leaves to it, or says otherwise than the RFCs do. */
export interface ServiceProtocol {
  /** A token answer as an RFC 6749 client expects it. */
  toStandardResponse(response: HttpResponse): Response;
  /** The code of an error body, in the service's own word; `undefined` where none can be read. */
  readErrorCode(body: unknown): string | undefined;
  /** Whether a refusal to authorize means that the account may not use this service at all. */
  lacksEntitlement(errorDescription: string | undefined): boolean;
  /** Who signed in. `undefined` without any id of a user. */
  readIdentity(idToken: Claims): Identity | undefined;
  readonly device: DeviceProtocol;
  /** Content type and body of a revocation. */
  revocation(service: AccountService, refreshToken: string): { contentType: string; body: string };
}
