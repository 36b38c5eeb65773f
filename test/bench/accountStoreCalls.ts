// `getSession` from memory and vault, beside the same call to a provider that returns a variable, which is VS Code's own cost.
import { packageExtension } from '../../scripts/package.ts';
import { dialogButton, settingsOf, startWorkbench, statusItem } from '../e2e/workbench.ts';
import { startSimulator } from '../simulator/client.ts';
import { askCaller, callerFolder } from './askCaller.ts';
import { median, ms } from './figures.ts';

const rounds = 500;
const warmUp = 50;

interface Times {
  readonly ours: readonly number[];
  readonly trivial: readonly number[];
}

await packageExtension({ quiet: true });
const simulator = await startSimulator();
try {
  const workbench = await startWorkbench({
    settings: { ...settingsOf(simulator), 'chatgptSignIn.signInMethod': 'browser' },
    extensions: [callerFolder],
  });
  try {
    const page = await workbench.openWindow(await workbench.newBrowser());
    await statusItem(page).filter({ hasText: 'Sign in' }).waitFor();
    await simulator.set({ autoApprove: 'ada' });
    const ask = await askCaller(workbench);
    for (const name of ['ours', 'trivial']) {
      const signedIn = ask<boolean>('signIn', name);
      await dialogButton(page, 'Allow').click();
      if (!(await signedIn)) throw new Error(`Nobody signed in to ${name}.`);
    }
    await page.bringToFront();
    await statusItem(page).filter({ hasText: 'Plus' }).waitFor();
    await ask<Times>('measure', warmUp);
    const { ours, trivial } = await ask<Times>('measure', rounds);
    console.log(`getSession, ${rounds} calls in turn: ours ${ms(ours)}, a trivial provider ${ms(trivial)}`);
    console.log(`  ratio of the medians ${(median(ours) / median(trivial)).toFixed(2)}`);
  } finally {
    await workbench.close();
  }
} finally {
  await simulator.stop();
}
