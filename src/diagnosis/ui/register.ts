import type { Disposable } from 'vscode';
import type { Core } from '../../core.ts';
import { registerCommands } from '../../shell/commands.ts';
import type { Probes } from './diagnosis.ts';

export function register(core: Core, probes: Probes): Disposable {
  return registerCommands({
    diagnose: async () => {
      const { showDiagnosis } = await import('./diagnosis.ts');
      await showDiagnosis(core, probes);
    },
  });
}
