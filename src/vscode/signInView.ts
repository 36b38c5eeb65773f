import type { SignInErrorCode } from '../oauth/errors.ts';
import type { FlowId } from '../oauth/flows.ts';
import { errorText, nextStepTitle, texts } from './texts.ts';

/** Where a sign-in stands. */
export type SignInState =
  | { readonly kind: 'preparing' }
  | {
      readonly kind: 'browser';
      readonly url: string;
      readonly others: readonly FlowId[];
      /** What is to be said about the browser or about an address that was pasted. */
      readonly trouble?: SignInErrorCode;
    }
  | {
      readonly kind: 'deviceCode';
      readonly userCode: string;
      readonly page: string;
      readonly expiresAt: number;
      readonly hasSwitch: boolean;
      readonly others: readonly FlowId[];
    }
  | { readonly kind: 'failed'; readonly error: SignInErrorCode; readonly others: readonly FlowId[] };

/** What a person can do in the panel. */
export const panelActions = [
  'copyLink',
  'copyCode',
  'openPage',
  'browser',
  'deviceCode',
  'paste',
  'cancel',
  'retry',
  'openSettings',
  'openSecuritySettings',
  'reloadWindow',
  'updateExtension',
  'showLog',
] as const;

export type PanelAction = (typeof panelActions)[number];

export interface PanelButton {
  readonly action: PanelAction;
  readonly title: string;
  readonly isPrimary?: boolean;
}

/** The panel as it is drawn: plain values, nothing of the page that draws them. */
export interface PanelView {
  readonly title: string;
  readonly isFailure: boolean;
  readonly isWaiting: boolean;
  readonly paragraphs: readonly string[];
  /** Said once, beside everything else. */
  readonly notice?: string;
  readonly code?: { readonly text: string; readonly spoken: string; readonly label: string };
  readonly link?: { readonly address: string; readonly label: string; readonly picture: QrPicture };
  readonly expiry?: { readonly at: number; readonly minutes: string; readonly seconds: string; readonly over: string };
  readonly input?: { readonly label: string; readonly hint: string; readonly submit: string; readonly error?: string };
  readonly buttons: readonly PanelButton[];
}

export interface QrPicture {
  /** Modules along one side. */
  readonly size: number;
  /** SVG path data of the dark modules. */
  readonly path: string;
  readonly label: string;
}

/**
 * @param drawQr draws the address; handed in so that its library is loaded when a code is shown
 * @param notice what the first sign-in has to say
 */
export function signInView(state: SignInState, drawQr: (text: string) => Omit<QrPicture, 'label'>, notice?: string): PanelView {
  const common = { isFailure: false, isWaiting: true, ...(notice === undefined ? {} : { notice }) };
  switch (state.kind) {
    case 'preparing':
      return { ...common, title: texts.panelPreparing(), paragraphs: [], buttons: [cancel()] };
    case 'browser':
      return { ...common, ...browserView(state) };
    case 'deviceCode':
      return { ...common, ...deviceView(state, drawQr) };
    case 'failed':
      return { ...common, ...failureView(state), isFailure: true, isWaiting: false };
  }
}

function browserView({ others, trouble }: Extract<SignInState, { kind: 'browser' }>) {
  const isAboutPaste = trouble === 'callbackIncomplete' || trouble === 'stateMismatch';
  const said = trouble === undefined ? undefined : errorText(trouble).sentence;
  return {
    title: texts.panelBrowser(),
    paragraphs: [...(said !== undefined && !isAboutPaste ? [said] : []), texts.panelBrowserDetail()],
    input: {
      label: texts.panelPasteLabel(),
      hint: texts.panelPasteHint(),
      submit: texts.pasteAddress(),
      ...(said !== undefined && isAboutPaste ? { error: said } : {}),
    },
    buttons: [{ action: 'copyLink' as const, title: texts.copyLink(), isPrimary: true }, ...otherWays(others), cancel()],
  };
}

function deviceView(state: Extract<SignInState, { kind: 'deviceCode' }>, drawQr: (text: string) => Omit<QrPicture, 'label'>) {
  return {
    title: texts.panelDevice(),
    paragraphs: [texts.panelDeviceDetail(), ...(state.hasSwitch ? [texts.panelDeviceSwitch()] : []), texts.panelDeviceWarning()],
    code: { text: state.userCode, spoken: spell(state.userCode), label: texts.panelCodeLabel() },
    link: { address: state.page, label: texts.panelPageLabel(), picture: { ...drawQr(state.page), label: texts.panelQrLabel(state.page) } },
    expiry: { at: state.expiresAt, minutes: texts.panelMinutesLeft(), seconds: texts.panelSecondsLeft(), over: texts.panelCodeOver() },
    buttons: [
      { action: 'copyCode' as const, title: texts.copyCode(), isPrimary: true },
      { action: 'openPage' as const, title: texts.openPage() },
      ...otherWays(state.others),
      cancel(),
    ],
  };
}

function failureView({ error, others }: Extract<SignInState, { kind: 'failed' }>) {
  const { sentence, next } = errorText(error);
  const step = next === 'showLog' || next === 'otherMethod' ? [] : [{ action: next, title: nextStepTitle(next, error), isPrimary: true }];
  return {
    title: texts.panelFailed(),
    paragraphs: [sentence],
    buttons: [...step, ...otherWays(others), { action: 'showLog' as const, title: texts.showLog() }],
  };
}

function otherWays(others: readonly FlowId[]): PanelButton[] {
  return others.map(id => ({ action: id, title: id === 'browser' ? texts.useBrowser() : texts.useDeviceCode() }));
}

function cancel(): PanelButton {
  return { action: 'cancel', title: texts.cancel() };
}

/** Letter by letter, as a screen reader should say it. */
function spell(code: string): string {
  return Array.from(code, letter => (letter === '-' ? texts.hyphen() : letter)).join(' ');
}
