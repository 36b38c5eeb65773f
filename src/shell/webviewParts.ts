// The files of the extension itself, which are no databases.
// eslint-disable-next-line no-restricted-imports
import { readFile } from 'node:fs/promises';
import { Uri } from 'vscode';

/** Style and script of a webview's page, as the build has put them beside the extension. */
export async function webviewParts(extensionUri: Uri, name: string): Promise<{ style: string; script: string }> {
  const read = (ending: string) => readFile(Uri.joinPath(extensionUri, 'dist', `${name}.${ending}`).fsPath, 'utf8');
  const [style, script] = await Promise.all([read('css'), read('js')]);
  return { style, script };
}
