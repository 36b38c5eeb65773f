import { describe, expect, it } from 'vitest';
import { PanelSelectionStore } from '../../../../../src/usage/ui/panel/selection.ts';
import { usageDiagnostics } from '../../../../../src/usage/ui/panel/diagnostics.ts';
import { readUsagePanelMessage } from '../../../../../src/usage/ui/panel/messages.ts';
import { readUsageSettings } from '../../../../../src/usage/ui/settings.ts';
import { webviewPage } from '../../../../../src/shell/webviewHtml.ts';
import { now, snapshot, usageState, week } from '../../support/snapshots.ts';
import { MemoryState } from '../../../support/memento.ts';

describe("messages of the usage panel's page [R55]", () => {
  it('a known action is accepted, with its text cut to 256 characters', () => {
    expect(readUsagePanelMessage({ action: 'refresh' })).toEqual({ action: 'refresh', value: '' });
    expect(readUsagePanelMessage({ action: 'account', value: 'x'.repeat(1_000) })?.value).toHaveLength(256);
    expect(readUsagePanelMessage({ action: 'span', value: 7 })).toEqual({ action: 'span', value: '' });
  });

  it.each([undefined, null, 'refresh', [], {}, { action: 'signOut' }, { action: 'toString' }, { action: { refresh: true } }])(
    'any other message is ignored: %j',
    message => {
      expect(readUsagePanelMessage(message)).toBeUndefined();
    },
  );
});

describe('the selection in the usage panel', () => {
  it('account, time span and window are stored separately', async () => {
    const state = new MemoryState();
    const choice = new PanelSelectionStore(state);
    expect(choice.current).toEqual({ span: 7 });
    await choice.choose('account', 'hash');
    await choice.choose('span', '56');
    await choice.choose('window', 'codex:5h');
    expect(new PanelSelectionStore(state).current).toEqual({ account: 'hash', span: 56, windowId: 'codex:5h' });
  });

  it.each([null, 'x', { span: 8, account: 1, windowId: {} }])('an invalid stored selection counts as the default: %j', async kept => {
    const state = new MemoryState();
    await state.update('usagePanel', kept);
    expect(new PanelSelectionStore(state).current).toEqual({ span: 7 });
  });
});

it('usage diagnostics contain the reading and the failure, and no personal data', () => {
  const account = {
    hash: 'hash-of-ada',
    label: 'ada@example.com (Rivers Design Team)',
    identity: { userId: 'user-Secret1234', workspaceId: '5150-workspace', workspaceName: 'Rivers Design Team', plan: 'plus' },
    isExpired: false,
    host: 'chatgpt.com',
  };
  const named = week(58, { limitName: 'made for ada@example.com' });
  const failure = {
    kind: 'tooMany',
    code: 'serviceUnavailable',
    signInId: 'login-of-ada',
    times: 3,
    since: now - 1,
    at: now,
    nextAt: now,
  } as const;
  const settings = readUsageSettings(() => undefined);
  const text = usageDiagnostics(
    {
      ...{ accounts: [account], account, settings, now, span: 7, width: 640 },
      format: { language: 'en', clock: 'auto' },
      usage: usageState({ isReading: false, snapshot: snapshot({ windows: [named] }), failure, nextAt: now }, settings, now),
    },
    '1.2.3',
  );
  expect(text).not.toMatch(/ada|Rivers|Secret|5150|hash|login/);
  expect(JSON.parse(text)).toMatchObject({
    extension: '1.2.3',
    at: '2026-11-23T16:00:00.000Z',
    account: { plan: 'plus', isEnded: false, tellsUsage: true },
    snapshot: { windows: [{ id: 'codex:weekly', used: 58, limitName: 'made for <email>' }] },
    failure: { kind: 'tooMany', code: 'serviceUnavailable', times: 3 },
  });
});

describe('the HTML of a webview [R55]', () => {
  const parts = { language: 'en', title: 'A & <b>', style: 'p{}', script: 'run()', body: '<main></main>' };

  it('the page contains all its code under a new nonce each time, and may load nothing else', () => {
    const page = webviewPage(parts);
    const nonce = /script-src 'nonce-([\w-]{22})'/.exec(page)?.[1] ?? '';
    expect(page).toContain(`<style nonce="${nonce}">p{}</style>`);
    expect(page).toContain(`<script nonce="${nonce}">run()</script>`);
    expect(page).toContain("default-src 'none'; ");
    expect(page).toContain('<title>A &amp; &lt;b></title>');
    expect(page).not.toMatch(/src=|href=|unsafe|https?:/);
    expect(webviewPage(parts)).not.toContain(nonce);
  });

  it.each([{ script: 'a("</script>")' }, { script: '<!-- x' }, { style: 'a{}</STYLE>' }])(
    'code that would end its element is refused: %j',
    part => {
      expect(() => webviewPage({ ...parts, ...part })).toThrow(/cannot stand in a page/);
    },
  );
});
