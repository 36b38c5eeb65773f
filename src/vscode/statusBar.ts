import type { StatusBarItem } from 'vscode';
import { env, StatusBarAlignment, ThemeColor, window } from 'vscode';
import type { Account } from '../custody/account.ts';
import type { Custody } from '../custody/custody.ts';
import type { Clock } from '../oauth/host.ts';
import type { UsageMeter } from '../usage/meter.ts';
import type { Activity } from './activity.ts';
import type { ChosenAccount } from './chosenAccount.ts';
import { statusView } from './statusView.ts';
import { texts } from './texts.ts';

const priority = 100;

export interface StatusBarOptions {
  readonly custody: Custody;
  readonly meter: UsageMeter;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly choice: ChosenAccount;
}

/** The item in the status bar: drawn anew whenever something it tells of has changed. */
export class StatusBar {
  readonly #options: StatusBarOptions;
  readonly #item: StatusBarItem;
  readonly #stopListening: readonly (() => void)[];
  #account: Account | undefined;

  constructor(options: StatusBarOptions) {
    this.#options = options;
    this.#item = window.createStatusBarItem('chatgptSignIn.status', StatusBarAlignment.Right, priority);
    this.#item.name = texts.itemName();
    const draw = () => {
      this.#draw();
    };
    this.#stopListening = [
      options.custody.onDidChange(() => void this.update()),
      options.choice.onDidChange(() => void this.update()),
      options.meter.onDidChange(draw),
      options.activity.onDidChange(draw),
    ];
  }

  dispose(): void {
    for (const stop of this.#stopListening) stop();
    this.#item.dispose();
  }

  /** The account that is shown. */
  get account(): Account | undefined {
    return this.#account;
  }

  async update(): Promise<void> {
    this.#account = this.#options.choice.of(await this.#options.custody.accounts());
    this.#draw();
    this.#item.show();
  }

  #draw(): void {
    const { custody, meter, activity, clock } = this.#options;
    const account = this.#account;
    const view = statusView({
      now: clock.now(),
      language: env.language,
      ...(activity.current ? { activity: activity.current } : {}),
      ...(custody.problem ? { problem: custody.problem.code } : {}),
      ...(account
        ? {
            account: { ...account, isEnded: account.state === 'ended', tellsUsage: account.service.backendUrl !== undefined },
            usage: meter.state(account.hash),
          }
        : {}),
    });
    this.#item.text = view.text;
    this.#item.tooltip = view.tooltip.join('\n');
    this.#item.accessibilityInformation = { label: view.label, role: 'button' };
    this.#item.backgroundColor = view.background ? new ThemeColor(`statusBarItem.${view.background}Background`) : undefined;
    this.#item.command = view.command;
  }
}
