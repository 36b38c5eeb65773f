/** The responses of each service to a poll for a device code. */

import { errorBody } from './codexProtocol.ts';
import type { DeviceFault, SimulatedResponse } from './contract.ts';
import type { ServiceName } from './received.ts';

export function deviceResponse(state: DeviceFault, service: ServiceName): SimulatedResponse {
  return service === 'codex' ? { status: 403, body: errorBody({ status: 403, ...codexErrors[state] }) } : plainErrors[state];
}

/** The real service was seen to send the first and the third message, and of the codes the first alone. */
const codexErrors: Record<DeviceFault, { code: string; message: string }> = {
  pending: { code: 'deviceauth_authorization_pending', message: 'Device authorization is pending. Please try again.' },
  slowDown: { code: 'slow_down', message: 'Polling too fast. Please slow down.' },
  expired: { code: 'deviceauth_code_expired', message: 'Device authorization code has expired. Please request a new code.' },
  denied: { code: 'deviceauth_authorization_denied', message: 'Device authorization was denied.' },
  disabled: { code: 'deviceauth_disabled', message: 'Device code authentication is disabled for this account or workspace.' },
};

/** These are the errors of RFC 8628, section 3.5. */
const plainErrors: Record<DeviceFault, SimulatedResponse> = {
  pending: refuse('authorization_pending', 'authorization request is still pending'),
  slowDown: refuse('slow_down', 'polling too fast'),
  expired: refuse('expired_token', 'device code is expired'),
  denied: refuse('access_denied', 'the request was denied'),
  disabled: refuse('unauthorized_client', 'the client may not use device codes'),
};

function refuse(error: string, description: string): SimulatedResponse {
  return { status: 400, body: { error, error_description: description } };
}
