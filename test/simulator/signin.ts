/**
 * The steps of a sign-in: choose an account, choose a workspace if there are several, then approve or deny. A browser that has signed in
 * before takes none of them, unless the request says that the person has to be asked.
 */

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InteractionResults } from 'oidc-provider';
import { approved, grant, readRequest, refusal } from './approval.ts';
import { choose } from './choosing.ts';
import { consentPage, errorPage } from './pages.ts';
import type { Received } from './received.ts';
import type { Service } from './service.ts';
import { show } from './show.ts';
import type { State } from './state.ts';

const prefix = '/sign-in/';

export function signInPath(uid: string): string {
  return `${prefix}${uid}`;
}

export function isSignIn({ path }: Received): boolean {
  return path.startsWith(prefix);
}

export async function handleSignIn(service: Service, state: State, received: Received, response: ServerResponse): Promise<void> {
  const { path, params, method, request } = received;
  const { provider, application, mount } = service;
  const interaction = await provider.interactionDetails(request, response).catch(() => undefined);
  if (!interaction || signInPath(interaction.uid) !== path) {
    show(response, 400, errorPage('session_expired', 'This sign-in has expired. Start again from the application.'));
    return;
  }
  const finish = (result: InteractionResults): Promise<void> =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  const signInRequest = readRequest(interaction.params);
  const form = { action: `${mount}${path}` };
  const known = signInRequest.mustAsk || method === 'POST' ? undefined : state.browsers.memberOf(received);
  const chosen = known ? { member: known } : choose(state.people, params, signInRequest, form);
  if ('page' in chosen) {
    show(response, 200, chosen.page);
    return;
  }
  const { member } = chosen;
  const refused = refusal(member, signInRequest);
  const approve = async () => finish(approved(member, await grant(provider, application, state.sessions, member, signInRequest)));
  if (refused !== undefined) {
    state.browsers.signIn(response, member);
    await finish({ error: 'access_denied', error_description: refused });
  } else if (known) {
    await approve();
  } else if (method !== 'POST') {
    show(response, 200, consentPage(form, application.name, member, signInRequest.scope));
  } else if (params['decision'] === 'approve') {
    await sleep(state.settings.approveDelayMs);
    state.browsers.signIn(response, member);
    await approve();
  } else {
    await finish({ error: 'access_denied', error_description: 'The resource owner denied the request' });
  }
}
