import { checks } from '../checks.ts';
import { execute } from '../execute.ts';
import { say } from '../say.ts';

for (const { name, command, args } of checks) {
  say(`Checking ${name} …`);
  if ((await execute(command, args)) !== 0) process.exitCode = 1;
}
