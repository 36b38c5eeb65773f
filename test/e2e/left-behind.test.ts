// Runs last: it closes the VS Code that the files of this folder share, and looks through all that they have left.
import { it } from 'vitest';
import { showsStatus, signInAs, useStage } from './stage.ts';

useStage(
  stage => {
    it('a person signs in for the last time', async () => {
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
    });
  },
  { isLast: true },
);
