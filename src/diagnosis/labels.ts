import type { CodexCliFacts } from './codexCliFacts.ts';
import type { AnswerKind } from './reach.ts';
import type { FolderOwner } from './storage.ts';

/** Words of the report that stand for a value, in its text and in its findings. */
export const owners: Readonly<Record<FolderOwner, string>> = {
  ours: 'owned by you',
  missing: 'missing',
  leadsElsewhere: 'a link',
  somebodyElses: 'owned by another user',
  unreadable: 'unreadable',
};

export const responses: Readonly<Record<AnswerKind, string>> = {
  answers: 'reachable',
  page: 'web page instead of a response',
  unavailable: 'unavailable',
  notUnderstood: 'unexpected response',
};

export const executables: Readonly<Record<CodexCliFacts['executable'], string>> = {
  path: 'found in PATH',
  setting: 'set in the settings',
  knownPlace: 'found where installers put it',
  codexNotFound: 'not found',
  codexInWorkspace: 'only in an open folder, so it is not run',
  codexIsScript: 'a script whose program was not found, so it is not run',
};

export const authFiles: Readonly<Record<CodexCliFacts['session'], string>> = {
  none: 'without a session',
  chatgpt: 'signed in to ChatGPT',
  apiKey: 'API key',
  other: 'another sign-in method',
  notRead: 'not read',
};
