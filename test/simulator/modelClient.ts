/** Who sends a model request: a client under its own name, with the headers that others than Codex may send. */

import type { IncomingHttpHeaders } from 'node:http';
import { detail, type ModelRefusal } from './modelRefusals.ts';

/** Headers of Codex itself, which would make another client pass for it. */
const headersOfCodex = /^(?:version|openai-beta|thread-id|x-client-request-id|x-codex-.*|x-openai-internal-codex-.*)$/;
/** Clients that are known to the service. */
const otherClients = /codex|opencode|openclaw|cline|qwen|claude|copilot|(?:^|\b)pi(?:-|\/|\b)|^openai\//i;

export function checkClient(headers: IncomingHttpHeaders): ModelRefusal | undefined {
  const header = Object.keys(headers).find(name => headersOfCodex.test(name));
  if (header !== undefined) return detail(`Header is not allowed: ${header}`);
  const { originator, 'user-agent': agent = '' } = headers;
  const [name = ''] = agent.split(/[/ ]/);
  if (name === '') return detail('User-Agent is required');
  if (otherClients.test(agent)) return detail('User-Agent is that of another client');
  if (originator !== undefined && originator !== name) return detail('Originator is that of another client');
  return undefined;
}
