/** What a person does with the models of the plan: switch them on and off, choose who pays, and decide who may use them. */
import type { QuickPickItem } from 'vscode';
import { commands, ProgressLocation, window } from 'vscode';
import type { AccountInfo } from '../../accounts/account.ts';
import { chatGptProviderId } from '../../accounts/account.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import { accountItem } from '../../accounts/ui/menuSection.ts';
import type { MenuItem } from '../../accounts/ui/menu.ts';
import { joined, titled } from '../../accounts/ui/menu.ts';
import { settingsSection } from '../../shell/settings.ts';
import type { AccessEntry, ModelAccess } from '../access.ts';
import type { CatalogueStore } from '../catalogueStore.ts';
import { ModelError } from '../modelError.ts';
import { displayNameOf } from './accessQuestion.ts';
import type { ChatObstacle } from './chatReadiness.ts';
import { findObstacle } from './chatReadiness.ts';
import { sentenceOf } from './errors.ts';
import type { FirstUseNotice } from './firstUse.ts';
import type { ModelList } from './modelList.ts';
import type { Payers } from './payer.ts';
import { accountToUse } from './payer.ts';
import { modelSettings, switchModelsOff, switchModelsOn } from './settings.ts';
import { texts } from './texts.ts';

export interface ModelCommandsOptions {
  readonly accounts: Pick<Accounts, 'signIn' | 'actions' | 'list'>;
  readonly payers: Payers;
  readonly list: ModelList;
  readonly catalogues: CatalogueStore;
  readonly access: ModelAccess;
  readonly notice: FirstUseNotice;
  readonly formatTime: (time: number) => string;
}

export class ModelCommands {
  readonly #options: ModelCommandsOptions;

  constructor(options: ModelCommandsOptions) {
    this.#options = options;
  }

