// A request that the person's ChatGPT plan pays for: the session, the request, and what to do when the service rejects it.
import * as vscode from 'vscode';

const providerId = 'chatgpt-sign-in';
const scopes = ['openid', 'profile', 'email', 'offline_access'];

/** Never asks the person. Returns undefined if they are signed out, or did not allow this extension to use the account. */
export async function sessionIfThere(account) {
  return vscode.authentication.getSession(providerId, scopes, { silent: true, account });
}

/** Asks the person if needed, so call it only after they did something that needs the account. Rejects if they decline. */
export async function sessionOrAsk(account) {
  return vscode.authentication.getSession(providerId, scopes, { createIfNone: true, account });
}

/** Why there is no response. `until` is when a limit resets, if the service says so. */
export class PlanError extends Error {
  constructor(code, { until } = {}) {
    super(code);
    this.code = code;
    this.until = until;
  }
}

/**
 * @param options.account one of `getAccounts`; VS Code's own choice where it is left out
 * @param options.mayAsk whether a person is there to be asked to sign in
 * @returns the text of the answer
 * @throws PlanError `signedOut`, `refused`, `limitReached`, `busy`, `failed`
 */
export async function askPlan(question, { account, mayAsk = false, signal } = {}) {
  const session = (await sessionIfThere(account)) ?? (mayAsk ? await sessionOrAsk(account) : undefined);
  if (!session) throw new PlanError('signedOut');
  let response = await send(session, question, signal);
  if (response.status === 401) {
    const renewed = await renewedSession(session);
    response = await send(renewed, question, signal);
    // Once: if the service also rejects the new token, age is not the reason.
    if (response.status === 401) throw new PlanError('refused');
  }
  if (response.status === 429) throw await limitError(response);
  if (!response.ok) throw new PlanError('failed');
  return textOf(response.body);
}

/** Tells the provider that the service rejected this token. Unless the session has expired, the next session has a new token. */
async function renewedSession(session) {
  await vscode.commands.executeCommand('chatgptSignIn.tokenRefused', session.id, session.accessToken);
  const renewed = await sessionIfThere(session.account);
  if (!renewed) throw new PlanError('signedOut');
  if (renewed.accessToken === session.accessToken) throw new PlanError('refused');
  return renewed;
}

function send(session, question, signal) {
  const input = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: question }] }];
  return fetch(`${backendUrl()}/codex/responses`, {
    method: 'POST',
    headers: { ...headersOf(session), 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ model: 'gpt-6.1-sol', stream: true, store: false, input }),
    // A token goes to its own URL only, never to where a redirect points.
    redirect: 'error',
    signal,
  });
}

/** `account.id` is `<user>/<workspace>`. The plan belongs to the workspace, if there is one. */
export function headersOf({ accessToken, account }) {
  const [, workspace] = /\/([^/]+)$/.exec(account.id) ?? [];
  return {
    authorization: `Bearer ${accessToken}`,
    ...(workspace ? { 'chatgpt-account-id': workspace } : {}),
    // Your own name, never that of another client.
    'user-agent': 'example-consumer/1.0.0',
  };
}

/** One of this extension's own settings, with the scope `application`: no workspace can send a token elsewhere. */
function backendUrl() {
  return vscode.workspace.getConfiguration('consumer').get('backendUrl');
}

/** A plan that is used up rejects requests until its reset. Any other 429 passes sooner. */
async function limitError(response) {
  const { error } = await response.json().catch(() => ({}));
  if (error?.type === 'usage_limit_reached') {
    const until = error.resets_at ? new Date(error.resets_at * 1000) : undefined;
    return new PlanError('limitReached', { until });
  }
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new PlanError('busy', { until: Number.isNaN(seconds) ? undefined : new Date(Date.now() + seconds * 1000) });
}

/** A response is complete only with `response.completed`. */
async function textOf(body) {
  let text = '';
  for await (const event of eventsOf(body)) {
    if (event.type === 'response.output_text.delta') text += event.delta;
    if (event.type === 'response.failed') throw new PlanError('failed');
    if (event.type === 'response.completed') return text;
  }
  throw new PlanError('failed');
}

async function* eventsOf(body) {
  let rest = '';
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split('\n').find(line => line.startsWith('data: '));
      if (data) yield JSON.parse(data.slice('data: '.length));
    }
  }
}
