import type { UsagePanelMessage } from '../ui/panel/messages.ts';

/** What the page alone knows, kept while it is hidden and over a reload. */
export interface Local {
  readonly isTable: boolean;
  /** The time of the reading that the cursor is at. */
  readonly cursor?: number;
  readonly scroll: number;
}

/** What the parts of the page have to do with each other. */
export interface Page {
  readonly local: Local;
  change(change: Partial<Local>): void;
  send(action: UsagePanelMessage['action'], value?: string): void;
  /** Says something to a screen reader when it has said what it is saying. */
  announce(text: string): void;
}

export function readLocal(state: unknown): Local {
  const { isTable, cursor, scroll } = (typeof state === 'object' && state !== null ? state : {}) as { [K in keyof Local]?: unknown };
  return {
    isTable: isTable === true,
    ...(typeof cursor === 'number' ? { cursor } : {}),
    scroll: typeof scroll === 'number' ? scroll : 0,
  };
}
