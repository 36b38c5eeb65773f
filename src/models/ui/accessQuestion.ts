import type { Memento } from 'vscode';
import { extensions, window } from 'vscode';
import { readName } from '../../base/plainText.ts';
import type { AccessAnswer, AccessEntry, AccessMemory } from '../access.ts';
import { texts } from './texts.ts';

const key = 'modelAccess';

/** In this profile's state: what a person decided is no secret. */
export class MementoAccess implements AccessMemory {
  readonly #state: Memento;

  constructor(state: Memento) {
    this.#state = state;
  }

  get(): readonly AccessEntry[] {
    return this.#state.get<readonly AccessEntry[]>(key, []);
  }

  async set(entries: readonly AccessEntry[]): Promise<void> {
    await this.#state.update(key, entries);
  }
}

/** @param account the label of the account that would pay */
export async function askForAccess(extensionId: string | undefined, account: string): Promise<AccessAnswer> {
  const question = extensionId === undefined ? texts.allowUnnamed() : texts.allowQuestion(displayNameOf(extensionId), extensionId);
  const choice = await window.showWarningMessage(
    question,
    { modal: true, detail: texts.allowDetail(account) },
    texts.allow(),
    texts.notNow(),
    texts.never(),
  );
  if (choice === texts.allow()) return 'allow';
  return choice === texts.never() ? 'never' : 'notNow';
}

/** As its author calls it, in plain text. */
export function displayNameOf(extensionId: string): string {
  const found = extensions.all.find(({ id }) => id.toLowerCase() === extensionId.toLowerCase());
  const { displayName } = (found?.packageJSON ?? {}) as { displayName?: unknown };
  return readName(displayName) ?? extensionId;
}
