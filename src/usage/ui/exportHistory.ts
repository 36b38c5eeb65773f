import { homedir } from 'node:os';
import { Uri, window, workspace } from 'vscode';
import { asAppError } from '../../base/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { historyAsCsv, historyAsJson } from '../historyFile.ts';
import type { UsageRecorder } from '../polling/usageRecorder.ts';
import { showError } from '../../shell/showError.ts';
import { texts } from './texts.ts';

export interface HistoryExportOptions {
  readonly recorder: Pick<UsageRecorder, 'history'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Writes an account's history to a file that the person chooses; its extension decides the format. */
export async function exportHistory(hash: string, { recorder, clock, log }: HistoryExportOptions): Promise<void> {
  try {
    const samples = await recorder.history(hash);
    if (!samples) {
      void showError({ code: 'vaultLocked' });
      return;
    }
    if (samples.length === 0) {
      void window.showInformationMessage(texts.noHistory());
      return;
    }
    const name = `chatgpt-usage-${new Date(clock.now()).toISOString().slice(0, 10)}.csv`;
    const file = await window.showSaveDialog({
      title: texts.exportHistory(),
      defaultUri: Uri.joinPath(Uri.file(homedir()), name),
      filters: { CSV: ['csv'], JSON: ['json'] },
    });
    if (!file) return;
    const write = file.path.toLowerCase().endsWith('.json') ? historyAsJson : historyAsCsv;
    // The person chose the place, and the file is new.
    // eslint-disable-next-line no-restricted-syntax
    await workspace.fs.writeFile(file, new TextEncoder().encode(write(samples)));
    void window.showInformationMessage(texts.historyExported(samples.length));
  } catch (error) {
    log.error('the history was not exported', error);
    const failure = asAppError(error);
    if (failure.code === 'unexpected') void window.showErrorMessage(texts.exportFailed());
    else void showError(failure);
  }
}
