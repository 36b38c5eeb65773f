/** The page on which a person enters the code of a device, and then approves or denies as in any sign-in. */

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusal, type SignInRequest } from './approval.ts';
import { choose } from './choosing.ts';
import { codePage, consentPage, donePage } from './pages.ts';
import type { Member } from './people.ts';
import type { Received } from './received.ts';
import type { Service } from './service.ts';
import { show } from './show.ts';
import type { State } from './state.ts';

export interface WaitingDevice {
  status: 'waiting' | 'used' | 'expired';
  request: SignInRequest;
  approve: (member: Member) => Promise<void>;
  deny: () => Promise<void>;
}

export function isDevicePage({ devicePage }: Service, { path }: Received): boolean {
  return path === devicePage;
}

export async function handleDevicePage(service: Service, state: State, received: Received, response: ServerResponse): Promise<void> {
  const { path, params, method } = received;
  const action = `${service.mount}${path}`;
  const typed = params['user_code'];
  if (typed === undefined) {
    show(response, 200, codePage(action));
    return;
  }
  const device = await service.findDevice(typed.toUpperCase().replace(/[^A-Z0-9]/g, ''));
  const problem = problems[device?.status ?? 'unknown'];
  if (!device || problem !== undefined) {
    show(response, 200, codePage(action, typed, problem));
    return;
  }
  const form = { action, hidden: { user_code: typed } };
  const chosen = choose(state.people, params, device.request, form);
  if ('page' in chosen) {
    show(response, 200, chosen.page);
    return;
  }
  const refused = refusal(chosen.member, device.request);
  if (refused !== undefined) {
    await device.deny();
    show(response, 200, donePage('You cannot sign in', `The service refused: ${refused}. Go back to your device.`));
  } else if (method !== 'POST') {
    show(response, 200, consentPage(form, service.application.name, chosen.member, device.request.scope));
  } else if (params['decision'] === 'approve') {
    await sleep(state.settings.approveDelayMs);
    await device.approve(chosen.member);
    show(response, 200, donePage('You are signed in', 'Go back to your device. You can close this page.'));
  } else {
    await device.deny();
    show(response, 200, donePage('You refused', 'Your device is not signed in. You can close this page.'));
  }
}

const problems: Record<WaitingDevice['status'] | 'unknown', string | undefined> = {
  waiting: undefined,
  unknown: 'There is no such code. Compare it with the one that your device shows.',
  expired: 'This code has expired. Ask your device for a new one.',
  used: 'This code was used already. Ask your device for a new one.',
};
