import type { Event, LanguageModelChatProvider } from 'vscode';
import { Disposable, EventEmitter, lm, workspace } from 'vscode';
import type { Core } from '../../core.ts';
import { registerCommands } from '../../shell/commands.ts';
import { Lazy } from '../../shell/lazy.ts';
import { settingsSection } from '../../shell/settings.ts';
import type { UsageRoom } from '../../usage/ui/register.ts';
import { modelVendor } from '../messages.ts';
import type { RunningModels } from './start.ts';

export interface ModelsRoom {
  readonly dispose: () => void;
  /** Loads the room. */
  readonly running: () => Promise<RunningModels>;
  /** Whether the models can be used has changed. */
  readonly onDidChangeStatus: Event<void>;
}

const section = `${settingsSection}.models`;

/**
 * The models of the plan for VS Code's chat and other extensions. Registered at once, and nothing of the room is loaded while they are
 * off: `start.ts` says how the rest fits together.
 */
export function register(core: Core, usage: UsageRoom): ModelsRoom {
  const didChange = new EventEmitter<void>();
  const didChangeStatus = new EventEmitter<void>();
  const models = new Lazy(async () => (await import('./start.ts')).startModels(core, usage, { didChange, didChangeStatus }));
  const running = models.get;
  const isOn = () => workspace.getConfiguration(section).get('enabled') === true;
  const command = (name: 'use' | 'stop' | 'manage' | 'manageAccess') => async () => (await running()).commands[name]();
  const settingsChanged = async () => {
    (await running()).settingsChanged();
  };
  const provider: LanguageModelChatProvider = {
    onDidChangeLanguageModelChatInformation: didChange.event,
    provideLanguageModelChatInformation: async ({ silent }) => (isOn() ? (await running()).information(silent) : []),
    provideLanguageModelChatResponse: async (model, messages, options, progress, token) =>
      (await running()).respond({ model: model.id, messages, options, progress, token }),
    provideTokenCount: async ({ id }, text) => (await running()).countTokens(id, text),
  };
  // Editors that are made from VS Code may lack this, and nothing else of the extension depends on it.
  const { registerLanguageModelChatProvider: offer } = (lm as Partial<typeof lm> | undefined) ?? {};
  core.accounts.onDisconnectAll(async () => (await running()).forgetAll());
  core.menuSections.push(async () => (await running()).menuSection());
  const room = Disposable.from(
    models,
    didChange,
    didChangeStatus,
    ...(offer ? [offer(modelVendor, provider)] : []),
    workspace.onDidChangeConfiguration(change => {
      if (change.affectsConfiguration(section)) void settingsChanged();
    }),
    registerCommands({
      useModels: command('use'),
      stopUsingModels: command('stop'),
      manageModels: command('manage'),
      manageModelAccess: command('manageAccess'),
    }),
  );
  return {
    running,
    onDidChangeStatus: didChangeStatus.event,
    dispose: () => {
      room.dispose();
    },
  };
}
