import { describe, expect, it } from 'vitest';
import type { ChatGptSignInExports } from '../../../examples/chatgptSignInApi.ts';
import type { ApiParts, ExportedApi, Exports } from '../../../src/api/ui/types.ts';
import { exportsOf } from '../../../src/api/ui/exportedApi.ts';
import { membersOf } from '../../../src/api/ui/members.ts';
import type { UsageState } from '../../../src/usage/usageView.ts';
import { usageView } from '../../../src/usage/usageView.ts';
import { registry, TestSource } from '../accounts/support/registry.ts';
import { MemoryLog } from '../support/log.ts';
import { account } from '../usage/support/account.ts';

const backendUrl = 'https://chatgpt.com/backend-api';
const at = Date.parse('2026-11-23T16:00:00Z');
const snapshot = {
  v: 1,
  fetchedAt: at,
  windows: [
    { id: 'codex:5h', limitId: 'codex', kind: '5h', lengthSeconds: 18_000, used: 34, resetAt: at + 1, isActive: true, source: 'usage' },
  ],
  extra: [],
  spend: [],
  partial: [],
} as const;
const rules = { workDays: 7, thresholds: { warnAt: 80, criticalAt: 95 }, interval: 'auto' } as const;
const view = usageView({ snapshot, samples: [] }, rules, at);

/** What the rooms are asked for; every other member would fail the test. */
function exported({ isEnabled = false, isYes = false } = {}) {
  const source = new TestSource(
    account({ id: 'user-ada/w', hash: 'ada', backendUrl }),
    account({ id: 'user-ben', hash: 'ben', capabilities: {}, isExpired: true }),
  );
  const asked: unknown[] = [];
  const event = () => ({ dispose: () => undefined });
  const running = {
    status: () => Promise.resolve({ state: 'ready' }),
    commands: {
      request: (reason?: string) => {
        asked.push(reason);
        return Promise.resolve(isYes);
      },
    },
  };
  const listeners: (() => void)[] = [];
  const accounts = Object.assign(registry(new MemoryLog(), source), { onDidChange: (listener: () => void) => listeners.push(listener) });
  const parts = {
    core: { accounts },
    usage: {
      stateOf: ({ hash }: { hash: string }): UsageState | undefined => (hash === 'ada' ? { isReading: false, view } : undefined),
      onDidChange: event,
    },
    models: { running: () => Promise.resolve(running), onDidChangeStatus: event },
  } as unknown as ApiParts;
  return {
    exports: exportsOf(parts),
    members: membersOf(parts, () => ({ isEnabled, account: undefined })),
    asked,
    change: () => {
      for (const listener of listeners) listener();
    },
  };
}

describe('the exported API', () => {
  const api = (): ExportedApi => exported().exports.api(1);

  it('the back end of an account is that of its service, and of nobody else', async () => {
    expect(await api().backendUrl('user-ada/w')).toBe(backendUrl);
    expect(await api().backendUrl('user-ben')).toBeUndefined();
    expect(await api().backendUrl('user-nobody')).toBeUndefined();
  });

  it('an account says who pays and whether it is for models, and nothing of the person beyond its label', async () => {
    const accounts = await api().accounts();
    expect(accounts).toEqual([
      {
        id: 'user-ada/w',
        label: 'ada@example.com',
        service: 'codex',
        plan: 'Plus',
        whoPays: 'plan',
        isForModels: true,
        isExpired: false,
      },
      {
        id: 'user-ben',
        label: 'ada@example.com',
        service: 'other',
        plan: 'Plus',
        whoPays: 'unknown',
        isForModels: false,
        isExpired: true,
      },
    ]);
  });

  it('usage is the last reading, with its time, and nothing where nothing was read', async () => {
    expect(await api().usage('user-ada/w')).toEqual({ windows: [{ minutes: 300, usedPercent: 34, resetsAt: at + 1, readAt: at }] });
    expect(await api().usage('user-ben')).toBeUndefined();
    expect(await api().usage('user-nobody')).toBeUndefined();
  });

  it('the state of the models comes from their room, which is not loaded while they are off', async () => {
    expect(api().models.vendor).toBe('chatgpt-plan');
    expect(await api().models.status()).toEqual({ state: 'off' });
    expect(await exported({ isEnabled: true }).members.modelsStatus()).toEqual({ state: 'ready' });
  });

  it('a request for models opens the question with the reason as plain text, and says what came of it', async () => {
    const yes = exported({ isYes: true });
    expect(await yes.exports.api(1).requestModels('To review\n[code](command:x)')).toBe(true);
    expect(yes.asked).toEqual(['To review [code] (command:x)']);
    expect(await api().requestModels('')).toBe(false);
  });

  it('a request for models asks nothing where they are on', async () => {
    const { members, asked } = exported({ isEnabled: true });
    expect(await members.requestModels('To review')).toBe(true);
    expect(asked).toEqual([]);
  });

  it('a change of an account is told, without saying of which', () => {
    const { exports, change } = exported();
    let heard = 0;
    exports.api(1).onDidChange(() => heard++);
    change();
    expect(heard).toBe(1);
  });

  it('a version of the API that is not there is refused by the versions that are, and nobody can change what others get', () => {
    const { api: version } = exported().exports;
    expect(() => version(2 as 1)).toThrow('There is no version 2 of this API. There is: 1.');
    expect(Object.isFrozen(version(1))).toBe(true);
    expect(Object.isFrozen(version(1).models)).toBe(true);
    expect(version(1)).toBe(version(1));
  });
});

it('the types to copy are those of the extension, in both directions', () => {
  const same = <A, B>(there: (of: A) => B, back: (of: B) => A) => [there, back];
  expect(
    same<Exports, ChatGptSignInExports>(
      ours => ours,
      copied => copied,
    ),
  ).toHaveLength(2);
});
