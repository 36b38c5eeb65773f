import { Disposable, InputBoxValidationSeverity, window } from 'vscode';
import type { ApiKeyCheck } from '../checkApiKey.ts';
import { asAppError, AppError } from '../../base/errors.ts';
import { texts } from './texts.ts';
import { errorText } from '../../shell/errorTexts.ts';

export interface PastedKey {
  readonly secret: string;
  readonly finding: ApiKeyCheck;
}

export interface ApiKeyInputOptions {
  readonly title: string;
  /** The host that it is checked at. */
  readonly host: string;
  /** What speaks against a key before it is shown to anybody. */
  readonly objection: (secret: string) => string | undefined;
  /** Until the box is closed. @throws AppError */
  readonly check: (secret: string, signal: AbortSignal) => Promise<ApiKeyCheck>;
}

/**
 * A box that shows what is pasted to nobody, and stays open until the API takes it: what can be mended by another key, or by
 * trying again, is said in it.
 * @throws AppError `cancelled`, or what has to be mended elsewhere
 */
export async function askForKey({ title, host, objection, check }: ApiKeyInputOptions): Promise<PastedKey> {
  const box = window.createInputBox();
  box.title = title;
  box.prompt = texts.keyPrompt(host);
  box.placeholder = texts.keyPlaceholder();
  box.password = true;
  box.ignoreFocusOut = true;
  const done = Promise.withResolvers<PastedKey>();
  const closed = new AbortController();
  const complain = (message: string) => {
    box.validationMessage = { message, severity: InputBoxValidationSeverity.Error };
  };
  const tryKey = async () => {
    const secret = box.value.trim();
    const against = secret === '' ? texts.keyEmpty() : isKeyLike(secret) ? objection(secret) : texts.malformed();
    if (against !== undefined) {
      complain(against);
      return;
    }
    box.enabled = false;
    box.busy = true;
    box.validationMessage = { message: texts.checking(), severity: InputBoxValidationSeverity.Info };
    try {
      done.resolve({ secret, finding: await check(secret, closed.signal) });
    } catch (error) {
      const { message, action } = errorText(asAppError(error).code);
      if (action !== 'retry') done.reject(asAppError(error));
      else if (!closed.signal.aborted) complain(message);
    } finally {
      box.enabled = true;
      box.busy = false;
    }
  };
  const listening = Disposable.from(
    box.onDidAccept(() => void tryKey()),
    box.onDidChangeValue(() => {
      box.validationMessage = undefined;
    }),
    box.onDidHide(() => {
      closed.abort();
      done.reject(new AppError('cancelled'));
    }),
  );
  box.show();
  try {
    return await done.promise;
  } finally {
    listening.dispose();
    box.dispose();
  }
}

/** A header takes no space and no sign beyond ASCII, and what was copied may have brought some along. */
function isKeyLike(value: string): boolean {
  return /^[\x21-\x7e]{8,512}$/.test(value);
}
