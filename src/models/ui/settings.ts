import { ConfigurationTarget, workspace } from 'vscode';
import { settingsSection } from '../../shell/settings.ts';

const section = `${settingsSection}.models`;

export interface ModelSettings {
  readonly isEnabled: boolean;
  /** The id of the account whose plan pays; `undefined` where none was chosen. */
  readonly account: string | undefined;
}

export function modelSettings(): ModelSettings {
  const settings = workspace.getConfiguration(section);
  const account = settings.get<unknown>('account');
  return {
    isEnabled: settings.get<unknown>('enabled') === true,
    account: typeof account === 'string' && account !== '' ? account : undefined,
  };
}

/** Switches models on, for the plan of this account. */
export async function switchModelsOn(account: string): Promise<void> {
  const settings = workspace.getConfiguration(section);
  // The account first: models are never on for another one, not even for a moment.
  await settings.update('account', account, ConfigurationTarget.Global);
  // Also where it seems to be on: a change to off may be under way.
  await settings.update('enabled', true, ConfigurationTarget.Global);
}

export async function switchModelsOff(): Promise<void> {
  await workspace.getConfiguration(section).update('enabled', false, ConfigurationTarget.Global);
}

/** Both as they are for somebody who never used models. */
export async function resetModelSettings(): Promise<void> {
  const settings = workspace.getConfiguration(section);
  for (const name of ['enabled', 'account']) {
    if (settings.inspect(name)?.globalValue !== undefined) await settings.update(name, undefined, ConfigurationTarget.Global);
  }
}
