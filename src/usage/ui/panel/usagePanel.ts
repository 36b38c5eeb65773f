import type { ExtensionContext, WebviewPanel } from 'vscode';
import { Disposable, env, Uri, ViewColumn, window } from 'vscode';
import type { AccountInfo } from '../../../accounts/account.ts';
import { chatGptProviderId } from '../../../accounts/account.ts';
import { Coalescer } from '../../../base/async.ts';
import { defined } from '../../../base/defined.ts';
import { minute } from '../../../base/duration.ts';
import type { Core } from '../../../core.ts';
import { webviewPage, webviewParts } from '../../../shell/webviewHtml.ts';
import type { UsageSample } from '../../history.ts';
import type { UsageSnapshot } from '../../snapshot.ts';
import { displayedAccount } from '../displayedAccount.ts';
import { onUsageSettingsChange, usageSettings } from '../settings.ts';
import type { RunningUsage } from '../start.ts';
import { panelActions } from './actions.ts';
import type { UsagePanelMessage, UsagePanelUpdate } from './messages.ts';
import { readUsagePanelMessage } from './messages.ts';
import { PanelSelectionStore } from './selection.ts';
import { texts } from './texts.ts';
import type { UsagePanelState } from './panelTypes.ts';
import { usagePanelType } from './panelTypes.ts';

export type UsagePanelOptions = Pick<Core, 'accounts' | 'clock' | 'log' | 'statusBarAccount'> &
  Pick<RunningUsage, 'service' | 'recorder'> & {
    readonly context: Pick<ExtensionContext, 'extensionUri' | 'extension' | 'globalState'>;
  };

const usualWidth = 640;

/** Everything that is known of an account's usage, in a panel: one a window, which comes back when the window is reloaded. */
export class UsagePanel {
  readonly #options: UsagePanelOptions;
  readonly #selection: PanelSelectionStore;
  readonly #drawing = new Coalescer(() => this.#draw());
  readonly #actions: Readonly<Record<UsagePanelMessage['action'], (value: string) => unknown>>;
  #panel: WebviewPanel | undefined;
  #following: Disposable | undefined;
  #width = usualWidth;
  #history: { readonly of: UsageSnapshot; readonly samples: readonly UsageSample[] } | undefined;
  #tick: AbortController | undefined;

