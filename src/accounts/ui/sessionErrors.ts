import type { AppError, ErrorCode } from '../../base/errors.ts';
import { errorText } from '../../shell/errorTexts.ts';

/**
 * What another extension tells its errors by; docs/for-extension-authors.md has them. A person's No has VS Code's own name, `Canceled`.
 * - `SignInFailed`: nobody was signed in, and the person was shown why
 * - `Offline`: there is no token for now, and nothing was shown
 * - `SignOutFailed`: reaches VS Code alone; the person was shown why
 */
export type SessionErrorName = 'SignInFailed' | 'Offline' | 'SignOutFailed';

/** VS Code passes on name, message, code and every cause, so there is no cause: it may have words and paths that are for the log alone. */
export class SessionError extends Error {
  override readonly name: SessionErrorName;
  readonly code: ErrorCode;

  constructor(name: SessionErrorName, error: AppError) {
    super(errorText(error).message);
    this.name = name;
    this.code = error.code;
  }
}
