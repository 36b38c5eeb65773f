/** The messages between the usage panel's page and the extension. */
import type { UsagePanelAction, UsagePanelView } from './panelTypes.ts';
import { panelActions } from './panelTypes.ts';

/** To the page: all that it shows. */
export interface UsagePanelUpdate {
  readonly kind: 'usage';
  readonly view: UsagePanelView;
}

/**
 * From the page, besides its buttons: `ready` that it is there, then and with `width` how many pixels its chart has, and what was chosen:
 * `account` by hash, `window` by id, `span` in days.
 */
const choices = ['ready', 'width', 'account', 'window', 'span'] as const;

export interface UsagePanelMessage {
  readonly action: (typeof choices)[number] | UsagePanelAction;
  readonly value: string;
}

const longestValue = 256;

/** A message of the page is believed as far as it is one of ours. */
export function readUsagePanelMessage(message: unknown): UsagePanelMessage | undefined {
  const { action, value } = (typeof message === 'object' && message !== null ? message : {}) as { action?: unknown; value?: unknown };
  const known = [...choices, ...panelActions].find(name => name === action);
  return known && { action: known, value: typeof value === 'string' ? value.slice(0, longestValue) : '' };
}
