import { ProgressLocation, window } from 'vscode';
import type { ApiKey } from '../apiKey.ts';
import type { ApiKeys } from '../apiKeys.ts';
import type { SealKeys } from '../../vault/sealKeys.ts';
import type { ApiKeyOwner } from '../apiKeyOwner.ts';
import type { ApiKeyCheck } from '../checkApiKey.ts';
import { checkApiKey } from '../checkApiKey.ts';
import { asAppError, AppError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { plainText } from '../../base/plainText.ts';
import { hostOf } from '../../base/url.ts';
import type { Http } from '../../base/http.ts';
import type { PastedKey } from './apiKeyInput.ts';
import { askForKey } from './apiKeyInput.ts';
import { newCorrelationId } from '../../shell/correlationId.ts';
import { requireSealKey } from '../../accounts/ui/signIn/requireSealKey.ts';
import { apiUrl } from '../../shell/settings.ts';
import { showError, runAction } from '../../shell/showError.ts';
import { texts } from './texts.ts';
import { commonTexts } from '../../shell/commonTexts.ts';
import { billingTexts } from '../../shell/billingTexts.ts';

export interface ApiKeyCommandsOptions {
  readonly keys: ApiKeys;
  readonly sealKeys: SealKeys;
  readonly http: Http;
  readonly log: Log;
}

const longestName = 60;

/** Adds, checks, replaces, renames and removes API keys, with the questions and messages. */
export class ApiKeyCommands {
  readonly #options: ApiKeyCommandsOptions;
  readonly #keys: ApiKeys;

  constructor(options: ApiKeyCommandsOptions) {
    this.#options = options;
    this.#keys = options.keys;
  }

  /** Asks for a key and a name. @throws AppError, after it was shown */
  add(): Promise<ApiKey> {
    return this.#run('added', async correlationId => {
      await requireSealKey(this.#options.sealKeys, texts.addHere());
      const url = apiUrl();
      const { secret, finding } = await this.#askForKey(texts.addTitle(), url, [], correlationId);
      const others = await this.#keys.list();
      const known = others.find(key => key.secret === secret && key.apiUrl === url);
      const taken = others.filter(key => key !== known).map(({ name }) => name);
      const name = await askForName(texts.addTitle(), known?.name ?? freeName(finding.owner, taken), taken);
      const key = await this.#keys.add({ name, secret, apiUrl: url, owner: finding.owner });
      this.#showResult(texts.added(key.name), key, finding);
      return key;
    });
  }

  /** Replaces a key; its name and the extensions that may use it stay. @throws AppError, after it was shown */
  replace(key: ApiKey): Promise<ApiKey> {
    return this.#run('replaced', async correlationId => {
      const others = (await this.#keys.list()).filter(({ id, apiUrl }) => id !== key.id && apiUrl === key.apiUrl);
      const { secret, finding } = await this.#askForKey(texts.replaceTitle(key.name), key.apiUrl, others, correlationId);
      const replaced = await this.#keys.replace(key, { secret, owner: finding.owner });
      this.#showResult(texts.replaced(replaced.name), replaced, finding);
      return replaced;
    });
  }

  /** @throws AppError, after it was shown */
  rename(key: ApiKey): Promise<void> {
    return this.#run('renamed', async () => {
      const taken = (await this.#keys.list()).filter(({ id }) => id !== key.id).map(({ name }) => name);
      const name = await askForName(texts.renameTitle(key.name), key.name, taken);
      if (name === key.name) return;
      await this.#keys.rename(key, name);
      void window.showInformationMessage(texts.renamed(name));
    });
  }

  /** Checks the key again, and saves the result. @throws AppError, after it was shown */
  check(key: ApiKey): Promise<void> {
    return this.#run('checked', async correlationId => {
      try {
        const { http } = this.#options;
        // Not as a notification: VS Code drops notifications beyond three in a second.
        const finding = await window.withProgress({ location: ProgressLocation.Window, title: texts.checking() }, () =>
          checkApiKey(key.apiUrl, key.secret, { http, correlationId }),
        );
        await this.#keys.saveCheckResult(key, { owner: finding.owner });
        const done = finding.limit === undefined ? texts.valid(key.name) : texts.checked(key.name);
        this.#showResult(done, { ...key, owner: finding.owner }, finding);
      } catch (error) {
        if (asAppError(error).code !== 'apiKeyRefused') throw error;
        await this.#noteRefusal(key);
      }
    });
  }

  /**
   * A service refused the key to another extension. A message appears once, and only if the API refuses the key here too; then every
   * window knows. Never throws.
   */
  async checkQuietly(key: ApiKey): Promise<void> {
    const correlationId = newCorrelationId();
    const { http, log } = this.#options;
    log.info('API key', { flow: correlationId, what: 'refused to another extension' });
    try {
      const refusal = await checkApiKey(key.apiUrl, key.secret, { http, correlationId }).then(() => undefined, asAppError);
      if (refusal?.code === 'apiKeyRefused') await this.#noteRefusal(key);
      else if (refusal) throw refusal;
    } catch (error) {
      log.error('API key', error, { flow: correlationId });
    }
  }

  /** Asks which key where there are several, then for confirmation. @throws AppError, after it was shown */
  async chooseAndRemove(): Promise<void> {
    const keys = await this.#keys.list();
    if (keys.length === 0) void window.showInformationMessage(texts.noKeys());
    const key = keys.length > 1 ? await choose(keys) : keys[0];
    if (key) await this.confirmAndRemove(key);
  }

  /** @throws AppError, after it was shown */
  async confirmAndRemove(key: ApiKey): Promise<void> {
    const detail = texts.confirmRemoveDetail();
    const choice = await window.showWarningMessage(texts.confirmRemove(key.name), { modal: true, detail }, texts.remove());
    if (choice === texts.remove()) await this.remove(key);
  }

  /** @throws AppError, after it was shown */
  remove(key: ApiKey): Promise<void> {
    return this.#run('removed', async () => {
      await this.#keys.remove(key);
      void this.#showRemoved(key);
    });
  }

  async #showRemoved(key: ApiKey): Promise<void> {
    const choice = await window.showInformationMessage(texts.removed(key.name), commonTexts.openApiKeysPage());
    if (choice !== undefined) await runAction('openApiKeysPage');
  }

  #askForKey(title: string, url: string, others: readonly ApiKey[], correlationId: string): Promise<PastedKey> {
    const { http, log } = this.#options;
    return askForKey({
      title,
      host: hostOf(url),
      objection: secret => {
        const known = others.find(other => other.secret === secret);
        return known && texts.alreadyAdded(known.name);
      },
      check: async (secret, signal) => {
        try {
          return await checkApiKey(url, secret, { http, correlationId, signal });
        } catch (error) {
          log.warn('API key not taken', { flow: correlationId, failure: asAppError(error).code });
          throw error;
        }
      },
    });
  }

  async #noteRefusal(key: ApiKey): Promise<void> {
    await this.#keys.saveCheckResult(key, 'refused');
    void this.#offerToReplace(key);
  }

  async #offerToReplace(key: ApiKey): Promise<void> {
    const choice = await window.showWarningMessage(texts.invalid(key.name), texts.replace(), commonTexts.openApiKeysPage());
    if (choice === commonTexts.openApiKeysPage()) await runAction('openApiKeysPage');
    // `replace` shows its own errors.
    if (choice === texts.replace()) await this.replace(key).catch(() => undefined);
  }

  #showResult(done: string, { owner }: Pick<ApiKey, 'owner'>, { limit }: ApiKeyCheck): void {
    const whose = formatOwner(owner);
    const facts = [...(whose === undefined ? [] : [whose]), billingTexts.apiKey()].map(fact => `${fact}.`);
    if (limit === undefined) void window.showInformationMessage([done, ...facts].join(' '));
    else void window.showWarningMessage([done, texts.limit(limit), ...facts].join(' '));
  }

  async #run<T>(what: string, work: (correlationId: string) => Promise<T>): Promise<T> {
    const correlationId = newCorrelationId();
    const { log } = this.#options;
    try {
      const result = await work(correlationId);
      log.info('API key', { flow: correlationId, what });
      return result;
    } catch (error) {
      const failure = asAppError(error);
      if (failure.code !== 'cancelled') {
        log.error('API key', error, { flow: correlationId, what });
        void showError(failure);
      }
      throw error;
    }
  }
}

