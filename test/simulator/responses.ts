/** Model requests that a plan pays for: what a test has ordered or a made-up response, streamed as by the real service. */

import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { nowSeconds } from './clock.ts';
import type { ResponseScript, SimulatedResponse } from './contract.ts';
import { limitHeaders, limitsEvent, servedLimit, usedUpWindow } from './limitHeaders.ts';
import { checkClient } from './modelClient.ts';
import { detail, type ModelRefusal } from './modelRefusals.ts';
import { readModelRequest, type ModelRequest } from './modelRequest.ts';
import type { Workspace } from './people.ts';
import { ResponseEvents, type OutputItem, type StreamStep } from './responseEvents.ts';
import type { Session } from './sessions.ts';
import type { State } from './state.ts';

export interface ModelStream {
  readonly headers: Record<string, string>;
  readonly steps: AsyncIterable<StreamStep>;
}

/** A request that is taken costs a part of every limit of the plan, which the headers of its response have in already. */
export function respondToModelRequest(
  state: State,
  { workspace }: Session,
  { headers, body }: { headers: IncomingHttpHeaders; body: string },
): SimulatedResponse | ModelStream {
  const client = checkClient(headers) ?? checkRouting(headers, workspace);
  if (client) return { ...client, headers: headersOf(state, workspace) };
  const limit = servedLimit(workspace);
  const usedUp = usedUpWindow(limit);
  if (usedUp) {
    const reset = { resets_at: usedUp.reset_at, resets_in_seconds: usedUp.reset_at - nowSeconds() };
    const error = { type: 'usage_limit_reached', message: 'The usage limit has been reached', plan_type: workspace.plan, ...reset };
    return { status: 429, headers: headersOf(state, workspace), body: { error } };
  }
  const request = readModelRequest(body, workspace.plan);
  if ('status' in request) return { ...request, headers: headersOf(state, workspace) };
  const owner = `${workspace.accountId} ${request.model}`;
  const refused = state.reasoning.check(owner, request.input, state.settings.reasoning === 'required');
  if (refused) return { ...refused, headers: headersOf(state, workspace) };
  if (limit.id === 'codex') workspace.windows.spend(workspace.plan, state.settings.turnPercent);
  else workspace.reserve = Math.min(100, (workspace.reserve ?? 0) + state.settings.turnPercent);
  return { headers: headersOf(state, workspace), steps: slowly(state, eventsOf(state, workspace, { request, owner })) };
}

/** The header is left out for a workspace that does not mind. */
function checkRouting(headers: IncomingHttpHeaders, { routing }: Workspace): ModelRefusal | undefined {
  return headers['x-openai-account-routing-override'] === routing ? undefined : detail('Workspace routing does not match');
}

function headersOf({ settings }: State, workspace: Workspace): Record<string, string> {
  return limitHeaders(servedLimit(workspace), workspace.plan, settings.namesLimit);
}

function eventsOf(state: State, workspace: Workspace, { request, owner }: { request: ModelRequest; owner: string }): ResponseEvents {
  const orders = state.orders.own;
  const usual: ResponseScript = { output: [{ text: `The simulator has read: ${request.text}` }] };
  const tooLong = request.isTooLong ? ({ stream: 'failed', code: 'context_length_exceeded' } as const) : undefined;
  const script = tooLong ? usual : (orders.takeScript() ?? usual);
  return new ResponseEvents({
    script,
    fault: tooLong ?? orders.takeStreamFault(),
    model: request.model,
    inputTokens: request.inputTokens,
    withReasoning: request.wantsReasoning,
    limits: script.limitsEvent ? limitsEvent(servedLimit(workspace), workspace.plan) : undefined,
    onComplete: output => {
      note(state, owner, output);
    },
  });
}

/** Remembers what has to come back: reasoning whose content the client has not got cannot. */
function note({ reasoning }: State, owner: string, output: readonly OutputItem[]): void {
  const given = output.filter(item => typeof item['encrypted_content'] === 'string');
  if (given.length === 0) return;
  reasoning.note({
    owner,
    reasoning: given.map(item => ({ id: item.id, encrypted: String(item['encrypted_content']) })),
    callIds: output.flatMap(item => (item.type === 'function_call' ? [String(item['call_id'])] : [])),
    texts: output.flatMap(item => (item.type === 'message' ? [textOf(item['content'])] : [])),
  });
}

function textOf(content: unknown): string {
  return (content as { text?: string; refusal?: string }[]).map(({ text, refusal }) => text ?? refusal ?? '').join('');
}

async function* slowly({ settings }: State, events: ResponseEvents): AsyncIterable<StreamStep> {
  let isFirst = true;
  for (const step of events.steps()) {
    // Before and not after it: a client may close the connection as soon as it has the last one.
    if (!isFirst) await sleep(settings.streamDelayMs);
    isFirst = false;
    yield step;
  }
}
