// One account through a thousand rotations and five hundred kills, by real processes: `-- --rotations 1000 --kills 500 --seed 1`.
import { parseArgs } from 'node:util';
import { execute } from '../execute.ts';
import { Refusal } from '../refusal.ts';

const { values } = parseArgs({
  options: { rotations: { type: 'string', default: '1000' }, kills: { type: 'string', default: '500' }, seed: { type: 'string' } },
});
const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 32));
for (const [name, value] of Object.entries({ ...values, seed })) {
  if (!/^\d+$/.test(value)) throw new Refusal(`--${name} is a whole number.`);
}
const env = { ...process.env, SOAK_ROTATIONS: values.rotations, SOAK_KILLS: values.kills, SOAK_SEED: seed };
process.exitCode = await execute('vitest', ['run', '--project', 'processes', 'rotations', 'kills'], { env });
