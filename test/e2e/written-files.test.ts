// Runs last: closes the VS Code that the files of this folder share, and searches all files that it has written.
import { it } from 'vitest';
import { showsStatus, signInAs, useStage } from './stage.ts';

useStage(
  stage => {
    it('a last person signs in', async () => {
      await signInAs(stage, 'ada');
      await showsStatus(stage, 'Plus · 5h 66% · wk 42% left');
    });
  },
  { isLast: true },
);
