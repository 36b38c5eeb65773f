import { beforeEach, describe, expect, it } from 'vitest';
import type { StatusBarItem } from 'vscode';
import { StatusItem } from '../../../../../src/usage/ui/statusBar/statusItem.ts';
import type { StatusView } from '../../../../../src/usage/ui/statusBar/statusTypes.ts';

/** Each property set on the item and each method called, in order. */
let changes: string[];
let item: Record<string, unknown>;
let status: StatusItem;

const view: StatusView = {
  text: '$(pulse) Plus · 5h 66% left',
  label: 'ChatGPT Plus. 5-hour limit 66 percent left.',
  tooltip: '**Plus**',
  command: 'chatgptSignIn.showUsage',
  background: 'warning',
  isDim: true,
};
const commands = ['chatgptSignIn.showUsage'];

beforeEach(() => {
  changes = [];
  const recorded = (name: string) => () => {
    changes.push(name);
  };
  item = new Proxy<Record<string, unknown>>(
    { show: recorded('show'), hide: recorded('hide'), dispose: recorded('dispose') },
    {
      set: (target, name, value) => {
        changes.push(String(name));
        return Reflect.set(target, name, value);
      },
    },
  );
  status = new StatusItem(item as unknown as StatusBarItem);
});

describe('StatusItem', () => {
  it('the first view sets every property and shows the item', () => {
    status.show(view, commands);
    expect(item).toMatchObject({
      text: view.text,
      accessibilityInformation: { label: view.label, role: 'button' },
      backgroundColor: { id: 'statusBarItem.warningBackground' },
      color: { id: 'disabledForeground' },
      command: view.command,
      tooltip: { value: view.tooltip, isTrusted: { enabledCommands: commands }, supportThemeIcons: true },
    });
    expect(changes.at(-1)).toBe('show');
  });

  it('an unchanged view sets nothing, so that VS Code keeps an open tooltip', () => {
    status.show(view, commands);
    changes = [];
    status.show({ ...view }, commands);
    expect(changes).toEqual([]);
  });

  it.each([
    ['text', 'text', 'Pro'],
    ['label', 'accessibilityInformation', 'ChatGPT Pro.'],
    ['tooltip', 'tooltip', '**Pro**'],
    ['command', 'command', 'chatgptSignIn.signIn'],
    ['background', 'backgroundColor', undefined],
    ['isDim', 'color', false],
  ] as const)('a changed %s sets its own property alone', (name, property, value) => {
    status.show(view, commands);
    changes = [];
    status.show({ ...view, [name]: value }, commands);
    expect(changes).toEqual([property]);
  });

  it('hiding happens once, and the next view shows the item again', () => {
    status.hide();
    expect(changes).toEqual([]);
    status.show(view, commands);
    status.hide();
    status.hide();
    expect(changes.filter(name => name === 'hide')).toHaveLength(1);
    changes = [];
    status.show({ ...view, text: 'Pro' }, commands);
    expect(changes).toEqual(['text', 'show']);
  });
});
