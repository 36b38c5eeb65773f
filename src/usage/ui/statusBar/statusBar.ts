import { env, StatusBarAlignment, window } from 'vscode';
import type { Accounts } from '../../../accounts/accounts.ts';
import { chatGptProviderId } from '../../../accounts/account.ts';
import type { AccountInfo } from '../../../accounts/account.ts';
import type { Clock } from '../../../base/clock.ts';
import { defined } from '../../../base/defined.ts';
import { minute } from '../../../base/duration.ts';
import type { UsageService } from '../../polling/usageService.ts';
import type { UsageSnapshot } from '../../snapshot.ts';
import type { SignInActivity } from '../../../accounts/ui/activity.ts';
import type { StatusBarAccount } from '../../../accounts/ui/statusBarAccount.ts';
import { StatusItem } from './statusItem.ts';
import type * as views from './statusView.ts';
import { names } from '../../../shell/nameTexts.ts';
import { displayedAccount } from '../displayedAccount.ts';
import { onUsageSettingsChange, usageSettings } from '../settings.ts';

const priority = 100;

export interface StatusBarOptions {
  readonly accounts: Accounts;
  readonly service: UsageService;
  readonly activity: SignInActivity;
  readonly clock: Clock;
  readonly statusBarAccount: StatusBarAccount;
}

/** The item in the status bar: drawn again whenever what it shows has changed, and each minute while it shows times. */
export class StatusBar {
  readonly #options: StatusBarOptions;
  readonly #item: StatusItem;
  readonly #stopListening: readonly (() => void)[];
  #account: AccountInfo | undefined;
  #views: typeof views | undefined;
  #tick: AbortController | undefined;

  constructor(options: StatusBarOptions) {
    this.#options = options;
    const item = window.createStatusBarItem('chatgptSignIn.status', StatusBarAlignment.Right, priority);
    item.name = names.product;
    this.#item = new StatusItem(item);
    const draw = () => {
      this.#draw();
    };
    const settings = onUsageSettingsChange(draw);
    this.#stopListening = [
      options.accounts.onDidChange(() => void this.update()),
      options.statusBarAccount.onDidChange(() => void this.update()),
      options.service.onDidChange(draw),
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
    this.#account = this.#options.statusBarAccount.of(await this.#options.accounts.list(chatGptProviderId));
    this.#views ??= await import('./statusView.ts');
    this.#draw();
  }

  #draw(): void {
    if (!this.#views) return;
    const { accounts, service, activity, clock } = this.#options;
    const settings = usageSettings();
    const now = clock.now();
    const account = this.#account && displayedAccount(this.#account);
    const usage = account && service.state(account.hash, now);
    if (settings.statusBar === 'off') this.#item.hide();
    else {
      const format = { language: env.language, clock: settings.clock };
      const known = defined({ activity: activity.current, problem: accounts.problem(chatGptProviderId)?.code, account, usage });
      this.#item.show(this.#views.statusView({ ...known, settings, format, now }), this.#views.tooltipCommands);
    }
    this.#drawAgain(settings.statusBar === 'off' ? undefined : usage?.view?.snapshot, now);
  }

  /** Times go by: draws at the next full minute, or when a window should be empty. */
  #drawAgain(snapshot: UsageSnapshot | undefined, now: number): void {
    this.#tick?.abort();
    this.#tick = undefined;
    if (!snapshot) return;
    const resets = snapshot.windows.flatMap(({ resetAt = 0 }) => (resetAt > now ? [resetAt - now] : []));
    const tick = new AbortController();
    this.#tick = tick;
    this.#options.clock.sleep(Math.min(minute - (now % minute), ...resets), tick.signal).then(
      () => {
        this.#draw();
      },
      () => undefined,
    );
  }
}
