/**
 * The Codex CLI room: the account that the CLI is signed in to, used with the person's consent. Start here: this is what the start
 * loads. `codexAccounts.ts` knows who is signed in, `codexTokens.ts` asks the CLI for a token through `appServer.ts`, `authFile.ts`
 * reads the CLI's session file.
 */
import type { AccountInfo, Credential, CredentialOptions, PresentCredential, ProfileUpdate } from '../accounts/account.ts';
import { chatGptProviderId } from '../accounts/account.ts';
import type { AccountSource } from '../accounts/accountSource.ts';
import type { RefusedTokenOutcome } from '../accounts/refusedToken.ts';
import { loadOnce } from '../base/async.ts';
import type { Change } from '../base/change.ts';
import { mapChange } from '../base/change.ts';
import type { Clock } from '../base/clock.ts';
import type { Event } from '../base/emitter.ts';
import { Emitter } from '../base/emitter.ts';
import { AppError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { isValid } from '../oauth/tokenSet.ts';
import type * as codexAccount from './codexAccount.ts';
import { codexIdPrefix } from './codexId.ts';
import type { CodexAccounts } from './codexAccounts.ts';
import type { Consent } from './consent.ts';

/** What is loaded once the person has consented. */
export interface LoadedCodexCli {
  readonly accounts: CodexAccounts;
  readonly convert: Pick<typeof codexAccount, 'codexAccountInfo' | 'codexCredential'>;
}

export interface CodexSourceOptions {
  readonly consent: Consent;
  readonly load: () => Promise<LoadedCodexCli>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The Codex CLI's account as everybody else sees it. Until the person consents, each question costs one check whether they have, and
 * nothing of the CLI is loaded or read.
 */
export class CodexSource implements AccountSource {
  readonly id = 'codexCli';
  readonly providerId = chatGptProviderId;
  readonly #options: CodexSourceOptions;
  readonly #changes: Emitter<Change<AccountInfo>>;
  readonly #load: () => Promise<LoadedCodexCli>;
  #hasLoaded = false;

  readonly onDidChange: Event<Change<AccountInfo>>;

  constructor(options: CodexSourceOptions) {
    this.#options = options;
    this.#changes = new Emitter(options.log);
    this.onDidChange = this.#changes.event;
    this.#load = loadOnce(async () => {
      const loaded = await options.load();
      this.#hasLoaded = true;
      loaded.accounts.onDidChange(change => {
        this.#changes.fire(mapChange(change, account => loaded.convert.codexAccountInfo(account)));
      });
      return loaded;
    });
  }

  owns(id: string): boolean {
    return id.startsWith(codexIdPrefix);
  }

  /** The CLI's accounts, for those who ask for the consent. */
  async codexAccounts(): Promise<CodexAccounts> {
    return (await this.#load()).accounts;
  }

  async accounts(): Promise<readonly AccountInfo[]> {
    const loaded = await this.#ifConsented();
    return loaded ? (await loaded.accounts.accounts()).map(account => loaded.convert.codexAccountInfo(account)) : [];
  }

  async credential(hash: string, options: CredentialOptions): Promise<Credential> {
    const loaded = await this.#ifConsented();
    if (!loaded) throw new AppError('signedOut');
    return loaded.convert.codexCredential(await loaded.accounts.credential(hash, options));
  }

  async presentCredentials(): Promise<readonly PresentCredential[]> {
    const loaded = await this.#ifConsented();
    if (!loaded) return [];
    const time = { now: this.#options.clock.now(), clockOffset: undefined };
    return (await loaded.accounts.accounts()).map(account => ({
      ...loaded.convert.codexCredential(account),
      isValid: isValid(account.tokens, time),
    }));
  }

  async reportRefused(id: string, accessToken: string, correlationId: string): Promise<RefusedTokenOutcome | undefined> {
    const accounts = (await this.#ifConsented())?.accounts;
    const account = (await accounts?.accounts())?.find(each => each.id === id);
    if (!accounts || !account) return undefined;
    if (account.tokens.accessToken !== accessToken) return 'refreshed';
    const refresh = () => accounts.credential(account.hash, { refused: account });
    const { refreshRefused } = await import('../accounts/refusedToken.ts');
    return refreshRefused(account, refresh, { ...this.#options, correlationId });
  }

  async updateProfile(account: Pick<AccountInfo, 'hash' | 'signInId'>, update: ProfileUpdate): Promise<void> {
    const loaded = await this.#ifConsented();
    await loaded?.accounts.updateProfile(account, update);
  }

  async reload(): Promise<void> {
    await (await this.#ifConsented())?.accounts.reload();
  }

  /** Also after the consent was withdrawn: the account that was there has to go. */
  async #ifConsented(): Promise<LoadedCodexCli | undefined> {
    return this.#hasLoaded || this.#options.consent.hasConsent() ? this.#load() : undefined;
  }
}
