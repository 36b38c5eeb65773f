// Draws the usage panel from the view that the extension sends. Runs in the webview: no import of ours but types.
import { h, render } from 'preact';
import type { UsagePanelUpdate } from '../ui/panel/messages.ts';
import type { UsagePanelView } from '../ui/panel/panelTypes.ts';
import type { Local, Page } from './page.ts';
import { readLocal } from './page.ts';
import { Panel } from './panel.ts';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void; getState(): unknown; setState(state: unknown): void };

const vscode = acquireVsCodeApi();
const main = document.querySelector('main');
const live = document.querySelector('[role=status]');
let view: UsagePanelView | undefined;
let local: Local = readLocal(vscode.getState());

const page: Page = {
  get local() {
    return local;
  },
  change: change => {
    keep(change);
    draw();
  },
  send: (action, value) => {
    vscode.postMessage(value === undefined ? { action } : { action, value });
  },
  announce: text => {
    if (live) live.textContent = text;
  },
};

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const update = event.origin === window.origin ? readUpdate(event.data) : undefined;
  if (!update) return;
  const before = view;
  view = update.view;
  draw();
  if (!before) window.scrollTo(0, local.scroll);
  // The screen reader is not interrupted for a panel that does not have the focus.
  else if (before.summary !== view.summary && document.hasFocus()) page.announce(view.summary);
});

window.addEventListener('scroll', () => {
  keep({ scroll: window.scrollY });
});

function readUpdate(data: unknown): UsagePanelUpdate | undefined {
  const { kind } = (typeof data === 'object' && data !== null ? data : {}) as Partial<UsagePanelUpdate>;
  return kind === 'usage' ? (data as UsagePanelUpdate) : undefined;
}

function keep(change: Partial<Local>): void {
  local = { ...local, ...change };
  vscode.setState(local);
}

function draw(): void {
  if (view && main) render(h(Panel, { view, page }), main);
}

/** Pixels that there are to draw in. */
function roomFor(element: HTMLElement): number {
  const { paddingLeft, paddingRight } = getComputedStyle(element);
  return Math.floor(element.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight));
}

if (main) {
  let width = roomFor(main);
  page.send('ready', String(width));
  new ResizeObserver(() => {
    const now = roomFor(main);
    if (now === width) return;
    width = now;
    page.send('width', String(width));
  }).observe(main);
}
