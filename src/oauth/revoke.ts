import { protocolOf } from './services/index.ts';
import { AppError } from '../base/errors.ts';
import type { Http } from '../base/http.ts';
import type { AccountService } from './service.ts';
import type { TokenSet } from './tokenSet.ts';

const revokeTimeout = 10_000;

/**
 * Asks the service to forget a session, by its refresh token. A token the service does not know is as good as revoked.
 * @returns whether the service said that it is done; a failure is in the log, and no reason to keep anything
 */
export async function revoke(
  service: AccountService,
  tokens: TokenSet,
  options: { http: Http; correlationId: string; signal?: AbortSignal },
): Promise<boolean> {
  const address = service.endpoints.revocation;
  if (address === undefined) return false;
  const { contentType, body } = protocolOf(service).revocation(service, tokens.refreshToken);
  try {
    const response = await options.http.send(address, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
      purpose: 'revoke',
      correlationId: options.correlationId,
      timeout: revokeTimeout,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    return response.status >= 200 && response.status < 300;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