  constructor(options: UsagePanelOptions) {
    this.#options = options;
    this.#selection = new PanelSelectionStore(options.context.globalState);
    this.#actions = {
      ready: width => this.#resize(width),
      width: width => this.#resize(width),
      account: hash => this.#choose('account', hash),
      window: id => this.#choose('window', id),
      span: days => this.#choose('span', days),
      ...panelActions(options, { account: () => this.#account(), state: () => this.#state() }),
    };
  }

  /** The panel stays: the window that is loaded again brings it back. */
  dispose(): void {
    this.#following?.dispose();
    this.#tick?.abort();
  }

  /** @param accountId the session id of the account to show; without one, the account that is shown anyway */
  async show(accountId?: string): Promise<void> {
    const wanted = accountId === undefined ? undefined : await this.#withId(accountId);
    if (wanted) await this.#choose('account', wanted.hash);
    if (this.#panel) this.#panel.reveal();
    else await this.fill(window.createWebviewPanel(usagePanelType, texts.title(), ViewColumn.Active));
    this.#options.service.markActive();
  }

  /** Draws in a panel that is open, or was brought back by a window that is loaded again. */
  async fill(panel: WebviewPanel): Promise<void> {
    this.#panel?.dispose();
    const { extensionUri } = this.#options.context;
    this.#panel = panel;
    panel.webview.options = { enableScripts: true, localResourceRoots: [] };
    panel.iconPath = Uri.joinPath(extensionUri, 'media', 'icon.png');
    this.#following = this.#follow(panel);
    const parts = await webviewParts(extensionUri, 'usagePanel');
    if (this.#panel !== panel) return;
    panel.webview.html = webviewPage({
      language: env.language,
      title: texts.title(),
      ...parts,
      body: '<main></main>\n<div role="status"></div>',
    });
  }

  #follow(panel: WebviewPanel): Disposable {
    const { accounts, service } = this.#options;
    const draw = () => void this.#drawing.run();
    const isVisible = () => {
      service.setConditions({ panelVisible: panel.visible });
      this.#arm();
    };
    panel.onDidChangeViewState(isVisible);
    panel.onDidDispose(() => {
      this.#close(panel);
    });
    panel.webview.onDidReceiveMessage((message: unknown) => void this.#receive(message));
    isVisible();
    return Disposable.from(
      new Disposable(accounts.onDidChange(draw)),
      new Disposable(service.onDidChange(draw)),
      onUsageSettingsChange(draw),
    );
  }

  #close(panel: WebviewPanel): void {
    if (this.#panel !== panel) return;
    this.#panel = undefined;
    this.#history = undefined;
    this.#following?.dispose();
    this.#tick?.abort();
    this.#options.service.setConditions({ panelVisible: false });
  }

  /** Draws again at the next full minute, while the panel is visible: its times go by. */
  #arm(): void {
    this.#tick?.abort();
    if (!this.#panel?.visible) return;
    const { clock } = this.#options;
    const tick = new AbortController();
    this.#tick = tick;
    clock.sleep(minute - (clock.now() % minute), tick.signal).then(
      () => {
        void this.#drawing.run();
        this.#arm();
      },
      () => undefined,
    );
  }

  async #draw(): Promise<void> {
    try {
      // It is heavy, and most windows never need it.
      const { usagePanelView } = await import('./view.ts');
      const update: UsagePanelUpdate = { kind: 'usage', view: usagePanelView(await this.#state()) };
      // Not awaited: a hidden page confirms a message only once it is shown.
      void this.#panel?.webview.postMessage(update);
    } catch (error) {
      this.#options.log.error('the usage panel was not drawn', error);
    }
  }

  /** The account that is shown: the one that was chosen here, or the status bar's. */
  async #account(): Promise<AccountInfo | undefined> {
    const accounts = await this.#options.accounts.list(chatGptProviderId);
    const { account: chosen } = this.#selection.current;
    return accounts.find(({ hash }) => hash === chosen) ?? this.#options.statusBarAccount.of(accounts);
  }

  async #withId(accountId: string): Promise<AccountInfo | undefined> {
    return (await this.#options.accounts.list(chatGptProviderId)).find(({ id }) => id === accountId);
  }

  async #state(): Promise<UsagePanelState> {
    const { accounts, service, clock } = this.#options;
    const { span, windowId } = this.#selection.current;
    const [all, account] = [await accounts.list(chatGptProviderId), await this.#account()];
    const now = clock.now();
    const usage = account && service.state(account.hash, now);
    const snapshot = usage?.view?.snapshot;
    const history = account && snapshot && (await this.#historyOf(account.hash, snapshot));
    const settings = usageSettings();
    return {
      accounts: all.map(displayedAccount),
      ...defined({
        account: account && displayedAccount(account),
        problem: accounts.problem(chatGptProviderId)?.code,
        usage,
        history,
        windowId,
      }),
      ...{ settings, format: { language: env.language, clock: settings.clock }, now, span, width: this.#width },
    };
  }

  /** Read again when there is another reading: it may have added to it. */
  async #historyOf(hash: string, snapshot: UsageSnapshot): Promise<readonly UsageSample[] | undefined> {
    if (this.#history?.of === snapshot) return this.#history.samples;
    const { recorder, log } = this.#options;
    try {
      const samples = await recorder.history(hash);
      if (!samples) return this.#history?.samples;
      this.#history = { of: snapshot, samples };
      return samples;
    } catch (error) {
      log.error('the history of usage cannot be read', error);
      return [];
    }
  }

  async #receive(message: unknown): Promise<void> {
    const known = readUsagePanelMessage(message);
    if (!known) return;
    try {
      await this.#actions[known.action](known.value);
    } catch (error) {
      this.#options.log.error('an action of the usage panel failed', error);
    }
  }

  async #resize(width: string): Promise<void> {
    this.#width = Math.min(4_000, Math.max(160, Math.floor(Number(width)) || usualWidth));
    await this.#drawing.run();
  }

  async #choose(what: 'account' | 'window' | 'span', value: string): Promise<void> {
    await this.#selection.choose(what, value);
    await this.#drawing.run();
  }
}
