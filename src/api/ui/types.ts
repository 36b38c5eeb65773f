import type { Event } from 'vscode';
import type { Core } from '../../core.ts';
import type { ModelsRoom } from '../../models/ui/register.ts';
import type { ModelsStatus } from '../../models/ui/status.ts';
import type { UsageRoom } from '../../usage/ui/register.ts';

/**
 * What other extensions learn here besides what VS Code tells them of an account; docs/for-extension-authors.md describes it, and
 * examples/chatgptSignInApi.ts has it to copy. No token and no request: those come from VS Code. Nothing here asks the network.
 */
export interface ExportedApi {
  readonly backendUrl: (accountId: string) => Promise<string | undefined>;
  readonly accounts: () => Promise<readonly Account[]>;
  readonly onDidChange: Event<void>;
  readonly usage: (accountId: string) => Promise<UsageReading | undefined>;
  readonly onDidChangeUsage: Event<void>;
  readonly models: { readonly vendor: string; readonly status: () => Promise<ModelsStatus>; readonly onDidChange: Event<void> };
  readonly requestModels: (reason: string) => Promise<boolean>;
  readonly openUsage: (accountId?: string) => Promise<void>;
  readonly openManageAccounts: () => Promise<void>;
}

/** What `extensions.getExtension(…).exports` is. */
export interface Exports {
  /** @throws RangeError for a version that this version of the extension does not have */
  readonly api: (version: 1) => ExportedApi;
}

/** A ChatGPT account as VS Code lists it, and what VS Code does not say of it. */
export interface Account {
  /** Of its VS Code account, as `session.account.id`. */
  readonly id: string;
  readonly label: string;
  /** What it is signed in with: OpenAI's Codex client here, the Codex CLI's own sign-in, or a service of the person's choice. */
  readonly service: 'codex' | 'codex-cli' | 'other';
  /** The plan as OpenAI names it, e.g. `Plus`. */
  readonly plan?: string;
  readonly whoPays: 'plan' | 'unknown';
  /** Whether its plan pays for the models of this extension. */
  readonly isForModels: boolean;
  /** Whether it has to sign in again. */
  readonly isExpired: boolean;
}

export interface UsageReading {
  readonly windows: readonly LimitWindow[];
}

/** A usage limit of the plan. Times are milliseconds since the epoch. */
export interface LimitWindow {
  readonly minutes?: number;
  /** 0 to 100. */
  readonly usedPercent: number;
  readonly resetsAt?: number;
  readonly readAt: number;
}

/** The rooms that the members ask. */
export interface ApiParts {
  readonly core: Core;
  readonly usage: UsageRoom;
  readonly models: ModelsRoom;
}
