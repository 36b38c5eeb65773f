import { commands, env, window } from 'vscode';
import type { Clock } from '../../base/clock.ts';
import type { Alert } from '../alerts.ts';
import type { UsageRecorder } from '../polling/usageRecorder.ts';
import { statusTexts } from './statusTexts.ts';
import { texts } from './texts.ts';
import { usageSettings } from './settings.ts';

/** Shows alerts, in the VS Code window that raised them. */
export class UsageNotifications {
  readonly #recorder: Pick<UsageRecorder, 'onAlert' | 'mute'>;
  readonly #clock: Clock;
  readonly #stopListening: () => void;

  constructor({ recorder, clock }: { recorder: Pick<UsageRecorder, 'onAlert' | 'mute'>; clock: Clock }) {
    this.#recorder = recorder;
    this.#clock = clock;
    this.#stopListening = recorder.onAlert(({ hash, alert }) => void this.#show(hash, alert));
  }

  dispose(): void {
    this.#stopListening();
  }

  async #show(hash: string, alert: Alert): Promise<void> {
    const { alertText } = await import('./alertText.ts');
    const { clock } = usageSettings();
    const sentence = alertText(alert, this.#clock.now(), { language: env.language, clock });
    const show = alert.kind === 'spent' || alert.kind === 'critical' ? window.showWarningMessage : window.showInformationMessage;
    const choice = await show(sentence, statusTexts.showUsage(), texts.muteAlerts());
    if (choice === statusTexts.showUsage()) await commands.executeCommand('chatgptSignIn.showUsage');
    if (choice === texts.muteAlerts()) await this.#recorder.mute(hash, alert.window);
  }
}
