// Draws the sign-in panel from the view that the extension sends. Runs in the webview: no import of ours but types.
import type { PanelAction, PanelView } from '../ui/signIn/signInView.ts';

declare function acquireVsCodeApi(): { postMessage(message: { action: PanelAction; value?: string }): void };

const vscode = acquireVsCodeApi();
const main = document.querySelector('main');
const live = document.querySelector('[role=status]');
let ticking: ReturnType<typeof setInterval> | undefined;
let awaitingFocus: HTMLElement | null = null;

window.addEventListener('message', (event: MessageEvent<PanelView>) => {
  if (event.origin === window.origin) draw(event.data);
});

window.addEventListener('focus', takeFocus);

function draw(view: PanelView): void {
  clearInterval(ticking);
  const typed = document.querySelector('input')?.value;
  const code = view.code && element('output', { className: 'code', ariaLabel: `${view.code.label}: ${view.code.spoken}` }, view.code.text);
  const parts = [
    element('h1', { tabIndex: -1, className: view.isFailure ? 'failure' : '' }, view.title),
    ...(view.isWaiting ? [element('div', { className: 'progress', ariaHidden: 'true' })] : []),
    ...view.paragraphs.map(text => element('p', {}, text)),
    // After the warning, which a person should read first.
    ...(code ? [code] : []),
    ...(view.link ? [link(view.link)] : []),
    ...(view.expiry ? [countdown(view.expiry)] : []),
    buttons(view),
    ...(view.input ? [form(view.input, typed)] : []),
    ...(view.notice === undefined ? [] : [element('p', { className: 'notice' }, view.notice)]),
  ];
  main?.replaceChildren(...parts);
  const input = document.querySelector('input');
  focus(view.input?.error !== undefined && input ? input : document.querySelector<HTMLElement>('h1'));
  if (live)
    live.textContent = [view.title, ...(view.isFailure ? view.paragraphs : []), ...(view.code ? [view.code.spoken] : [])].join('. ');
}

/** Sets the focus at once where the panel has it, else when it gets it: typing elsewhere is never interrupted. */
function focus(target: HTMLElement | null): void {
  awaitingFocus = target;
  if (document.hasFocus()) takeFocus();
}

function takeFocus(): void {
  awaitingFocus?.focus();
  awaitingFocus = null;
}

function buttons(view: PanelView): HTMLElement {
  return element(
    'div',
    { className: 'buttons' },
    ...view.buttons.map(({ action, title, isPrimary }) => {
      const button = element('button', { type: 'button', className: isPrimary ? 'primary' : 'secondary' }, title);
      button.addEventListener('click', () => {
        vscode.postMessage({ action });
      });
      return button;
    }),
  );
}

function form(input: NonNullable<PanelView['input']>, typed = ''): HTMLElement {
  const field = element('input', { id: 'address', type: 'text', value: typed, autocomplete: 'off', spellcheck: false });
  field.setAttribute('aria-describedby', 'hint error');
  field.setAttribute('aria-invalid', String(input.error !== undefined));
  const label = element('label', { htmlFor: 'address' }, input.label);
  const hint = element('p', { id: 'hint' }, input.hint);
  const error = element('p', { id: 'error', className: 'failure', role: 'alert' }, input.error ?? '');
  const row = element('div', { className: 'row' }, field, element('button', { type: 'submit', className: 'secondary' }, input.submit));
  const whole = element('form', {}, label, hint, row, error);
  whole.addEventListener('submit', event => {
    event.preventDefault();
    vscode.postMessage({ action: 'paste', value: field.value });
  });
  return whole;
}

function link({ address, label, picture }: NonNullable<PanelView['link']>): HTMLElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const quiet = 4;
  svg.setAttribute(
    'viewBox',
    `${String(-quiet)} ${String(-quiet)} ${String(picture.size + 2 * quiet)} ${String(picture.size + 2 * quiet)}`,
  );
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', picture.label);
  svg.classList.add('qr');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', picture.path);
  svg.append(path);
  return element('figure', {}, svg, element('figcaption', {}, `${label} `, element('span', { className: 'address' }, address)));
}

function countdown({ at, minutes, seconds, over }: NonNullable<PanelView['expiry']>): HTMLElement {
  const line = element('p', { className: 'expiry', role: 'timer' });
  // The clock may be set while the line counts.
  const end = performance.now() + at - Date.now();
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    const text = left > 90 ? minutes.replace('{0}', String(Math.round(left / 60))) : seconds.replace('{0}', String(left));
    line.textContent = left > 0 ? text : over;
  };
  ticking = setInterval(tick, 1000);
  tick();
  return line;
}

type Properties<E> = { [K in keyof E]?: E[K] };

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Properties<HTMLElementTagNameMap[K]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

vscode.postMessage({ action: 'ready' as PanelAction });
