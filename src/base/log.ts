/** Fields of a log line. Values are redacted where they are written, see `vscode/log.ts`. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
export interface Log {
  info(step: string, fields?: LogFields): void;
  warn(step: string, fields?: LogFields): void;
  /** `error` is described by its codes and causes; its texts are redacted. */
  error(step: string, error: unknown, fields?: LogFields): void;
}
