import type { ErrorCode, ErrorFacts } from '../../../base/errors.ts';
import type { SignInMethod } from '../../../oauth/flows.ts';
import { commonTexts } from '../../../shell/commonTexts.ts';
import { actionTitle } from '../../../shell/errorActions.ts';
import { errorText } from '../../../shell/errorTexts.ts';
import { panelTexts } from './panelTexts.ts';

/** The state of a sign-in. */
export type SignInState =
  | { readonly kind: 'preparing' }
  | {
      readonly kind: 'browser';
      readonly url: string;
      /** Whether the person can submit the URL of the page that the browser ended at. */
      readonly canSubmitUrl: boolean;
      readonly others: readonly SignInMethod[];
      /** An error of the browser or of a submitted URL. */
      readonly error?: ErrorCode;
    }
  | {
      readonly kind: 'deviceCode';
      readonly userCode: string;
      readonly verificationUri: string;
      readonly expiresAt: number;
      readonly requiresOptIn: boolean;
      readonly others: readonly SignInMethod[];
    }
  | { readonly kind: 'failed'; readonly error: ErrorFacts; readonly others: readonly SignInMethod[] };

/** What a person can do in the panel. */
export const panelActions = [
  'copyLink',
  'copyCodeAndOpenPage',
  'copyCode',
  'openPage',
  'browser',
  'deviceCode',
  'paste',
  'cancel',
  'retry',
  'openSettings',
  'openNetworkSettings',
  'openApiKeysPage',
  'signInCodexCli',
  'addApiKey',
  'openSecuritySettings',
  'reloadWindow',
  'updateExtension',
  'diagnose',
  'showLog',
] as const;

export type PanelAction = (typeof panelActions)[number];

export interface PanelButton {
  readonly action: PanelAction;
  readonly title: string;
  readonly isPrimary?: boolean;
}

/** What the panel shows, as plain values for the page. */
export interface PanelView {
  readonly title: string;
  readonly isFailure: boolean;
  readonly isWaiting: boolean;
  readonly paragraphs: readonly string[];
  /** Shown below everything else. */
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
 * @param drawQr draws a QR code of the URL; the caller loads its library when a code is shown
 * @param notice shown below everything else
 */
export function signInView(state: SignInState, drawQr: (text: string) => Omit<QrPicture, 'label'>, notice?: string): PanelView {
  const common = { isFailure: false, isWaiting: true, ...(notice === undefined ? {} : { notice }) };
  switch (state.kind) {
    case 'preparing':
      return { ...common, title: panelTexts.preparing(), paragraphs: [], buttons: [cancel()] };
    case 'browser':
      return { ...common, ...browserView(state) };
    case 'deviceCode':
      return { ...common, ...deviceView(state, drawQr) };
    case 'failed':
      return { ...common, ...failureView(state), isFailure: true, isWaiting: false };
  }
}

function browserView({ canSubmitUrl, others, error }: Extract<SignInState, { kind: 'browser' }>) {
  const isAboutUrl = error === 'callbackIncomplete' || error === 'stateMismatch';
  const message = error === undefined ? undefined : errorText({ code: error }).message;
  return {
    title: panelTexts.browser(),
    paragraphs: [...(message !== undefined && !isAboutUrl ? [message] : []), panelTexts.browserDetail()],
    ...(canSubmitUrl ? { input: urlInput(isAboutUrl ? message : undefined) } : {}),
    buttons: [{ action: 'copyLink' as const, title: commonTexts.copyLink(), isPrimary: true }, ...otherMethods(others), cancel()],
  };
}

function urlInput(error: string | undefined) {
  return {
    label: panelTexts.pasteLabel(),
    hint: panelTexts.pasteHint(),
    submit: commonTexts.pasteAddress(),
    ...(error === undefined ? {} : { error }),
  };
}

function deviceView(state: Extract<SignInState, { kind: 'deviceCode' }>, drawQr: (text: string) => Omit<QrPicture, 'label'>) {
  return {
    title: panelTexts.device(),
    paragraphs: [panelTexts.deviceDetail(), ...(state.requiresOptIn ? [panelTexts.deviceCodesOff()] : []), panelTexts.deviceWarning()],
    code: { text: state.userCode, spoken: spell(state.userCode), label: panelTexts.codeLabel() },
    link: {
      address: state.verificationUri,
      label: panelTexts.pageLabel(),
      picture: { ...drawQr(state.verificationUri), label: panelTexts.qrLabel(state.verificationUri) },
    },
    expiry: {
      at: state.expiresAt,
      minutes: panelTexts.minutesLeft(),
      seconds: panelTexts.secondsLeft(),
      over: panelTexts.codeExpired(),
    },
    buttons: [
      { action: 'copyCodeAndOpenPage' as const, title: commonTexts.copyCodeAndOpenPage(), isPrimary: true },
      { action: 'copyCode' as const, title: commonTexts.copyCode() },
      { action: 'openPage' as const, title: commonTexts.openPage() },
      ...otherMethods(state.others),
      cancel(),
    ],
  };
}

function failureView({ error, others }: Extract<SignInState, { kind: 'failed' }>) {
  const { message, action } = errorText(error);
  const next = action ? [{ action, title: actionTitle(action, error.code), isPrimary: true }] : [];
  return {
    title: panelTexts.failed(),
    paragraphs: [message],
    buttons: [...next, ...otherMethods(others), { action: 'showLog' as const, title: commonTexts.showLog() }],
  };
}

function otherMethods(others: readonly SignInMethod[]): PanelButton[] {
  return others.map(id => ({ action: id, title: id === 'browser' ? commonTexts.useBrowser() : commonTexts.useDeviceCode() }));
}

function cancel(): PanelButton {
  return { action: 'cancel', title: commonTexts.cancel() };
}

/** Letter by letter, as a screen reader should say it. */
function spell(code: string): string {
  return Array.from(code, letter => (letter === '-' ? commonTexts.hyphen() : letter)).join(' ');
}
