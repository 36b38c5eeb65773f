import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** OpenAI's client comes back to two ports of this machine, so one at a time. */
const bindsRegisteredPorts = ['test/unit/oauth/registeredPorts.test.ts', 'test/unit/codexCli/{simulatorWithCodexCli,realCodexCli}.test.ts'];

/** Many processes, which are killed and stopped: nothing else runs beside them, so that their time is theirs. */
const startsManyProcesses = ['test/unit/**/processes/**/*.test.ts'];

/** Thousands of cases each, made by chance. */
const triesManyCases = ['test/unit/**/{fuzz,properties}/**/*.test.ts'];

const unit = {
  resolve: { alias: { vscode: fileURLToPath(new URL('test/unit/vscode.ts', import.meta.url)) } },
};

/** Browser tests that want a VS Code of their own first, then those that share one, and at last the file that closes it. */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const turn = ({ moduleId }: TestSpecification) =>
      moduleId.includes('/e2e/fresh/') ? 0 : moduleId.endsWith('/written-files.test.ts') ? 2 : 1;
    return sorted.sort((a, b) => turn(a) - turn(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: InOrder },
    projects: [
      {
        ...unit,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: [...bindsRegisteredPorts, ...startsManyProcesses, ...triesManyCases],
          environment: 'node',
          // No module that these tests load keeps a state that another file could see.
          isolate: false,
          maxWorkers: 2,
          testTimeout: 20_000,
        },
      },
      {
        ...unit,
        test: {
          name: 'slow',
          include: triesManyCases,
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
          // One process for all files, so that they can share a VS Code.
          isolate: false,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
