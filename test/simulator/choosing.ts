/** The choice of account and workspace: the page that asks for it, or the member that was chosen. */

import type { SignInRequest } from './approval.ts';
import { chooserPage, workspacePage, type Form } from './pages.ts';
import type { Member, People } from './people.ts';

export type Chosen = { page: string } | { member: Member };

export function choose(people: People, params: Record<string, string>, { allowedWorkspaces, hint }: SignInRequest, form: Form): Chosen {
  const person = params['account'] === undefined ? undefined : people.find(params['account']);
  if (!person)
    return {
      page: chooserPage(
        form,
        people.all().toSorted((one, other) => Number(other.email === hint) - Number(one.email === hint)),
      ),
    };
  const [first, ...others] = person.workspaces.filter(
    ({ accountId }) => allowedWorkspaces.length === 0 || allowedWorkspaces.includes(accountId),
  );
  const workspace =
    others.length === 0 ? (first ?? person.workspaces[0]) : person.workspaces.find(({ key }) => key === params['workspace']);
  return workspace ? { member: { person, workspace } } : { page: workspacePage(form, person, first ? [first, ...others] : others) };
}
