/** What the pure files of `ui/` folders need of the host's API, for tests that run outside of it. */

type Argument = string | number | boolean;
interface Message {
  readonly message: string;
  readonly args?: readonly Argument[] | Readonly<Record<string, Argument>>;
  readonly comment?: string | readonly string[];
}

export const l10n = {
  t(text: string | Message, ...given: readonly (Argument | Readonly<Record<string, Argument>>)[]): string {
    const [first] = given;
    const message = typeof text === 'string' ? text : text.message;
    const args = typeof text !== 'string' ? (text.args ?? {}) : typeof first === 'object' ? first : given;
    const values = new Map(Object.entries(args as Readonly<Record<string, Argument>>));
    return message.replace(/\{(\w+)\}/g, (whole, name: string) => String(values.get(name) ?? whole));
  },
};

export const env = { language: 'en' };

export class MarkdownString {
  isTrusted: unknown;
  readonly value: string;
  readonly supportThemeIcons: boolean;

  constructor(value: string, supportThemeIcons: boolean) {
    this.value = value;
    this.supportThemeIcons = supportThemeIcons;
  }
}

export class ThemeColor {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

export class EventEmitter<T> {
  readonly #listeners = new Set<(event: T) => void>();

  readonly event = (listener: (event: T) => void): { dispose: () => void } => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  fire(event: T): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

export class CancellationError extends Error {
  constructor() {
    super('Canceled');
    this.name = this.message;
  }
}

export class Disposable {
  readonly #dispose: () => unknown;

  static from(...all: readonly { dispose: () => unknown }[]): Disposable {
    return new Disposable(() => {
      for (const each of all) each.dispose();
    });
  }

  constructor(dispose: () => unknown) {
    this.#dispose = dispose;
  }

  dispose(): void {
    this.#dispose();
  }
}

export class LanguageModelTextPart {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
}

export class LanguageModelToolCallPart {
  readonly callId: string;
  readonly name: string;
  readonly input: object;

  constructor(callId: string, name: string, input: object) {
    this.callId = callId;
    this.name = name;
    this.input = input;
  }
}

export class LanguageModelToolResultPart {
  readonly callId: string;
  readonly content: readonly unknown[];

  constructor(callId: string, content: readonly unknown[]) {
    this.callId = callId;
    this.content = content;
  }
}

export class LanguageModelPromptTsxPart {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

export class LanguageModelDataPart {
  readonly data: Uint8Array;
  readonly mimeType: string;

  constructor(data: Uint8Array, mimeType: string) {
    this.data = data;
    this.mimeType = mimeType;
  }
}

export class LanguageModelThinkingPart {
  readonly value: string;
  readonly id: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;

  constructor(value: string, id?: string, metadata?: Readonly<Record<string, unknown>>) {
    this.value = value;
    this.id = id;
    this.metadata = metadata;
  }
}

export class LanguageModelError extends Error {
  readonly code: string;

  static NoPermissions = (message: string) => new LanguageModelError(message, 'NoPermissions');
  static NotFound = (message: string) => new LanguageModelError(message, 'NotFound');
  static Blocked = (message: string) => new LanguageModelError(message, 'Blocked');

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

export const LanguageModelChatMessageRole = { User: 1, Assistant: 2 } as const;
export const LanguageModelChatToolMode = { Auto: 1, Required: 2 } as const;
export const ConfigurationTarget = { Global: 1 } as const;
export const ProgressLocation = { Window: 10 } as const;
export const QuickPickItemKind = { Separator: -1 } as const;

/** Nothing is set, and nobody presses anything: what a test needs of these comes through constructors. */
export const workspace = { getConfiguration: () => ({ get: () => undefined }) };
export const window = {};
export const commands = { executeCommand: () => Promise.resolve() };
export const extensions = { all: [] as const, getExtension: () => undefined };
export const authentication = {};
