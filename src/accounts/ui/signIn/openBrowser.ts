import type { Uri } from 'vscode';
import { env } from 'vscode';

/** As a string, past the typings: a `Uri` is encoded anew on its way and arrives with other bytes. */
export function openBrowser(url: string): Promise<unknown> {
  return Promise.resolve(env.openExternal(url as unknown as Uri));
}
