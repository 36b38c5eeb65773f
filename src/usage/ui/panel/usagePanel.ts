import type { ExtensionContext, WebviewPanel } from 'vscode';
import { commands, Disposable, env, Uri, ViewColumn, window } from 'vscode';
import type { Accounts } from '../../../accounts/accounts.ts';
import { chatGptProviderId } from '../../../accounts/account.ts';
import type { AccountInfo } from '../../../accounts/account.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { UsageService } from '../../polling/usageService.ts';
import type { UsageSnapshot } from '../../snapshot.ts';
import type { UsageSample } from '../../history.ts';
import type { StatusBarAccount } from '../../../accounts/ui/statusBarAccount.ts';
import { settingsSection } from '../../../shell/settings.ts';
import { texts } from './texts.ts';
import { PanelSelectionStore } from './selection.ts';
import type { UsagePanelMessage, UsagePanelUpdate } from './messages.ts';
import { readUsagePanelMessage } from './messages.ts';
import { usagePanelType } from './restore.ts';
import type { PanelAccount, UsagePanelState } from './view.ts';
import { onUsageSettingsChange, usageSettings } from '../settings.ts';
import { refreshUsage } from '../refreshUsage.ts';
import { webviewPage } from '../../../shell/webviewHtml.ts';
import { webviewParts } from '../../../shell/webviewParts.ts';

export interface UsagePanelOptions {
  readonly accounts: Accounts;
  readonly usageService: UsageService;
  readonly clock: Clock;
  readonly log: Log;
  /** Whose usage is shown until the person chooses in the panel. */
  readonly choice: StatusBarAccount;
  readonly context: Pick<ExtensionContext, 'extensionUri' | 'extension' | 'globalState'>;
}

const minute = 60_000;
const usualWidth = 640;

/** Everything that is known of an account's usage, in a panel: one a window, which comes back when the window is reloaded. */
export class UsagePanel {
  readonly #options: UsagePanelOptions;
  readonly #choice: PanelSelectionStore;
  #panel: WebviewPanel | undefined;
  #following: Disposable | undefined;
  #width = usualWidth;
  #history: { readonly of: UsageSnapshot; readonly samples: readonly UsageSample[] } | undefined;
  #drawing: Promise<void> = Promise.resolve();
  #nextDrawing: Promise<void> | undefined;
  #tick: AbortController | undefined;

  constructor(options: UsagePanelOptions) {
    this.#options = options;
    this.#choice = new PanelSelectionStore(options.context.globalState);
  }

  /** The panel stays: the window that is loaded again brings it back. */
  dispose(): void {
    this.#following?.dispose();
    this.#tick?.abort();
  }

