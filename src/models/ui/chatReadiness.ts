/** What keeps VS Code from showing the plan's models in its chat. It is said, and never changed: these settings are the person's. */
import { authentication, commands, workspace } from 'vscode';
import { withTimeout } from '../../base/async.ts';
import { systemClock } from '../../base/clock.ts';
import { second } from '../../base/duration.ts';

export interface ChatObstacle {
  readonly kind: 'featuresOff' | 'noChat' | 'untrusted' | 'notSignedIn';
  /** The setting that is about it. */
  readonly setting?: string;
}

const featuresOff = 'chat.disableAIFeatures';
const anonymous = 'chat.allowAnonymousAccess';
/** VS Code has it before the extension is there that responds: that comes with the first use of the chat. */
const openChat = 'workbench.action.chat.open';
/** VS Code waits for a provider that is not there. */
const longestWait = 2 * second;

/** The first one, in the order in which VS Code looks. */
export async function findObstacle(): Promise<ChatObstacle | undefined> {
  const settings = workspace.getConfiguration();
  if (settings.get(featuresOff) === true) return { kind: 'featuresOff', setting: featuresOff };
  if (!(await commands.getCommands(true)).includes(openChat)) return { kind: 'noChat' };
  if (!workspace.isTrusted) return { kind: 'untrusted' };
  if (settings.get(anonymous) === true || (await isSignedInToGitHub())) return undefined;
  return { kind: 'notSignedIn', setting: anonymous };
}

async function isSignedInToGitHub(): Promise<boolean> {
  const accounts = Promise.resolve(authentication.getAccounts('github')).catch(() => []);
  return (await withTimeout(accounts, { clock: systemClock, ms: longestWait }, () => [])).length > 0;
}
