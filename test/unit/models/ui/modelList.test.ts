import { describe, expect, it } from 'vitest';
import type { Model } from '../../../../src/models/catalogue.ts';
import type { CatalogueStore } from '../../../../src/models/catalogueStore.ts';
import { ModelError } from '../../../../src/models/modelError.ts';
import { ModelList } from '../../../../src/models/ui/modelList.ts';
import { Payers } from '../../../../src/models/ui/payer.ts';
import { modelsStatus } from '../../../../src/models/ui/status.ts';
import { UsedUpPlans } from '../../../../src/models/usedUpPlans.ts';
import { ManualClock } from '../../support/clock.ts';
import { MemoryLog } from '../../support/log.ts';
import type { TestAccount } from '../../usage/support/account.ts';
import { account } from '../../usage/support/account.ts';
import { model } from '../support/models.ts';

/** A window with one account, whose list of models is this one. */
class Window {
  isEnabled = true;
  accounts: readonly TestAccount[] = [account()];
  models: readonly Model[] = [model()];
  isStale = false;
  refreshing: () => Promise<void> = () => Promise.resolve();
  refreshes = 0;
  changes = 0;
  readonly clock = new ManualClock();
  readonly log = new MemoryLog();
  readonly settings = () => ({ isEnabled: this.isEnabled, account: undefined });
  readonly payers = new Payers({ list: () => Promise.resolve(this.accounts) }, this.settings);
  readonly usedUp = new UsedUpPlans(this.clock);
  readonly list = new ModelList({
    payers: this.payers,
    catalogues: {
      models: () => Promise.resolve(this.models),
      isStale: () => Promise.resolve(this.isStale),
      refresh: () => {
        this.refreshes++;
        return this.refreshing();
      },
    } as unknown as CatalogueStore,
    settings: this.settings,
    log: this.log,
    onDidChange: () => this.changes++,
  });

  status() {
    return modelsStatus({ payers: this.payers, usedUp: this.usedUp, settings: this.settings, usage: { stateOf: () => undefined } });
  }
}

describe('the models that VS Code lists', () => {
  it('have the plan, the account and who pays, and the control of the effort', async () => {
    const [listed] = await new Window().list.information(true);
    expect(listed).toEqual({
      id: 'gpt-test',
      family: 'gpt-test',
      name: 'GPT Test',
      version: '1',
      detail: 'Plus · ada@example.com (unofficial)',
      tooltip: 'For tests.\n\nPaid by the ChatGPT plan of ada@example.com. Requests count against its usage limits.',
      maxInputTokens: 272_000,
      maxOutputTokens: 128_000,
      capabilities: { imageInput: true, toolCalling: true },
      isUserSelectable: true,
      configurationSchema: {
        type: 'object',
        properties: {
          reasoningEffort: {
            type: 'string',
            title: 'Thinking Effort',
            enum: ['low', 'medium'],
            enumDescriptions: ['Fast', 'Balanced'],
            default: 'medium',
            group: 'navigation',
          },
        },
      },
    });
  });

  it.each([
    ['gpt-6.1-sol', '6.1'],
    ['gpt-5', '5'],
    ['sol', '1'],
  ])('%s is of version %s', async (slug, version) => {
    const window = new Window();
    window.models = [model({ slug })];
    expect(await window.list.information(true)).toMatchObject([{ version }]);
  });

  it('are none, without a request, while models are off or nobody is signed in [R75]', async () => {
    const window = new Window();
    window.isStale = true;
    window.isEnabled = false;
    expect(await window.list.information(false)).toEqual([]);
    window.isEnabled = true;
    window.accounts = [];
    expect(await window.list.information(false)).toEqual([]);
    expect(window.refreshes).toBe(0);
  });

  it('come from memory where VS Code asks silently, and are refreshed behind its back', async () => {
    const window = new Window();
    window.isStale = true;
    window.refreshing = () => new Promise(() => undefined);
    expect(await window.list.information(true)).toHaveLength(1);
    expect(window.refreshes).toBe(1);
  });

  it('are refreshed first where a person looks, and are the old ones if that fails', async () => {
    const window = new Window();
    window.isStale = true;
    window.refreshing = () => {
      window.models = [model(), model({ slug: 'new' })];
      return Promise.resolve();
    };
    expect(await window.list.information(false)).toHaveLength(2);
    window.refreshing = () => Promise.reject(new ModelError('unavailable'));
    expect(await window.list.information(false)).toHaveLength(2);
  });

  it('are asked for where they are not known once models are on, without VS Code asking', async () => {
    const window = new Window();
    window.models = [];
    await window.list.update();
    expect(window.refreshes).toBe(0);
    window.isStale = true;
    await window.list.update();
    expect(window.refreshes).toBe(1);
    window.models = [model()];
    await window.list.update();
    expect([window.refreshes, window.changes]).toEqual([1, 1]);
  });

  it('change for VS Code only if something that it shows has changed', async () => {
    const window = new Window();
    await window.list.information(true);
    window.accounts = [account({ generation: 2, accessToken: 'next' })];
    await window.list.update();
    expect(window.changes).toBe(0);
    window.models = [model({ display_name: 'Another name' })];
    await window.list.update();
    expect(window.changes).toBe(1);
    await window.list.information(true);
    window.isEnabled = false;
    await window.list.update();
    expect(window.changes).toBe(2);
  });
});

describe('the state of the models', () => {
  it('is what the person, the account and the plan make of it', async () => {
    const window = new Window();
    expect(await window.status()).toEqual({ state: 'ready' });
    const until = window.clock.now() + 60_000;
    window.usedUp.note('hash', until);
    expect(await window.status()).toEqual({ state: 'limitReached', until });
    window.accounts = [account({ isExpired: true })];
    expect(await window.status()).toEqual({ state: 'signedOut' });
    window.isEnabled = false;
    expect(await window.status()).toEqual({ state: 'off' });
  });
});
