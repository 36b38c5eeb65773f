import { consumerId, consumersOfNewWindow, secondConsumerId, type Consumer } from './consumer.ts';
import { WorkbenchWindow } from './window.ts';

/** Opens another window in the same browser, with both consumers. */
export async function openSecondWindow(): Promise<{ second: WorkbenchWindow; there: Consumer; otherThere: Consumer }> {
  let second: WorkbenchWindow | undefined;
  const [there, otherThere] = await consumersOfNewWindow([consumerId, secondConsumerId], async () => {
    second = await WorkbenchWindow.open();
  });
  if (!second || !there || !otherThere) throw new Error('No window was opened.');
  return { second, there, otherThere };
}