  /** Says also what keeps VS Code from showing them. */
  async use(): Promise<void> {
    const account = await this.#chooseAccount();
    if (!account || !(await this.#options.notice.confirm(account.label))) return;
    await switchModelsOn(account.id);
    await this.#showModels(account);
    const obstacle = await findObstacle();
    if (obstacle) await showObstacle(obstacle);
  }

  async stop(): Promise<void> {
    await switchModelsOff();
    void window.showInformationMessage(texts.switchedOff());
  }

  async manage(): Promise<void> {
    const { isEnabled } = modelSettings();
    const items = isEnabled ? await this.#itemsWhenOn() : [{ label: `$(check) ${texts.turnOn()}`, run: () => this.use() }];
    const access = { label: `$(shield) ${texts.manageAccess()}`, run: () => this.manageAccess() };
    const choice = await window.showQuickPick<MenuItem>([...items, access], { title: texts.manageTitle() });
    await choice?.run?.();
  }

  /** Who was allowed or refused for good; those who were refused for now are asked for again. */
  async manageAccess(): Promise<void> {
    const { access } = this.#options;
    access.askAgain();
    const { entries } = access;
    if (entries.length === 0) {
      void window.showInformationMessage(texts.accessEmpty());
      return;
    }
    const items = entries.map(entry => ({ ...this.#accessItem(entry), entry }));
    const choice = await window.showQuickPick(items, { title: texts.accessTitle(), placeHolder: texts.accessPlaceholder() });
    if (!choice) return;
    const { extensionId, access: decision } = choice.entry;
    const name = displayNameOf(extensionId);
    if (decision === 'allowed') await access.takeBack(extensionId);
    else await access.allowQuestion(extensionId);
    void window.showInformationMessage(decision === 'allowed' ? texts.takenBack(name) : texts.willBeAsked(name));
  }

  /** Asks the person to turn models on, for another extension. @returns whether they did */
  async request(reason: string | undefined): Promise<boolean> {
    const account = await this.#chooseAccount();
    if (!account || !(await this.#options.notice.ask(account.label, reason))) return false;
    await switchModelsOn(account.id);
    return true;
  }

  /** @param another whether the person wants to change it */
  async #chooseAccount(another = false): Promise<AccountInfo | undefined> {
    const { accounts, payers } = this.#options;
    const all = (await payers.all()).map(({ account }) => account);
    if (all.length === 0) return shownOnFailure(accounts.signIn(chatGptProviderId));
    const known = another ? undefined : accountToUse(all, modelSettings().account);
    const account = known ?? (await pickAccount(all));
    if (!account?.isExpired) return account;
    return shownOnFailure(accounts.actions(account).signIn({ wanted: account.id }));
  }

  async #itemsWhenOn(): Promise<MenuItem[]> {
    const { payers, catalogues } = this.#options;
    const payer = await payers.find();
    const models = payer ? await catalogues.models(payer.account) : [];
    const all = await payers.all();
    return [
      ...(payer
        ? titled(
            texts.on(payer.account.label),
            models.map(({ name, slug }) => ({ label: `$(symbol-misc) ${name}`, description: slug })),
          )
        : []),
      ...titled('', []),
      ...(payer ? [{ label: `$(refresh) ${texts.refreshList()}`, run: () => this.#showModels(payer.account) }] : []),
      ...(all.length > 1 || !payer ? [{ label: `$(account) ${texts.changeAccount()}`, run: () => this.#changeAccount() }] : []),
      { label: `$(circle-slash) ${texts.turnOff()}`, run: () => this.stop() },
    ];
  }

  async #changeAccount(): Promise<void> {
    const account = await this.#chooseAccount(true);
    if (!account) return;
    await switchModelsOn(account.id);
    await this.#showModels(account);
  }

  /** Reads the list anew, and says how many models there are, or why not. */
  async #showModels(account: AccountInfo): Promise<void> {
    const { payers, list, catalogues, formatTime } = this.#options;
    const payer = (await payers.all()).find(each => each.account.hash === account.hash);
    if (!payer) return;
    try {
      await window.withProgress({ location: ProgressLocation.Window, title: texts.loading() }, () => list.refresh(payer));
      const { length } = await catalogues.models(account);
      void window.showInformationMessage(length === 0 ? texts.noModels(account.label) : texts.switchedOn(account.label, length));
    } catch (error) {
      const failure = error instanceof ModelError ? error : new ModelError('unavailable', { cause: error });
      void window.showWarningMessage(sentenceOf(failure, '', formatTime));
    }
  }

  #accessItem({ extensionId, access, requests, usedAt }: AccessEntry): QuickPickItem {
    const used = usedAt === undefined ? undefined : texts.lastUsed(this.#options.formatTime(usedAt));
    const detail = access === 'allowed' ? joined([texts.allowed(requests), used]) : texts.denied();
    return { label: displayNameOf(extensionId), description: extensionId, detail };
  }
}

/** A sign-in that fails has shown why. */
function shownOnFailure(signIn: Promise<AccountInfo>): Promise<AccountInfo | undefined> {
  return signIn.catch(() => undefined);
}

async function pickAccount(all: readonly AccountInfo[]): Promise<AccountInfo | undefined> {
  const items = all.map(account => ({ ...accountItem(account), account }));
  return (await window.showQuickPick(items, { title: texts.turnOn(), placeHolder: texts.chooseAccount() }))?.account;
}

async function showObstacle({ kind, setting }: ChatObstacle): Promise<void> {
  const message = texts.obstacles[kind]();
  if (setting === undefined) {
    void window.showWarningMessage(message);
    return;
  }
  const choice = await window.showWarningMessage(message, texts.openSetting());
  if (choice !== undefined) await commands.executeCommand('workbench.action.openSettings', setting);
}

/** The row of the account menu. */
export function modelsItem(account: string | undefined): MenuItem {
  const run = () => commands.executeCommand(`${settingsSection}.manageModels`);
  const { isEnabled } = modelSettings();
  if (!isEnabled) return { label: `$(comment-discussion) ${texts.off()}`, detail: texts.offDetail(), run };
  return { label: `$(comment-discussion) ${account === undefined ? texts.onWithoutAccount() : texts.on(account)}`, run };
}
