import { consumerOfNewWindow, type Consumer } from './consumer.ts';
import { WorkbenchWindow } from './window.ts';

/** Opens another window in the same browser, with the consumer. */
export async function openSecondWindow(): Promise<{ second: WorkbenchWindow; there: Consumer }> {
  let second: WorkbenchWindow | undefined;
  const there = await consumerOfNewWindow(async () => {
    second = await WorkbenchWindow.open();
  });
  if (!second) throw new Error('No window was opened.');
  return { second, there };
}
