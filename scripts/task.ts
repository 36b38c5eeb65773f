// Runs the task that is named, and tells an expected refusal in its own words instead of a stack.
import { Refusal } from './refusal.ts';

const [file = ''] = process.argv.splice(2, 1);
try {
  await import(`./tasks/${file}`);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exit(1);
}