export function formatOwner({ organization, project }: ApiKeyOwner): string | undefined {
  return texts.owner(organization, project);
}

/** @throws AppError `cancelled` */
async function askForName(title: string, proposal: string, taken: readonly string[]): Promise<string> {
  const name = await window.showInputBox({
    title,
    prompt: texts.namePrompt(),
    value: proposal,
    ignoreFocusOut: true,
    validateInput: value =>
      readKeyName(value) === '' ? texts.nameEmpty() : taken.includes(readKeyName(value)) ? texts.nameTaken() : undefined,
  });
  if (name === undefined) throw new AppError('cancelled');
  return readKeyName(name);
}

/** What the person typed, as the name of a key. */
export function readKeyName(value: string): string {
  return plainText(value, longestName);
}

function freeName({ project, organization }: ApiKeyOwner, taken: readonly string[]): string {
  const name = readKeyName(project ?? organization ?? texts.defaultName());
  if (!taken.includes(name)) return name;
  for (let n = 2; ; n++) if (!taken.includes(`${name} ${String(n)}`)) return `${name} ${String(n)}`;
}

async function choose(keys: readonly ApiKey[]): Promise<ApiKey | undefined> {
  const items = keys.map(key => ({ label: `$(key) ${key.name}`, description: formatOwner(key.owner) ?? '', key }));
  return (await window.showQuickPick(items, { title: texts.removeTitle(), placeHolder: texts.chooseToRemove() }))?.key;
}
