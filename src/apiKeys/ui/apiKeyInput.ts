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
  /** The host that checks the key. */
  readonly host: string;
  /** Why a key is not sent to the API at all. */
  readonly objection: (secret: string) => string | undefined;
  /** Aborted when the box is closed. @throws AppError */
  readonly check: (secret: string, signal: AbortSignal) => Promise<ApiKeyCheck>;
}

/**
 * A password box that stays open until the API accepts the key. It shows errors that another key or another try can fix.
 * @throws AppError `cancelled`, or an error that has to be fixed elsewhere
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
  const showProblem = (message: string) => {
    box.validationMessage = { message, severity: InputBoxValidationSeverity.Error };
  };
  const tryKey = async () => {
    const secret = box.value.trim();
    const problem = secret === '' ? texts.keyEmpty() : isKeyLike(secret) ? objection(secret) : texts.malformed();
    if (problem !== undefined) {
      showProblem(problem);
      return;
    }
    box.enabled = false;
    box.busy = true;
    box.validationMessage = { message: texts.checking(), severity: InputBoxValidationSeverity.Info };
    try {
      done.resolve({ secret, finding: await check(secret, closed.signal) });
    } catch (error) {
      const { message, action } = errorText(asAppError(error));
      if (action !== 'retry') done.reject(asAppError(error));
      else if (!closed.signal.aborted) showProblem(message);
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

/** An HTTP header takes no space and no character beyond ASCII, which a copied text may contain. */
function isKeyLike(value: string): boolean {
  return /^[\x21-\x7e]{8,512}$/.test(value);
}
