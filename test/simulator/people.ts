/** The accounts of the service, with their workspaces and plans. */

import type { AccountChange, ReportedUsage } from './contract.ts';
import { UsageWindows } from './usage.ts';

export interface Workspace {
  key: string;
  name: string;
  structure: 'personal' | 'workspace';
  accountId: string;
  organizationId: string;
  role: 'owner' | 'member';
  plan: string;
  resetCredits: number;
  reserve?: number | undefined;
  /** Where its model requests have to go. */
  routing?: string | undefined;
  windows: UsageWindows;
  reported?: ReportedUsage | undefined;
}

export interface Person {
  key: string;
  name: string;
  email: string;
  subject: string;
  userId: string;
  entitled: boolean;
  workspaces: [Workspace, ...Workspace[]];
}

/** The person who signed in, and the chosen workspace. */
export interface Member {
  person: Person;
  workspace: Workspace;
}

function workspace(number: number, key: string, name: string, plan: string, role: Workspace['role'] = 'owner'): Workspace {
  const digits = String(number).padStart(4, '0');
  return {
    key,
    name,
    structure: key === 'personal' ? 'personal' : 'workspace',
    accountId: `5150${digits}-0000-4000-8000-00000000${digits}`,
    organizationId: `org-Simulated${digits}`,
    role,
    plan,
    resetCredits: plan === 'plus' ? 1 : 0,
    windows: new UsageWindows(),
  };
}

function person(key: string, name: string, workspaces: Person['workspaces'], entitled = true): Person {
  const id = `Simulated${key.charAt(0).toUpperCase()}${key.slice(1)}`;
  return { key, name, email: `${key}@example.com`, subject: `auth0|${id}`, userId: `user-${id}`, entitled, workspaces };
}

function everyone(): Person[] {
  return [
    person('fay', 'Fay Moreau', [workspace(1, 'personal', 'Personal', 'free')]),
    person('gus', 'Gus Lindqvist', [workspace(2, 'personal', 'Personal', 'go')]),
    person('ada', 'Ada Brightwell', [workspace(3, 'personal', 'Personal', 'plus')]),
    person('pia', 'Pia Navarro', [workspace(4, 'personal', 'Personal', 'pro')]),
    person('ben', 'Ben Okafor', [workspace(5, 'business', 'Okafor Studio', 'business')]),
    person('eda', 'Eda Yilmaz', [workspace(6, 'edu', 'Northfield College', 'edu', 'member')]),
    person('eli', 'Eli Hartmann', [workspace(7, 'enterprise', 'Hartmann Industries', 'enterprise', 'member')]),
    person('sam', 'Sam Rivers', [
      workspace(8, 'personal', 'Personal', 'plus'),
      workspace(9, 'team', 'Rivers Design Team', 'team', 'member'),
    ]),
    person('noa', 'Noa Keller', [workspace(10, 'business', 'Keller Logistics', 'business', 'member')], false),
  ];
}

export class People {
  readonly #all = everyone();

  all(): readonly Person[] {
    return this.#all;
  }

  /** Returns to the usage of the windows. */
  forgetReported(): void {
    for (const { workspaces } of this.#all) for (const workspace of workspaces) workspace.reported = undefined;
  }

  /** Finds a person by key or email. */
  find(account: string): Person | undefined {
    const wanted = account.toLowerCase();
    return this.#all.find(({ key, email }) => key === wanted || email.toLowerCase() === wanted);
  }

  /** The named workspace (by key, name or account ID), or the first one. */
  member(account: string, workspaceName?: string): Member | undefined {
    const found = this.find(account);
    const chosen =
      workspaceName === undefined
        ? found?.workspaces[0]
        : found?.workspaces.find(({ key, name, accountId }) => [key, name, accountId].includes(workspaceName));
    return found && chosen ? { person: found, workspace: chosen } : undefined;
  }

  change(change: AccountChange): Member | undefined {
    const member = this.member(change.account, change.workspace);
    if (!member) return undefined;
    const { person: changedPerson, workspace: changedWorkspace } = member;
    changedPerson.email = change.email ?? changedPerson.email;
    changedPerson.name = change.name ?? changedPerson.name;
    changedPerson.entitled = change.entitled ?? changedPerson.entitled;
    changedWorkspace.name = change.workspaceName ?? changedWorkspace.name;
    changedWorkspace.plan = change.plan ?? changedWorkspace.plan;
    changedWorkspace.resetCredits = change.resetCredits ?? changedWorkspace.resetCredits;
    if (change.reserve !== undefined) changedWorkspace.reserve = change.reserve ?? undefined;
    if (change.routing !== undefined) changedWorkspace.routing = change.routing ?? undefined;
    if (change.used) changedWorkspace.windows.set(change.used);
    if (change.reported !== undefined) changedWorkspace.reported = change.reported ?? undefined;
    return member;
  }
}
