// What the sign-in panel leaves behind: the editor that a person worked in, before whoever asked for the sign-in goes on.
import assert from 'node:assert/strict';
import type { TextDocument } from 'vscode';
import { commands, ConfigurationTarget, NotebookCellData, NotebookCellKind, NotebookData, ViewColumn, window, workspace } from 'vscode';
import { panelTabs, signIn, signInForConsumer, simulator, startAfresh, userCodes } from './support/accounts.ts';
import { consumer } from './support/consumer.ts';
import { until } from './support/until.ts';

describe('The sign-in panel', () => {
  const editors = workspace.getConfiguration('workbench.editor');

  beforeEach(startAfresh);
  afterEach(async () => {
    await editors.update('focusRecentEditorAfterClose', undefined, ConfigurationTarget.Global);
    await window.tabGroups.close(panelTabs());
    await commands.executeCommand('workbench.action.closeAllEditors');
  });

  async function open(content: string, viewColumn = ViewColumn.One): Promise<TextDocument> {
    const document = await workspace.openTextDocument({ content });
    await window.showTextDocument(document, { viewColumn, preview: false });
    return document;
  }

  /** Begins a sign-in that waits for the person, and whose panel is in front. */
  async function begin(): Promise<{ approve: () => Promise<void> }> {
    const before = new Set(await userCodes());
    await simulator.set({ deviceInterval: 1 });
    const done = Promise.resolve(commands.executeCommand('chatgptSignIn.signInWithDeviceCode'));
    const code = await until('a device code', async () => (await userCodes()).find(each => !before.has(each)));
    await until('the panel in front', () => window.tabGroups.activeTabGroup.activeTab === panelTabs()[0]);
    return {
      approve: async () => {
        await simulator.approveDevice(code, { account: 'ada' });
        await done;
      },
    };
  }

  it('gives back the editor, and not its neighbor, before the sign-in is over', async () => {
    await editors.update('focusRecentEditorAfterClose', false, ConfigurationTarget.Global);
    await open('left');
    const document = await open('mine');
    await open('right');
    await window.showTextDocument(document);
    await signIn('ada');
    assert.equal(window.activeTextEditor?.document, document);
    assert.deepEqual(panelTabs(), []);
  });

  it('gives back the editor before another extension has the session that it asked for', async () => {
    await editors.update('focusRecentEditorAfterClose', false, ConfigurationTarget.Global);
    await open('left');
    const document = await open('mine');
    await open('right');
    await window.showTextDocument(document);
    await signInForConsumer(consumer, 'ada');
    assert.equal(window.activeTextEditor?.document, document);
  });

  it('gives back the editor in its group of a split window, whose other group stays as it is', async () => {
    await open('other', ViewColumn.One);
    const document = await open('mine', ViewColumn.Two);
    await signIn('ada');
    assert.equal(window.activeTextEditor?.document, document);
    assert.equal(window.activeTextEditor.viewColumn, ViewColumn.Two);
    assert.deepEqual(
      window.visibleTextEditors.map(editor => editor.document.getText()),
      ['other', 'mine'],
    );
  });

  it('gives back a notebook', async () => {
    const notebook = await workspace.openNotebookDocument(
      'jupyter-notebook',
      new NotebookData([new NotebookCellData(NotebookCellKind.Code, '1', 'python')]),
    );
    await window.showNotebookDocument(notebook);
    await signIn('ada');
    assert.equal(window.activeNotebookEditor?.notebook, notebook);
  });

  it('gives back the editor that the person went to meanwhile', async () => {
    await open('left');
    const later = await open('later');
    await open('right');
    await editors.update('focusRecentEditorAfterClose', false, ConfigurationTarget.Global);
    const { approve } = await begin();
    await window.showTextDocument(later);
    // Joins, and so brings the panel to the front.
    void commands.executeCommand('chatgptSignIn.signIn');
    await until('the panel in front', () => window.tabGroups.activeTabGroup.activeTab === panelTabs()[0]);
    await approve();
    assert.equal(window.activeTextEditor?.document, later);
  });

  it('opens no editor again that was closed meanwhile, and none where there was none', async () => {
    const isEmpty = () => window.tabGroups.all.every(({ tabs }) => tabs.length === 0);
    await open('closed');
    const { approve } = await begin();
    const others = window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(tab => !panelTabs().includes(tab));
    await window.tabGroups.close(others);
    await approve();
    await until('the panel to go', isEmpty);
    await signIn('ben');
    await until('the panel to go', isEmpty);
    assert.equal(window.activeTextEditor, undefined);
  });

  it('leaves the editor alone that the person works in while the panel is in the background', async () => {
    await open('mine');
    const { approve } = await begin();
    const other = await open('other');
    await approve();
    assert.equal(window.activeTextEditor?.document, other);
  });
});
