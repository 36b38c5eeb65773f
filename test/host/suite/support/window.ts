// What a person sees and does in a window, by the launcher and so only in the server's extension host.
import { until } from './until.ts';

const control = process.env['HOST_CONTROL'];

async function ask<T>(route: string, order?: object): Promise<T> {
  if (control === undefined) throw new Error('Only the launcher of the server host can tell what a person sees.');
  const response = await fetch(`${control}${route}`, order ? { method: 'POST', body: JSON.stringify(order) } : {});
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${route}: ${JSON.stringify(answer)}`);
  return answer as T;
}

export class WorkbenchWindow {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  static async open(): Promise<WorkbenchWindow> {
    return new WorkbenchWindow((await ask<{ id: string }>('/windows/open', {})).id);
  }

  async reload(): Promise<void> {
    await ask(`/windows/${this.id}/reload`, {});
  }

  async close(): Promise<void> {
    await ask(`/windows/${this.id}/close`, {});
  }

  async click(name: string): Promise<void> {
    await ask(`/windows/${this.id}/click`, { name });
  }

  /** Waits for a Quick Pick, and returns the labels of its rows. */
  async rows(): Promise<string[]> {
    return await until('a Quick Pick', async () => {
      const rows = await ask<string[]>(`/windows/${this.id}/rows`, {});
      return rows.length > 0 && rows;
    });
  }

  async choose(label: string): Promise<void> {
    await ask(`/windows/${this.id}/choose`, { label });
  }

  /** Waits for the input box with this text, fills it and accepts it. */
  async enter(prompt: string, text: string): Promise<void> {
    await ask(`/windows/${this.id}/enter`, { prompt, text });
  }

  /** Runs a command from the Command Palette. */
  async command(title: string): Promise<void> {
    await ask(`/windows/${this.id}/command`, { title });
  }

  /** The labels of the Accounts menu. */
  async accountsMenu(): Promise<string[]> {
    return await ask(`/accounts-menu?window=${this.id}`);
  }

  async text(): Promise<{ dialogs: string[]; notifications: string[] }> {
    return await ask(`/windows/${this.id}/text`);
  }

  /** Waits for a modal dialog, and returns the one in front. */
  async dialog(): Promise<string> {
    return await until('a modal dialog', async () => (await this.text()).dialogs[0]);
  }

  /** Waits for a notification with this text in the list: VS Code shows no toasts during tests. */
  async tells(text: string): Promise<void> {
    await ask(`/windows/${this.id}/command`, { title: 'Notifications: Show Notifications' });
    await until(`the notification "${text}"`, async () => (await this.text()).notifications.some(each => each.includes(text)));
  }

  /** Waits until the sign-in panel shows this text. */
  async panelSays(text: string): Promise<void> {
    await until(`"${text}" in the panel`, async () => (await ask<string | null>(`/windows/${this.id}/panel`))?.includes(text));
  }

  async status(): Promise<{ text: string; ariaLabel: string } | null> {
    return await ask(`/windows/${this.id}/statusbar`);
  }

  /** Waits until the status bar item has this text and this label for screen readers. */
  async statusSays(text: string | RegExp, label: string | RegExp = /./): Promise<void> {
    let last: { text: string; ariaLabel: string } | null = null;
    try {
      await until('the status bar', async () => {
        last = await this.status();
        return last !== null && isAsWanted(last.text, text) && isAsWanted(last.ariaLabel, label);
      });
    } catch {
      throw new Error(`The status bar of window ${this.id} says ${JSON.stringify(last)}, not ${String(text)}, ${String(label)}.`);
    }
  }
}

function isAsWanted(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : wanted.test(text);
}

/** Lets the seconds be over that keep a person's readings apart. The launcher does it: closing the file here would drop the extension's locks. */
export async function passSpacing(): Promise<void> {
  await ask('/usage/pass-spacing', {});
}

/** The window of the tests. */
export const testWindow = new WorkbenchWindow('1');

/** Tests of what a person sees, which are skipped without the launcher. */
export function describeWindows(title: string, tests: () => void): void {
  if (control === undefined) describe.skip(`${title} (skipped: only the server host shows the tests what a person sees)`, tests);
  else describe(title, tests);
}