  async show(): Promise<void> {
    if (this.#panel) this.#panel.reveal();
    else await this.fill(window.createWebviewPanel(usagePanelType, texts.title(), ViewColumn.Active));
    this.#options.usageService.markActive();
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
    const { accounts, usageService: usageService } = this.#options;
    const draw = () => {
      this.#draw();
    };
    const isVisible = () => {
      usageService.setConditions({ panelVisible: panel.visible });
      this.#arm();
    };
    panel.onDidChangeViewState(isVisible);
    panel.onDidDispose(() => {
      this.#close(panel);
    });
    panel.webview.onDidReceiveMessage((message: unknown) => void this.#hear(message));
    isVisible();
    return Disposable.from(
      new Disposable(accounts.onDidChange(draw)),
      new Disposable(usageService.onDidChange(draw)),
      onUsageSettingsChange(draw),
    );
  }

  #close(panel: WebviewPanel): void {
    if (this.#panel !== panel) return;
    this.#panel = undefined;
    this.#history = undefined;
    this.#following?.dispose();
    this.#tick?.abort();
    this.#options.usageService.setConditions({ panelVisible: false });
  }

  /** Times go by: at the next full minute, while somebody can see it. */
  #arm(): void {
    this.#tick?.abort();
    if (!this.#panel?.visible) return;
    const { clock } = this.#options;
    const tick = new AbortController();
    this.#tick = tick;
    clock.sleep(minute - (clock.now() % minute), tick.signal).then(
      () => {
        this.#draw();
        this.#arm();
      },
      () => undefined,
    );
  }

  /** One drawing at a time; wishes that come before one has begun share it. */
  #draw(): void {
    this.#nextDrawing ??= this.#drawing.then(() => {
      this.#nextDrawing = undefined;
      return this.#drawNow().catch((error: unknown) => {
        this.#options.log.error('the usage panel was not drawn', error);
      });
    });
    this.#drawing = this.#nextDrawing;
  }

  async #drawNow(): Promise<void> {
    // It is heavy, and most windows never need it.
    const { usagePanelView } = await import('./view.ts');
    const { situation } = await this.#situation();
    const update: UsagePanelUpdate = { kind: 'usage', view: usagePanelView(situation) };
    // Not awaited: a page that is hidden answers when it is shown.
    void this.#panel?.webview.postMessage(update);
  }

  async #situation(): Promise<{ situation: UsagePanelState; account: AccountInfo | undefined }> {
    const { usageService: usageService, clock, choice } = this.#options;
    const accounts = await this.#options.accounts.list(chatGptProviderId);
    const problem = this.#options.accounts.problem(chatGptProviderId);
    const { account: chosen, span, windowId } = this.#choice.current;
    const account = accounts.find(({ hash }) => hash === chosen) ?? choice.of(accounts);
    const usage = account && usageService.state(account.hash);
    const history = account && usage?.snapshot && (await this.#historyOf(account, usage.snapshot));
    const settings = usageSettings();
    const situation: UsagePanelState = {
      accounts: accounts.map(panelAccount),
      ...(account ? { account: panelAccount(account) } : {}),
      ...(problem ? { problem: problem.code } : {}),
      ...(usage ? { usage } : {}),
      ...(history ? { history } : {}),
      settings,
      format: { language: env.language, clock: settings.clock },
      now: clock.now(),
      span,
      ...(windowId === undefined ? {} : { windowId }),
      width: this.#width,
    };
    return { situation, account };
  }

  /** Read again when there is another reading: it may have added to it. */
  async #historyOf({ hash }: AccountInfo, snapshot: UsageSnapshot): Promise<readonly UsageSample[] | undefined> {
    if (this.#history?.of === snapshot) return this.#history.samples;
    const { usageService: usageService, log } = this.#options;
    try {
      const samples = await usageService.history(hash);
      if (!samples) return this.#history?.samples;
      this.#history = { of: snapshot, samples };
      return samples;
    } catch (error) {
      log.error('the history of usage cannot be read', error);
      return [];
    }
  }

  async #hear(message: unknown): Promise<void> {
    const known = readUsagePanelMessage(message);
    if (!known) return;
    try {
      await this.#act(known);
    } catch (error) {
      this.#options.log.error('the usage panel did not do what was asked', error);
    }
  }

  async #act({ action, value }: UsagePanelMessage): Promise<void> {
    const { accounts, usageService, context } = this.#options;
    switch (action) {
      case 'ready':
      case 'width':
        this.#width = Math.min(4_000, Math.max(160, Math.floor(Number(value)) || usualWidth));
        this.#draw();
        return;
      case 'account':
      case 'window':
      case 'span':
        await this.#choice.choose(action, value);
        this.#draw();
        return;
      case 'openSettings':
        await commands.executeCommand('workbench.action.openSettings', `${settingsSection}.usage`);
        return;
      case 'showLog':
        await commands.executeCommand(`${settingsSection}.showLog`);
        return;
      case 'refresh':
      case 'copyDiagnostics':
      case 'export':
      case 'openPage':
      case 'signIn':
        break;
    }
    const { situation, account } = await this.#situation();
    if (action === 'signIn') {
      // Where it was shown what failed.
      await accounts.signIn(chatGptProviderId, account?.isExpired ? account.id : undefined).catch(() => undefined);
      return;
    }
    if (!account) return;
    switch (action) {
      case 'refresh':
        await refreshUsage(usageService, account.hash);
        return;
      case 'copyDiagnostics': {
        const { usageDiagnostics } = await import('./diagnostics.ts');
        const { version } = context.extension.packageJSON as { version: string };
        await env.clipboard.writeText(usageDiagnostics(situation, version));
        void window.showInformationMessage(texts.diagnosticsCopied());
        return;
      }
      case 'export': {
        const { exportHistory } = await import('../exportHistory.ts');
        await exportHistory(account, this.#options);
        return;
      }
      case 'openPage': {
        const { page } = panelAccount(account);
        if (page !== undefined) await env.openExternal(Uri.parse(page));
        return;
      }
    }
  }
}

function panelAccount({ hash, label, identity, isExpired, capabilities: { usage } }: AccountInfo): PanelAccount {
  return {
    ...{ hash, label, identity, isEnded: isExpired },
    ...(usage ? { host: new URL(usage.url).host } : {}),
    ...(usage?.page === undefined ? {} : { page: usage.page }),
  };
}
