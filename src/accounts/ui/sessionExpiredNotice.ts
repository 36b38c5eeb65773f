import type { Disposable } from 'vscode';
import { ProgressLocation, window } from 'vscode';
import { ignoreShownError, registerCommands } from '../../shell/commands.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { settingsSection } from '../../shell/settings.ts';
import type { AccountInfo } from '../account.ts';
import type { Accounts } from '../accounts.ts';
import { serviceName } from './serviceName.ts';
import { texts as signInTexts } from './signIn/texts.ts';

/**
 * Shows once, in the window that learned of it, that a session has expired, or will with its access token. The account menu of every window shows it too, and
 * the status bar once it has expired. It goes when the account is signed in again or out, in whichever window.
 */
export class SessionExpiredNotice implements Disposable {
  readonly #accounts: Pick<Accounts, 'actions' | 'all' | 'onDidChange'>;
  readonly #shown = new Map<string, Promise<void>>();
  readonly #commands: Disposable;

  constructor(accounts: Pick<Accounts, 'actions' | 'all' | 'onDidChange'>) {
    this.#accounts = accounts;
    // For the link of the notice, so in no manifest.
    this.#commands = registerCommands({ signInAgain: hash => this.#signInAgain(hash) });
  }

  dispose(): void {
    this.#commands.dispose();
  }

  /** Joins a notice that is still open. Resolves when it is gone. */
  show(account: AccountInfo): Promise<void> {
    const shown = this.#shown.get(account.hash) ?? this.#tell(account).finally(() => this.#shown.delete(account.hash));
    this.#shown.set(account.hash, shown);
    return shown;
  }

  /** As progress, the only kind of notification that VS Code lets an extension close. It has links in place of buttons. */
  async #tell(account: AccountInfo): Promise<void> {
    const links = [link(commonTexts.signInAgain(), 'signInAgain', account.hash), link(commonTexts.showLog(), 'showLog')];
    const title = `${messageAbout(account)} ${links.join(' · ')}`;
    await window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, async (progress, dismissal) => {
      // An empty bar, and not one that moves: nothing is under way.
      progress.report({ increment: 0 });
      const { promise: isGone, resolve: go } = Promise.withResolvers<unknown>();
      const stopListening = this.#accounts.onDidChange(() => {
        void this.#expired(account.hash).then(expired => {
          if (!expired) go(undefined);
        });
      });
      dismissal.onCancellationRequested(go);
      await isGone;
      stopListening();
    });
  }

  async #signInAgain(hash: unknown): Promise<void> {
    const account = await this.#expired(hash);
    // The sign-in shows its own errors.
    if (account) await this.#accounts.actions(account).signIn({ wanted: account.id }).catch(ignoreShownError);
  }

  async #expired(hash: unknown): Promise<AccountInfo | undefined> {
    return (await this.#accounts.all()).find(each => each.hash === hash && (each.isExpired || each.isEnding));
  }
}

function link(title: string, command: string, ...args: readonly string[]): string {
  // Twice: without a tooltip, VS Code shows the id of the command in one.
  return `[${title}](command:${settingsSection}.${command}?${encodeURIComponent(JSON.stringify(args))} "${title}")`;
}

function messageAbout({ label, host, isEnding, refusalCode }: AccountInfo): string {
  if (refusalCode !== undefined) return signInTexts.refreshRefused(label, serviceName(host), refusalCode);
  return isEnding ? signInTexts.sessionEnding(label) : signInTexts.sessionExpired(label);
}
