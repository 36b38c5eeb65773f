import type { LogOutputChannel } from 'vscode';
import type { Log, LogFields } from '../base/log.ts';
import type { Failures } from './failures.ts';
import { asAppError, AppError, errorCodes } from '../base/errors.ts';
import { reasons } from '../base/reasons.ts';
import { redact, redactField } from './redact.ts';

/** The log that a person reads and attaches to an issue: every step with its correlation id, and no secret. */
export class OutputLog implements Log {
  readonly #channel: LogOutputChannel;
  readonly #failures: Failures;

  /** @param failures collects the code of each failure that is logged */
  constructor(channel: LogOutputChannel, failures: Failures) {
    this.#channel = channel;
    this.#failures = failures;
  }

  info(step: string, fields: LogFields = {}): void {
    this.#channel.info(line(step, fields));
  }

  warn(step: string, fields: LogFields = {}): void {
    this.#channel.warn(line(step, fields));
    const { failure, reason = '' } = fields;
    const code = errorCodes.find(each => each === failure);
    if (code !== undefined) this.#failures.note(code, [String(reason)]);
  }

  error(step: string, error: unknown, fields: LogFields = {}): void {
    this.#channel.error(`${line(step, fields)} ${describe(error)}`);
    this.#failures.note(asAppError(error).code, reasons(error));
  }
}

function line(step: string, fields: LogFields): string {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return [step, ...known.map(([name, value]) => `${name}=${redactField(name, String(value))}`)].join(' ');
}

/** The chain of causes, by code where there is one, with the service's own where it refused. Only a defect has its stack in the log. */
function describe(error: unknown): string {
  const parts: string[] = [];
  for (let at = error, depth = 0; at !== undefined && depth < 5; at = at instanceof Error ? at.cause : undefined, depth++) {
    if (at instanceof AppError) parts.push([at.code, at.refusal?.serviceCode].filter(Boolean).join(': '));
    else parts.push(at instanceof Error ? redact(textOf(at)) : typeof at);
  }
  return parts.join(' <- ');
}

/** The message of an error with a code, and the stack of a defect, where a syntax error quotes what it could not read. */
function textOf(error: Error): string {
  const { message, stack = message } = error;
  if (error instanceof SyntaxError) return stack.replace(message, '');
  return 'code' in error && typeof error.code === 'string' ? `${error.code}: ${message}` : stack;
}
