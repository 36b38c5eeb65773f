import { defined } from '../base/defined.ts';
import { second } from '../base/duration.ts';
import { AppError } from '../base/errors.ts';
import type { Http } from '../base/http.ts';
import type { AccountService } from './service.ts';
import { protocolOf } from './services/index.ts';
import type { TokenSet } from './tokenSet.ts';

const revokeTimeout = 10 * second;

/**
 * Revokes a session at the service by its refresh token (RFC 7009). An unknown token counts as revoked (2.2).
 * @returns whether the service confirmed it; a failure is in the log, and no reason to keep the tokens
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
      ...defined({ signal: options.signal }),
    });
    return response.status >= 200 && response.status < 300;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
