// What a person sees and does in a window, by way of the launcher: in the server's host only.
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

  /** Waits for the box that asks for this, writes into it and accepts it. */
  async enter(asked: string, text: string): Promise<void> {
    await ask(`/windows/${this.id}/enter`, { asked, text });
  }

  /** Runs a command by the palette. */
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

  /** The modal dialog in front, once there is one. */
  async dialog(): Promise<string> {
    return await until('a modal dialog', async () => (await this.text()).dialogs[0]);
  }

  /** Waits for a notification with this text, in the list: while tests run, VS Code shows no toasts. */
  async tells(text: string): Promise<void> {
    await ask(`/windows/${this.id}/command`, { title: 'Notifications: Show Notifications' });
    await until(`the notification "${text}"`, async () => (await this.text()).notifications.some(each => each.includes(text)));
  }

  /** Waits until the sign-in panel says so. */
  async panelSays(text: string): Promise<void> {
    await until(`"${text}" in the panel`, async () => (await ask<string | null>(`/windows/${this.id}/panel`))?.includes(text));
  }

  async status(): Promise<{ text: string; ariaLabel: string } | null> {
    return await ask(`/windows/${this.id}/statusbar`);
  }

  /** Waits until the status bar item says so, in its text and to a screen reader. */
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

/** The window that the tests run in. */
export const testWindow = new WorkbenchWindow('1');

/** Tests of what a person sees. Without the launcher they are skipped, with the reason in their name. */
export function describeWindows(title: string, tests: () => void): void {
  if (control === undefined) describe.skip(`${title} (skipped: only the server host shows the tests what a person sees)`, tests);
  else describe(title, tests);
}
