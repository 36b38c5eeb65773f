// What the extension "ChatGPT Account & Usage (unofficial)" exports, to copy: types and nothing else. docs/for-extension-authors.md
// explains it. No member has a token, makes a request or asks the network: sessions come from `vscode.authentication`, models from
// `vscode.lm`. Times are milliseconds since 1970.
import type { Event } from 'vscode';

/** `vscode.extensions.getExtension<ChatGptSignInExports>('unofficial.chatgpt-sign-in')?.exports`, once it is active. */
export interface ChatGptSignInExports {
  /** @throws RangeError for a version that the installed extension does not have; it names those that there are */
  api(version: 1): ChatGptSignInApi;
}

export interface ChatGptSignInApi {
  /** Where the token of this account belongs, e.g. `https://chatgpt.com/backend-api`; undefined if there is no such account. */
  backendUrl(accountId: string): Promise<string | undefined>;
  /** The ChatGPT accounts that are signed in, those whose session has expired included. */
  accounts(): Promise<readonly ChatGptAccount[]>;
  /** An account was signed in or out, or something of it changed. */
  readonly onDidChange: Event<void>;
  /** The last reading of an account's usage limits; undefined if nothing was read, or nothing can be. */
  usage(accountId: string): Promise<ChatGptUsage | undefined>;
  readonly onDidChangeUsage: Event<void>;
  readonly models: ChatGptModels;
  /**
   * Asks the person to turn the models of their plan on, with your reason in the question. It does not ask whether your extension may use
   * them: that question comes with your first request.
   * @returns whether models are on now; true without a question if they were
   */
  requestModels(reason: string): Promise<boolean>;
  /** Opens the panel with the usage limits of an account. */
  openUsage(accountId?: string): Promise<void>;
  openManageAccounts(): Promise<void>;
}

/** A ChatGPT account as VS Code lists it, and what VS Code does not say of it. */
export interface ChatGptAccount {
  /** Of its VS Code account, as `session.account.id`. */
  readonly id: string;
  readonly label: string;
  /** What it is signed in with: OpenAI's Codex client, the Codex CLI's own sign-in, or a service of the person's choice. */
  readonly service: 'codex' | 'codex-cli' | 'other';
  /** The plan as OpenAI names it, e.g. `Plus`. */
  readonly plan?: string;
  readonly whoPays: 'plan' | 'unknown';
  /** Whether its plan pays for models in VS Code. */
  readonly isForModels: boolean;
  /** Whether it has to sign in again. */
  readonly isExpired: boolean;
}

export interface ChatGptUsage {
  readonly windows: readonly ChatGptLimit[];
}

/** A usage limit of the plan. */
export interface ChatGptLimit {
  /** How long it is: 300 for five hours. */
  readonly minutes?: number;
  /** 0 to 100. */
  readonly usedPercent: number;
  readonly resetsAt?: number;
  readonly readAt: number;
}

export interface ChatGptModels {
  /** For `vscode.lm.selectChatModels({ vendor })`. */
  readonly vendor: string;
  status(): Promise<ChatGptModelsStatus>;
  /** The status has changed. For the models themselves there is `vscode.lm.onDidChangeChatModels`. */
  readonly onDidChange: Event<void>;
}

/**
 * - `off`: the person has not turned models on
 * - `signedOut`: the account whose plan pays is not signed in, or none of several was chosen
 * - `limitReached`: the plan is used up, until `until` if that is known
 */
export type ChatGptModelsStatus =
  | { readonly state: 'off' }
  | { readonly state: 'signedOut' }
  | { readonly state: 'ready' }
  | { readonly state: 'limitReached'; readonly until?: number };
