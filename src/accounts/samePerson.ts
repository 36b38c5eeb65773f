import type { AccountInfo } from './account.ts';

type Person = Pick<AccountInfo, 'host' | 'identity'>;

/** Whether two accounts, in whichever workspaces and of whichever sources, are one person's at one service. */
export function isSamePerson(a: Person, b: Person): boolean {
  return a.host === b.host && a.identity.userId !== undefined && a.identity.userId === b.identity.userId;
}
