/** The steps of a sign-in: choose an account, a workspace where there are several, then approve or deny. */

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type Provider from 'oidc-provider';
import type { InteractionResults } from 'oidc-provider';
import { approve, readRequest, refusal, type SignInRequest } from './approval.ts';
import { chooserPage, consentPage, errorPage, workspacePage } from './pages.ts';
import type { Workspace } from './people.ts';
import type { Received } from './received.ts';
import type { State } from './state.ts';

const prefix = '/sign-in/';

export function signInPath(uid: string): string {
  return `${prefix}${uid}`;
}

export function isSignIn({ path }: Received): boolean {
  return path.startsWith(prefix);
}

export async function answerSignIn(provider: Provider, state: State, received: Received, response: ServerResponse): Promise<void> {
  const { path, params, method, request } = received;
  const interaction = await provider.interactionDetails(request, response).catch(() => undefined);
  if (!interaction || signInPath(interaction.uid) !== path) {
    show(response, 400, errorPage('session_expired', 'This sign-in has expired. Start again from the application.'));
    return;
  }
  const finish = (result: InteractionResults): Promise<void> =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  const asked = readRequest(interaction.params);

  const person = params['account'] === undefined ? undefined : state.people.find(params['account']);
  if (!person) {
    show(response, 200, chooserPage(path, state.people.all()));
    return;
  }
  const [first, ...others] = allowed(person.workspaces, asked);
  const workspace =
    others.length === 0 ? (first ?? person.workspaces[0]) : person.workspaces.find(({ key }) => key === params['workspace']);
  if (!workspace) {
    show(response, 200, workspacePage(path, person, first ? [first, ...others] : others));
    return;
  }
  const member = { person, workspace };
  const refused = refusal(member, asked);
  if (refused !== undefined) {
    await finish({ error: 'access_denied', error_description: refused });
  } else if (method !== 'POST') {
    show(response, 200, consentPage(path, member, asked.scope));
  } else if (params['decision'] === 'approve') {
    await sleep(state.settings.approveDelayMs);
    await finish(await approve(provider, state.sessions, member, asked));
  } else {
    await finish({ error: 'access_denied', error_description: 'The resource owner denied the request' });
  }
}

function allowed(workspaces: readonly Workspace[], { allowedWorkspaces }: SignInRequest): Workspace[] {
  return workspaces.filter(({ accountId }) => allowedWorkspaces.length === 0 || allowedWorkspaces.includes(accountId));
}

function show(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(html);
}
