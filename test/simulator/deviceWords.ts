/** How each service words what became of a device code. */

import type { Answer, DeviceFault } from './contract.ts';
import { errorBody } from './dialect.ts';
import type { ServiceName } from './received.ts';

export function deviceWord(word: DeviceFault, service: ServiceName): Answer {
  return service === 'codex' ? { status: 403, body: errorBody({ status: 403, ...codexWords[word] }) } : plainWords[word];
}

/** Only the first and the third message were seen of the real service, and of the codes only the first. */
const codexWords: Record<DeviceFault, { code: string; message: string }> = {
  pending: { code: 'deviceauth_authorization_pending', message: 'Device authorization is pending. Please try again.' },
  slowDown: { code: 'slow_down', message: 'Polling too fast. Please slow down.' },
  expired: { code: 'deviceauth_code_expired', message: 'Device authorization code has expired. Please request a new code.' },
  denied: { code: 'deviceauth_authorization_denied', message: 'Device authorization was denied.' },
  disabled: { code: 'deviceauth_disabled', message: 'Device code authentication is disabled for this account or workspace.' },
};

/** RFC 8628, 3.5. */
const plainWords: Record<DeviceFault, Answer> = {
  pending: refuse('authorization_pending', 'authorization request is still pending'),
  slowDown: refuse('slow_down', 'polling too fast'),
  expired: refuse('expired_token', 'device code is expired'),
  denied: refuse('access_denied', 'the request was denied'),
  disabled: refuse('unauthorized_client', 'the client may not use device codes'),
};

function refuse(error: string, description: string): Answer {
  return { status: 400, body: { error, error_description: description } };
}
