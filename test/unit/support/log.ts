import type { Log } from '../../../src/base/log.ts';
import type { LogFields } from '../../../src/base/log.ts';

export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly step: string;
  readonly fields: LogFields;
  readonly error?: unknown;
}

/** A log that keeps its entries. */
export class MemoryLog implements Log {
  readonly entries: LogEntry[] = [];

  info(step: string, fields: LogFields = {}): void {
    this.entries.push({ level: 'info', step, fields });
  }

  warn(step: string, fields: LogFields = {}): void {
    this.entries.push({ level: 'warn', step, fields });
  }

  error(step: string, error: unknown, fields: LogFields = {}): void {
    this.entries.push({ level: 'error', step, error, fields });
  }

  /** Everything that a log file could get to see of it. */
  get text(): string {
    return JSON.stringify(this.entries, (_key, value: unknown) => (value instanceof Error ? describe(value) : value));
  }
}

function describe(error: Error): unknown {
  return { ...Object.fromEntries(Object.entries(error)), message: error.message, stack: error.stack, cause: error.cause };
}
