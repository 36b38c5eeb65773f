import { describe, expect, it } from 'vitest';
import { PanelSelectionStore } from '../../../../../src/usage/ui/panel/selection.ts';
import { usageDiagnostics } from '../../../../../src/usage/ui/panel/diagnostics.ts';
import { readUsagePanelMessage } from '../../../../../src/usage/ui/panel/messages.ts';
import { readUsageSettings } from '../../../../../src/usage/ui/settings.ts';
import { webviewPage } from '../../../../../src/shell/webviewHtml.ts';
import { now, snapshot, week } from '../../support/snapshots.ts';
import { MemoryState } from '../../../support/memento.ts';

describe('a message of the page [R55]', () => {
  it('is one that is known, with a text that is not too long', () => {
    expect(readUsagePanelMessage({ action: 'refresh' })).toEqual({ action: 'refresh', value: '' });
    expect(readUsagePanelMessage({ action: 'account', value: 'x'.repeat(1_000) })?.value).toHaveLength(256);
    expect(readUsagePanelMessage({ action: 'span', value: 7 })).toEqual({ action: 'span', value: '' });
  });

  it.each([undefined, null, 'refresh', [], {}, { action: 'signOut' }, { action: 'toString' }, { action: { refresh: true } }])(
    'is nothing otherwise: %j',
    message => {
      expect(readUsagePanelMessage(message)).toBeUndefined();
    },
  );
});

describe('what was chosen in the panel', () => {
  it('is kept, each by itself', async () => {
    const state = new MemoryState();
    const choice = new PanelSelectionStore(state);
    expect(choice.current).toEqual({ span: 7 });
    await choice.choose('account', 'hash');
    await choice.choose('span', '56');
    await choice.choose('window', 'codex:5h');
    expect(new PanelSelectionStore(state).current).toEqual({ account: 'hash', span: 56, windowId: 'codex:5h' });
  });

  it.each([null, 'x', { span: 8, account: 1, windowId: {} }])('is the usual where it cannot be: %j', async kept => {
    const state = new MemoryState();
    await state.update('usagePanel', kept);
    expect(new PanelSelectionStore(state).current).toEqual({ span: 7 });
  });
});

it('diagnostics tell what was read and what failed, and nothing of whose it is', () => {
  const account = {
    hash: 'hash-of-ada',
    label: 'ada@example.com (Rivers Design Team)',
    identity: { userId: 'user-Secret1234', workspaceId: '5150-workspace', workspaceName: 'Rivers Design Team', plan: 'plus' },
    isEnded: false,
    host: 'chatgpt.com',
  };
  const named = week(58, { limitName: 'made for ada@example.com' });
  const failure = { kind: 'tooMany', code: 'serviceUnavailable', login: 'login-of-ada', times: 3, since: now - 1, at: now } as const;
  const text = usageDiagnostics(
    {
      ...{ accounts: [account], account, settings: readUsageSettings(() => undefined), now, span: 7, width: 640 },
      format: { language: 'en', clock: 'auto' },
      usage: { isReading: false, snapshot: snapshot({ windows: [named] }), failure, nextAt: now },
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

describe('a page [R55]', () => {
  const parts = { language: 'en', title: 'A & <b>', style: 'p{}', script: 'run()', body: '<main></main>' };

  it('has all it needs in it, by a nonce that is new each time, and may load nothing', () => {
    const page = webviewPage(parts);
    const nonce = /script-src 'nonce-([\w-]{22})'/.exec(page)?.[1] ?? '';
    expect(page).toContain(`<style nonce="${nonce}">p{}</style>`);
    expect(page).toContain(`<script nonce="${nonce}">run()</script>`);
    expect(page).toContain("default-src 'none'; ");
    expect(page).toContain('<title>A &amp; &lt;b></title>');
    expect(page).not.toMatch(/src=|href=|unsafe|https?:/);
    expect(webviewPage(parts)).not.toContain(nonce);
  });

  it.each([{ script: 'a("</script>")' }, { script: '<!-- x' }, { style: 'a{}</STYLE>' }])('is none with %j, which would end it', part => {
    expect(() => webviewPage({ ...parts, ...part })).toThrow(/cannot stand in a page/);
  });
});
