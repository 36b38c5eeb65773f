/** The two device routes of Codex: JSON both ways, and a code to exchange instead of tokens. */

import type { ServerResponse } from 'node:http';
import { errorBody } from './codexProtocol.ts';
import { clientId, type SimulatedResponse } from './contract.ts';
import { isExpired, type DeviceCodes } from './deviceCodes.ts';
import { deviceResponse } from './deviceResponses.ts';
import type { Received } from './received.ts';
import type { State } from './state.ts';

type Route = (received: Received, codes: DeviceCodes, state: State) => SimulatedResponse;

const routes: Record<string, Route> = {
  'POST /api/accounts/deviceauth/usercode': start,
  'POST /api/accounts/deviceauth/token': poll,
};

export function handleDevice(codes: DeviceCodes, state: State, received: Received, response: ServerResponse): boolean {
  const route = routes[`${received.method} ${received.path}`];
  if (!route) return false;
  const isJson = received.request.headers['content-type']?.startsWith('application/json') === true;
  const { status, body } =
    isJson && !received.malformed ? route(received, codes, state) : refuse(400, 'invalid_json', 'A JSON body is expected.');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  return true;
}

function start({ params }: Received, codes: DeviceCodes, state: State): SimulatedResponse {
  if (params['client_id'] !== clientId) return refuse(401, 'invalid_client', 'The client is not known.');
  const { id, userCode, expiresAt } = codes.start();
  state.ledger.note('device_auth_id', id);
  state.orders.follow(id);
  state.ledger.note('user_code', userCode);
  state.ledger.note('user_code', userCode.replace('-', ''));
  const { deviceInterval } = state.settings;
  const interval = deviceInterval === 'usual' ? '5' : deviceInterval;
  const body = { device_auth_id: id, user_code: userCode, ...(interval === null ? {} : { interval }), expires_at: expiresAt.toISOString() };
  return { status: 200, body: state.mutated('deviceStart', body) };
}

function poll({ params }: Received, codes: DeviceCodes, state: State): SimulatedResponse {
  const code = codes.find(params['device_auth_id'] ?? '', params['user_code'] ?? '');
  if (!code) return refuse(404, 'deviceauth_authorization_unknown', 'Device authorization was not found.');
  if (code.decision === 'denied') return deviceResponse('denied', 'codex');
  if (isExpired(code)) return deviceResponse('expired', 'codex');
  if (!code.decision) return deviceResponse('pending', 'codex');
  state.ledger.note('authorization_code', code.decision.authorization_code);
  state.orders.follow(code.decision.authorization_code);
  state.ledger.note('code_verifier', code.decision.code_verifier);
  const body = { status: 'success', user_code: code.userCode, user_code_expiration: code.expiresAt.toISOString(), ...code.decision };
  return { status: 200, body: state.mutated('devicePoll', body) };
}

function refuse(status: number, code: string, message: string): SimulatedResponse {
  return { status, body: errorBody({ status, code, message }) };
}
