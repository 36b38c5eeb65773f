import { env, StatusBarAlignment, window } from 'vscode';
import type { Accounts } from '../../../accounts/accounts.ts';
import { chatGptProviderId } from '../../../accounts/account.ts';
import type { AccountInfo } from '../../../accounts/account.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import { paceLength } from '../../alertTracker.ts';
import type { UsageService } from '../../polling/usageService.ts';
import type { UsageSnapshot } from '../../snapshot.ts';
import type { UsageSample } from '../../history.ts';
import type { SignInActivity } from '../../../accounts/ui/activity.ts';
import type { StatusBarAccount } from '../../../accounts/ui/statusBarAccount.ts';
import { StatusItem } from './statusItem.ts';
import type * as views from './statusView.ts';
import type { DisplayedAccount } from './statusView.ts';
import { commonTexts } from '../../../shell/commonTexts.ts';
import { onUsageSettingsChange, usageSettings } from '../settings.ts';

const priority = 100;
const minute = 60_000;

export interface StatusBarOptions {
  readonly accounts: Accounts;
  readonly usageService: UsageService;
  readonly activity: SignInActivity;
  readonly clock: Clock;
  readonly log: Log;
  readonly choice: StatusBarAccount;
}

/** The item in the status bar: drawn anew whenever something it tells of has changed, and each minute while it tells of times. */
export class StatusBar {
  readonly #options: StatusBarOptions;
  readonly #item: StatusItem;
  readonly #stopListening: readonly (() => void)[];
  #account: AccountInfo | undefined;
  #samples: { readonly of: UsageSnapshot; readonly known: readonly UsageSample[] } | undefined;
  #views: typeof views | undefined;
  #tick: AbortController | undefined;

  constructor(options: StatusBarOptions) {
    this.#options = options;
    const item = window.createStatusBarItem('chatgptSignIn.status', StatusBarAlignment.Right, priority);
    item.name = commonTexts.itemName();
    this.#item = new StatusItem(item);
    const draw = () => {
      this.#draw();
    };
    const settings = onUsageSettingsChange(draw);
    this.#stopListening = [
      options.accounts.onDidChange(() => void this.update()),
      options.choice.onDidChange(() => void this.update()),
      options.usageService.onDidChange(draw),
      options.activity.onDidChange(draw),
      () => {
        settings.dispose();
      },
    ];
  }

  dispose(): void {
    for (const stop of this.#stopListening) stop();
    this.#tick?.abort();
    this.#item.dispose();
  }

  /** The account that is shown. */
  get account(): AccountInfo | undefined {
    return this.#account;
  }

  async update(): Promise<void> {
    this.#account = this.#options.choice.of(await this.#options.accounts.list(chatGptProviderId));
    // Not before somebody waits for it: the provider is registered without.
    this.#views ??= await import('./statusView.ts');
    this.#draw();
  }

  #draw(): void {
    if (!this.#views) return;
    const { accounts, usageService, activity, clock } = this.#options;
    const problem = accounts.problem(chatGptProviderId);
    const account = this.#account;
    const usage = account && usageService.state(account.hash);
    const settings = usageSettings();
    if (account && usage?.snapshot) this.#follow(account.hash, usage.snapshot);
    const view = this.#views.statusView({
      now: clock.now(),
      format: { language: env.language, clock: settings.clock },
      settings,
      ...(activity.current ? { activity: activity.current } : {}),
      ...(problem ? { problem: problem.code } : {}),
      ...(account ? { account: shownAccount(account) } : {}),
      ...(usage ? { usage } : {}),
      ...(this.#samples ? { samples: this.#samples.known } : {}),
    });
    if (settings.statusBar === 'off') this.#item.hide();
    else this.#item.show(view, this.#views.tooltipCommands);
    this.#arm(settings.statusBar === 'off' ? undefined : usage?.snapshot);
  }

  /** Times go by: at the next full minute, or when a window should be empty. */
  #arm(snapshot: UsageSnapshot | undefined): void {
    this.#tick?.abort();
    this.#tick = undefined;
    if (!snapshot) return;
    const { clock } = this.#options;
    const now = clock.now();
    const resets = snapshot.windows.flatMap(({ resetAt = 0 }) => (resetAt > now ? [resetAt - now] : []));
    const tick = new AbortController();
    this.#tick = tick;
    clock.sleep(Math.min(minute - (now % minute), ...resets), tick.signal).then(
      () => {
        this.#draw();
      },
      () => undefined,
    );
  }

  /** The pace of the last hour belongs to a reading, and comes when it comes. */
  #follow(hash: string, snapshot: UsageSnapshot): void {
    if (this.#samples?.of === snapshot) return;
    this.#samples = { of: snapshot, known: [] };
    const { usageService: usageService, log } = this.#options;
    usageService.history(hash, snapshot.fetchedAt - paceLength).then(
      samples => {
        if (this.#samples?.of !== snapshot || !samples || samples.length === 0) return;
        this.#samples = { of: snapshot, known: samples };
        this.#draw();
      },
      (error: unknown) => {
        log.error('the history of usage cannot be read', error);
      },
    );
  }
}

function shownAccount({ label, identity, isExpired, capabilities: { usage } }: AccountInfo): DisplayedAccount {
  return { label, identity, isEnded: isExpired, ...(usage ? { host: new URL(usage.url).host } : {}) };
}
