import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** OpenAI's client comes back to two ports of this machine, so one at a time. */
const bindsRegisteredPorts = ['test/unit/oauth/registeredPorts.test.ts', 'test/unit/codexCli/{wholeLife,realCodexCli}.test.ts'];

/** Many processes, which are killed and stopped: nothing else runs beside them, so that their time is theirs. */
const startsManyProcesses = ['test/unit/accounts/store/processes/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: { vscode: fileURLToPath(new URL('test/unit/vscode.ts', import.meta.url)) } },
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: [...bindsRegisteredPorts, ...startsManyProcesses],
          environment: 'node',
          maxWorkers: 2,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'ports',
          include: bindsRegisteredPorts,
          environment: 'node',
          fileParallelism: false,
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'processes',
          include: startsManyProcesses,
          environment: 'node',
          fileParallelism: false,
          testTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
