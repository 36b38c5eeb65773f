/** Fields of a log line. `shell/outputLog.ts` redacts the values when it writes them. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  info(step: string, fields?: LogFields): void;
  warn(step: string, fields?: LogFields): void;
  /** Writes the codes and causes of `error`; its texts are redacted. */
  error(step: string, error: unknown, fields?: LogFields): void;
}
