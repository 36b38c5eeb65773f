import { beforeEach, describe, expect, it } from 'vitest';
import type { StatusBarItem } from 'vscode';
import { StatusItem } from '../../../../../src/usage/ui/statusBar/statusItem.ts';
import type { StatusView } from '../../../../../src/usage/ui/statusBar/statusView.ts';

/** Whatever is set on the item or called of it, in its order. */
let told: string[];
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
  told = [];
  const noted = (name: string) => () => {
    told.push(name);
  };
  item = new Proxy<Record<string, unknown>>(
    { show: noted('show'), hide: noted('hide'), dispose: noted('dispose') },
    {
      set: (target, name, value) => {
        told.push(String(name));
        return Reflect.set(target, name, value);
      },
    },
  );
  status = new StatusItem(item as unknown as StatusBarItem);
});

describe('the item', () => {
  it('is told the whole view at first, and then shown', () => {
    status.show(view, commands);
    expect(item).toMatchObject({
      text: view.text,
      accessibilityInformation: { label: view.label, role: 'button' },
      backgroundColor: { id: 'statusBarItem.warningBackground' },
      color: { id: 'disabledForeground' },
      command: view.command,
      tooltip: { value: view.tooltip, isTrusted: { enabledCommands: commands }, supportThemeIcons: true },
    });
    expect(told.at(-1)).toBe('show');
  });

  it('is told nothing where nothing is new, so that VS Code leaves the tooltip that somebody reads', () => {
    status.show(view, commands);
    told = [];
    status.show({ ...view }, commands);
    expect(told).toEqual([]);
  });

  it.each([
    ['text', 'text', 'Pro'],
    ['label', 'accessibilityInformation', 'ChatGPT Pro.'],
    ['tooltip', 'tooltip', '**Pro**'],
    ['command', 'command', 'chatgptSignIn.signIn'],
    ['background', 'backgroundColor', undefined],
    ['isDim', 'color', false],
  ] as const)('is told a new %s, and nothing else', (name, property, value) => {
    status.show(view, commands);
    told = [];
    status.show({ ...view, [name]: value }, commands);
    expect(told).toEqual([property]);
  });

  it('is hidden once, and shown again with what is new', () => {
    status.hide();
    expect(told).toEqual([]);
    status.show(view, commands);
    status.hide();
    status.hide();
    expect(told.filter(name => name === 'hide')).toHaveLength(1);
    told = [];
    status.show({ ...view, text: 'Pro' }, commands);
    expect(told).toEqual(['text', 'show']);
  });
});
