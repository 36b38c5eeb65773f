/** What the pure files of src/vscode need of the host's API, for tests that run outside of it. */

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
