import type { EventEmitter, LanguageModelChatInformation, LanguageModelChatRequestMessage } from 'vscode';
import { Disposable, env } from 'vscode';
import type { MenuSection } from '../../accounts/ui/menu.ts';
import { BackgroundTasks } from '../../base/async.ts';
import type { Core } from '../../core.ts';
import { moment } from '../../usage/ui/formatTime.ts';
import type { UsageRoom } from '../../usage/ui/register.ts';
import { usageSettings } from '../../usage/ui/settings.ts';
import { ModelAccess } from '../access.ts';
import { CatalogueStore } from '../catalogueStore.ts';
import { PlanModels } from '../planModels.ts';
import { ReasoningMemory } from '../reasoningMemory.ts';
import { estimateMessage, estimateText, TokenCalibration } from '../tokenEstimate.ts';
import { UsedUpPlans } from '../usedUpPlans.ts';
import { askForAccess, MementoAccess } from './accessQuestion.ts';
import { toMessages } from './convert.ts';
import { FirstUseNotice } from './firstUse.ts';
import { ModelCommands, modelsItem } from './modelCommands.ts';
import { ModelList } from './modelList.ts';
import { Payers } from './payer.ts';
import type { ResponseRequest } from './responder.ts';
import { Responder } from './responder.ts';
import type { ModelSettings } from './settings.ts';
import { modelSettings, resetModelSettings } from './settings.ts';
import type { ModelsStatus } from './status.ts';
import { modelsStatus } from './status.ts';

/** The room once something of it is used. */
export interface RunningModels {
  readonly commands: ModelCommands;
  readonly information: (silent: boolean) => Promise<LanguageModelChatInformation[]>;
  readonly respond: (request: ResponseRequest) => Promise<void>;
  readonly countTokens: (model: string, text: string | LanguageModelChatRequestMessage) => number;
  readonly menuSection: () => MenuSection;
  readonly settingsChanged: () => void;
  readonly status: () => Promise<ModelsStatus>;
  /** Deletes everything that the room keeps on this computer. */
  readonly forgetAll: () => Promise<void>;
  readonly dispose: () => void;
}

export interface ModelEvents {
  /** VS Code has to ask for the models again. */
  readonly didChange: EventEmitter<void>;
  readonly didChangeStatus: EventEmitter<void>;
}

/** Puts the parts together: `modelList.ts` is what VS Code lists, `responder.ts` what it asks, `modelCommands.ts` what a person does. */
export function startModels(core: Core, usage: UsageRoom, { didChange, didChangeStatus }: ModelEvents): RunningModels {
  const { accounts, clock, http, log, folder, context, storageWatch } = core;
  const random = Math.random;
  const background = new BackgroundTasks(log);
  const memory = new ReasoningMemory(clock);
  const usedUp = new UsedUpPlans(clock);
  const calibration = new TokenCalibration();
  const payers = new Payers(accounts, modelSettings);
  const catalogues = new CatalogueStore({ folder, accounts, http, clock, log, random });
  const onDidChange = () => {
    didChange.fire();
  };
  const list = new ModelList({ payers, catalogues, settings: modelSettings, log, onDidChange });
  const notice = new FirstUseNotice(context.globalState);
  const access = new ModelAccess({
    memory: new MementoAccess(context.globalState),
    clock,
    ownId: context.extension.id,
    ask: async id => askForAccess(id, (await payers.find())?.account.label ?? ''),
  });
  const models = new PlanModels({
    ...{ accounts, http, clock, log, random, memory },
    onTraffic: (...traffic) => {
      background.add(usage.applyTraffic(...traffic));
    },
  });
  const formatTime = (time: number) => moment(time, clock.now(), { language: env.language, clock: usageSettings().clock });
  const responder = new Responder({
    ...{ payers, list, access, notice, models, usedUp, calibration, clock, log, formatTime },
    settings: modelSettings,
    onUnknownModel: payer => {
      void list.refreshQuietly(payer);
    },
  });
  const commands = new ModelCommands({ accounts, payers, list, catalogues, access, notice, formatTime });
  const status = () => modelsStatus({ payers, usedUp, usage, settings: modelSettings });
  let announced: string | undefined;
  const announceStatus = async () => {
    const before = announced;
    announced = JSON.stringify(await status());
    if (announced !== before) didChangeStatus.fire();
  };
  const update = () => {
    background.add(list.update());
    background.add(announceStatus());
  };
  let settings: ModelSettings = modelSettings();
  const disposables = Disposable.from(
    new Disposable(catalogues.onDidChange(update)),
    new Disposable(
      accounts.onDidChange(({ change }) => {
        if (change.removed.length > 0) memory.clear();
        for (const { hash } of change.removed) background.add(catalogues.forget(hash));
        update();
      }),
    ),
    new Disposable(
      storageWatch.onDidChange(() => {
        background.add(catalogues.reload());
      }),
    ),
    usage.onDidChange(() => {
      background.add(clearUsedUp(payers, usage, usedUp).then(announceStatus));
    }),
  );
  return {
    commands,
    information: silent => list.information(silent),
    respond: request =>
      responder.respond(request).finally(() => {
        background.add(announceStatus());
      }),
    countTokens: (model, text) => {
      const tokens =
        typeof text === 'string' ? estimateText(text) : toMessages([text]).reduce((sum, each) => sum + estimateMessage(each), 0);
      return Math.ceil(tokens * calibration.factor(model));
    },
    menuSection: () => ({
      items: () => Promise.resolve([]),
      additions: async () => ((await payers.all()).length > 0 ? [modelsItem((await payers.find())?.account.label)] : []),
    }),
    settingsChanged: () => {
      const before = settings;
      settings = modelSettings();
      // Reasoning of one account is for no other, and switching models off ends what holds for this window.
      if (before.account !== settings.account || !settings.isEnabled) memory.clear();
      if (before.isEnabled !== settings.isEnabled) access.askAgain();
      update();
    },
    forgetAll: async () => {
      memory.clear();
      await Promise.all([catalogues.forgetAll(), access.forget(), notice.forget(), resetModelSettings()]);
    },
    status,
    dispose: () => {
      disposables.dispose();
      catalogues.close();
    },
  };
}

/** A reading may say that a plan takes requests before its reset, such as after a saved reset was used. */
async function clearUsedUp(payers: Payers, usage: UsageRoom, usedUp: UsedUpPlans): Promise<void> {
  for (const { account } of await payers.all()) {
    const view = usage.stateOf(account)?.view;
    if (view && !isUsedUp(view.status.kind)) usedUp.clear(account.hash, view.snapshot.fetchedAt);
  }
}

function isUsedUp(kind: string): boolean {
  return kind === 'spent' || kind === 'blocked' || kind === 'outOfCredits';
}
