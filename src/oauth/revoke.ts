import { second } from '../base/duration.ts';
import { AppError } from '../base/errors.ts';
import type { Http, HttpResponse } from '../base/http.ts';
import { isHtml } from '../base/httpResponse.ts';
import { parseJson } from '../base/json.ts';
import type { AccountService } from './service.ts';
import { protocolOf } from './services/index.ts';
import type { TokenSet } from './tokenSet.ts';

/**
 * What came of a revocation:
 * - `revoked`: the service confirmed it; an unknown token counts as revoked (RFC 7009, 2.2)
 * - `refused`: the service said that it does not revoke this token, or cannot revoke any
 * - `failed`: nobody knows, and it can be tried again
 */
export type RevocationOutcome = 'revoked' | 'refused' | 'failed';

const revokeTimeout = 10 * second;

/** Revokes a session at the service by its refresh token (RFC 7009). A failure is in the log. */
export async function revoke(
  service: AccountService,
  tokens: TokenSet,
  options: { http: Http; correlationId: string },
): Promise<RevocationOutcome> {
  const address = service.endpoints.revocation;
  if (address === undefined) return 'refused';
  const { contentType, body } = protocolOf(service).revocationRequest(service, tokens.refreshToken);
  try {
    const response = await options.http.send(address, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
      purpose: 'revoke',
      correlationId: options.correlationId,
      timeout: revokeTimeout,
    });
    return classify(service, response);
  } catch (error) {
    if (error instanceof AppError) return 'failed';
    throw error;
  }
}

/** A page is from something between here and the service, whatever its status. */
function classify(service: AccountService, response: HttpResponse): RevocationOutcome {
  const { status, text } = response;
  if (isHtml(response)) return 'failed';
  if (status >= 200 && status < 300) return 'revoked';
  const isRefusal = (status === 400 || status === 401) && protocolOf(service).readErrorCode(parseJson(text)) !== undefined;
  return isRefusal ? 'refused' : 'failed';
}
