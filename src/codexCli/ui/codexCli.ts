import type { ExtensionContext } from 'vscode';
import { AppServer } from '../appServer.ts';
import { CodexAccounts } from '../codexAccounts.ts';
import { CodexTokens } from '../codexTokens.ts';
import type { Consent } from '../consent.ts';
import { codexHome } from '../authFile.ts';
import type { ProcessLocks } from '../../storage/processLock.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { requireCodex } from './codexLookup.ts';
import { cliService } from './cliService.ts';
import { names } from '../../shell/nameTexts.ts';

export interface CodexCliParts {
  readonly consent: Consent;
  readonly locks: ProcessLocks;
  readonly clock: Clock;
  readonly log: Log;
  /** Our own name and version. */
  readonly originator: string;
  readonly context: Pick<ExtensionContext, 'extension' | 'globalStorageUri'>;
}

/** The Codex CLI of this machine: the program, and its account. */
export class CodexCli {
  readonly server: AppServer;
  readonly accounts: CodexAccounts;

  constructor({ consent, locks, clock, log, originator, context }: CodexCliParts) {
    const { version } = context.extension.packageJSON as { version: string };
    this.server = new AppServer({
      executable: requireCodex,
      folder: context.globalStorageUri.fsPath,
      client: { name: 'chatgpt-sign-in', title: names.product, version },
      clock,
      log,
    });
    const home = codexHome(process.env);
    const service = () => cliService(originator);
    const tokens = new CodexTokens({ home, executable: requireCodex, server: this.server, service, locks, clock });
    this.accounts = new CodexAccounts({ home, tokens, consent, clock, log });
  }

  dispose(): void {
    void this.accounts.close();
  }
}
