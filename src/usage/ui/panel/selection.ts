import type { Memento } from 'vscode';
import { isRecord } from '../../../base/json.ts';
import { defined } from '../../../base/defined.ts';
import type { ChartSpan } from './panelTypes.ts';
import { chartSpans } from './panelTypes.ts';

/** What the person chose to see in the usage panel. */
export interface PanelSelection {
  /** By hash. */
  readonly account?: string;
  readonly span: ChartSpan;
  /** Whose history is drawn, by id. */
  readonly windowId?: string;
}

const entry = 'usagePanel';
const [usualSpan] = chartSpans;

/** Kept in this profile, for the next time and for a window that is reloaded. */
export class PanelSelectionStore {
  readonly #state: Memento;

  constructor(state: Memento) {
    this.#state = state;
  }

  get current(): PanelSelection {
    const kept: unknown = this.#state.get(entry);
    const { account, span, windowId }: Partial<Record<keyof PanelSelection, unknown>> = isRecord(kept) ? kept : {};
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    const chosen = defined({ account: text(account), windowId: text(windowId) });
    return { ...chosen, span: chartSpans.find(known => known === span) ?? usualSpan };
  }

  async choose(what: 'account' | 'window' | 'span', value: string): Promise<void> {
    const change = { account: { account: value }, window: { windowId: value }, span: { span: Number(value) } }[what];
    await this.#state.update(entry, { ...this.current, ...change });
  }
}
