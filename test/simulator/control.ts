/** The routes with which a test controls and inspects the service. */

import type { ServerResponse } from 'node:http';
import {
  apiKeyStates,
  completedOutputs,
  deviceFaults,
  errorShapes,
  faultRoutes,
  mutable,
  namedFaults,
  reasoningRules,
  refusalCodes,
  streamEndings,
  windowKinds,
  type AccountChange,
  type ApiKeyState,
  type FaultOrder,
  type Mutation,
  type ResponseScript,
  type SettingsChange,
} from './contract.ts';
import { controlPage } from './controlPage.ts';
import { endSession } from './endSession.ts';
import { isStreamFault } from './orders.ts';
import type { Received } from './received.ts';
import { describe } from './sessions.ts';
import { show } from './show.ts';
import type { State } from './state.ts';

const prefix = '/control/';

interface Order {
  state: State;
  body: unknown;
  query: Record<string, string>;
}

type Route = (order: Order) => unknown;

class InvalidOrder extends Error {}

export function isControl({ path }: Received): boolean {
  return `${path}/`.startsWith(prefix);
}

export async function handleControl(state: State, received: Received, response: ServerResponse): Promise<void> {
  const { method, path, body, query } = received;
  const route = routes[`${method} ${path.slice(prefix.length)}`];
  const send = (status: number, result: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(result));
  };
  if (method === 'GET' && `${path}/`.replace(/\/+$/, '/') === prefix) {
    show(response, 200, controlPage(state));
    return;
  }
  if (!route) {
    send(404, { error: `no such control: ${method} ${path}` });
    return;
  }
  try {
    send(200, (await route({ state, query, body: body === '' ? {} : JSON.parse(body) })) ?? {});
  } catch (error) {
    if (!(error instanceof InvalidOrder || error instanceof SyntaxError)) throw error;
    send(400, { error: error.message });
  }
}

const routes: Record<string, Route> = {
  'POST set': ({ state, body }) => {
    const change: SettingsChange = fields(body, Object.keys(state.settings));
    const account = typeof change.autoApprove === 'string' ? change.autoApprove : change.autoApprove?.account;
    if (change.reasoning !== undefined) oneOf(change.reasoning, reasoningRules);
    if (account !== undefined) known(state.people.find(account), account);
    state.change(change);
    return state.settings;
  },
  'POST fail': ({ state, body }) => {
    const order = fields(body, ['route', 'times', 'fault']) as FaultOrder;
    oneOf(order.route, faultRoutes);
    checkFault(order);
    state.orders.current.fail(order);
  },
  'POST respond': ({ state, body }) => {
    const script = fields(body, ['times', 'output', 'deltas', 'completed', 'limitsEvent']) as ResponseScript;
    if (!Array.isArray(script.output)) throw new InvalidOrder('a response has an output');
    for (const item of script.output) fields(item, itemFields.find(names => names[0] !== undefined && names[0] in item) ?? ['text']);
    oneOf(script.completed ?? 'empty', completedOutputs);
    state.orders.current.script(script);
  },
  'POST forgetReasoning': ({ state }) => {
    state.reasoning.forget();
  },
  'POST mutate': ({ state, body }) => {
    const mutation: Mutation = fields(body, ['on', 'times', 'idToken', 'omit', 'set']);
    oneOf(mutation.on ?? 'code', mutable);
    if (mutation.idToken) fields(mutation.idToken, ['iss', 'aud', 'exp', 'removeClaims', 'set', 'signature']);
    state.orders.current.mutate(mutation);
  },
  'POST account': ({ state, body }) => {
    const change = fields(body, [
      'account',
      'workspace',
      'plan',
      'email',
      'name',
      'workspaceName',
      'entitled',
      'used',
      'resetCredits',
      'reserve',
      'routing',
      'reported',
    ]) as AccountChange;
    if (change.reported) fields(change.reported, ['payload', 'at']);
    for (const window of Object.keys(change.used ?? {})) oneOf(window, windowKinds);
    known(state.people.change(change), change.account);
  },
  'POST apiKey': ({ state, body }) => {
    const { secret } = state.apiKeys.issue(fields(body, ['organization', 'project']));
    state.ledger.note('api_key', secret);
    return { secret };
  },
  'POST apiKeyState': ({ state, body }) => {
    const { secret, is } = fields(body, ['secret', 'is']) as { secret: string; is: ApiKeyState };
    oneOf(is, apiKeyStates);
    known(state.apiKeys.find(secret), 'the owner of this key').state = is;
  },
  'POST reset': ({ state }) => {
    state.reset();
  },
  'POST endSession': async ({ state, body }) => {
    const { account, workspace } = fields(body, ['account', 'workspace']) as { account: string; workspace?: string };
    const member = known(state.people.member(account, workspace), account);
    const sessions = state.sessions
      .live()
      .filter(session => session.person === member.person && (workspace === undefined || session.workspace === member.workspace));
    await Promise.all(sessions.map(session => endSession(session, 'ended')));
    return { ended: sessions.length };
  },
  'GET counts': ({ state }) => state.ledger.counts(),
  'GET requests': ({ state }) => state.ledger.requests(),
  'GET secrets': ({ state }) => state.ledger.secrets(),
  'GET sessions': ({ state, query }) => (query['all'] === undefined ? state.sessions.live() : state.sessions.issued()).map(describe),
};

const itemFields = [['text', 'phase'], ['refusal'], ['reasoning'], ['call', 'arguments']];

/** A misspelled order must not pass as one that did nothing. */
function fields(body: unknown, names: string[]): object {
  if (typeof body !== 'object' || body === null) throw new InvalidOrder('an object is expected');
  const unknown = Object.keys(body).find(name => !names.includes(name));
  if (unknown !== undefined) throw new InvalidOrder(`unknown field: ${unknown}`);
  return body;
}

function checkFault({ route, fault }: FaultOrder): void {
  if (typeof fault === 'string') {
    const deviceFaultsOfRoute = route === 'devicePoll' ? deviceFaults : route === 'deviceStart' ? (['disabled'] as const) : [];
    oneOf(fault, [...namedFaults, ...deviceFaultsOfRoute]);
  } else if (isStreamFault(fault)) {
    oneOf(route, ['responses']);
    fields(fault, ['stream', 'after', 'code']);
    oneOf(fault.stream, streamEndings);
  } else if ('code' in fault) {
    fields(fault, ['code', 'shape', 'status']);
    oneOf(fault.code, refusalCodes);
    oneOf(fault.shape ?? 'object', errorShapes);
  } else if ('usedUpForSeconds' in fault) {
    fields(fault, ['usedUpForSeconds']);
  } else if ('retryAfterSeconds' in fault) {
    fields(fault, ['retryAfterSeconds', 'as', 'status']);
    oneOf(fault.as, ['seconds', 'date']);
  } else {
    fields(fault, ['status', 'body', 'headers']);
    if (typeof fault.status !== 'number') throw new InvalidOrder('a response has a status');
  }
}

function oneOf(value: string, values: readonly string[]): void {
  if (!values.includes(value)) throw new InvalidOrder(`${value} is none of ${values.join(', ')}`);
}

function known<T>(found: T | undefined, account: string): T {
  if (found === undefined) throw new InvalidOrder(`no such account: ${account}`);
  return found;
}
