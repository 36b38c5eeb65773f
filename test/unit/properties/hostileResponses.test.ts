/**
 * Sign-in, refresh, usage and sign-out against any response, in any order, on a clock that jumps. RUNS sets the number of runs and
 * SEED their choice; both are printed. A failure names the path of its smallest case, which SEED and REPLAY run again alone.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StoredAccount } from '../../../src/accounts/store/storedAccount.ts';
import { AppError } from '../../../src/base/errors.ts';
import type { Exchange } from './machine.ts';
import { Machine } from './machine.ts';
import type { Step } from './program.ts';
import { people, steps } from './program.ts';
import { finalWords, huge, isPage, wordIn } from './replies.ts';
import { isTrue, isUsageFailureTrue } from './truth.ts';

const runs = Number(process.env['RUNS'] ?? 400);
const seed = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
const path = process.env['REPLAY'];
const timeout = 120_000 + runs * 200;
const everyone = Array.from({ length: people }, (_, person) => person);
const day = 86_400_000;

/** The requests of one act that may reach the service; what never left this machine may be tried again. */
const mostRequests = { signIn: 4, use: 2, expiredUse: 2, readUsage: 6, reportRefused: 2, signOut: 4 };

it(
  'no response, order or clock ends a session without its token endpoint, touches another account, or makes us say something untrue [R69]',
  async () => {
    console.info(`SEED=${seed} RUNS=${runs}`);
    const total = { steps: 0, requests: 0, expired: 0, errors: 0 };
    const property = fc.asyncProperty(steps, async all => {
      const run = new Run();
      try {
        await run.start();
        for (const step of all) await run.take(step);
        await run.check();
      } finally {
        for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += run.counts[name];
        await run.machine.dispose();
      }
    });
    await fc.assert(property, {
      seed,
      numRuns: runs,
      ...(path === undefined ? {} : { path, endOnFailure: true }),
      interruptAfterTimeLimit: timeout,
      markInterruptAsFailure: true,
    });
    console.info(JSON.stringify(total));
    expect(total.expired).toBeGreaterThan(0);
  },
  timeout + 60_000,
);

class Run {
  readonly machine = new Machine();
  readonly counts = { steps: 0, requests: 0, expired: 0, errors: 0 };
  /** The replies to each person's refreshes since the sign-in, oldest first. */
  readonly #refreshes = new Map<number, Exchange[]>();

  async start(): Promise<void> {
    for (const person of everyone) await this.machine.run([], () => this.machine.signIn(person));
  }

  async take(step: Step): Promise<void> {
    this.counts.steps++;
    if (step.kind === 'wait') this.machine.wait(step.ms);
    else if (step.kind === 'setClock') this.machine.setClock(step.by);
    else await this.#act(step);
  }

  /** Whoever is still signed in can be used again once the service is well and its token has expired. */
  async check(): Promise<void> {
    this.machine.wait(12 * day);
    for (const person of everyone) {
      const account = await this.machine.stored(person);
      // A session that its token endpoint has ended lasts as long as its access token.
      if (!account || account.state === 'expired' || isFinal(this.#refreshes.get(person) ?? [])) continue;
      const options = { correlationId: 'test' };
      const info = await this.machine.infoOf(person);
      // Tells the service's time again, about which an earlier response may have lied.
      if (info) await this.machine.run([], () => this.machine.readUsage(info));
      await this.machine.run([], () => this.machine.store.credential(account.hash, options));
      expect((await this.machine.stored(person))?.state, 'an account is ready once the service is well').toBe('ready');
    }
  }

  async #act(step: Exclude<Step, { kind: 'wait' | 'setClock' }>): Promise<void> {
    if (step.kind === 'expiredUse') this.machine.wait(11 * day);
    const before = await Promise.all(everyone.map(person => this.machine.stored(person)));
    const { kind, person } = step;
    const { problem } = await this.#attempt(step);
    const { exchanges } = this.machine;
    this.counts.requests += exchanges.length;
    const arrived = exchanges.filter(({ reply }) => reply.kind !== 'failure');
    expect(arrived.length, `requests of ${kind}`).toBeLessThanOrEqual(mostRequests[kind]);
    if (kind === 'signIn' && !problem) this.#refreshes.delete(person);
    const refreshes = [...(this.#refreshes.get(person) ?? []), ...exchanges.filter(({ route }) => route === 'refresh')];
    this.#refreshes.set(person, refreshes);
    for (const each of everyone) {
      const after = await this.machine.stored(each);
      if (each === person) this.#checkOwn(step, before[each], after, refreshes);
      else expect(after, 'another account is as it was').toEqual(before[each]);
    }
    if (!problem) return;
    this.counts.errors++;
    const isExpired = (await this.machine.stored(person))?.state === 'expired';
    const isSignedIn = (await this.machine.stored(person)) !== undefined;
    expect({ problem: problem.code, isTrue: isTrue(problem.code, { exchanges, refreshes, isExpired, isSignedIn }) }).toMatchObject({
      isTrue: true,
    });
  }

  #checkOwn({ kind }: Step, before: StoredAccount | undefined, after: StoredAccount | undefined, refreshes: readonly Exchange[]): void {
    if (before && !after) expect(kind, 'only a sign-out deletes an account').toBe('signOut');
    if (after?.state !== 'expired' || before?.state === 'expired') return;
    this.counts.expired++;
    expect(isFinal(refreshes), `a session ended after ${JSON.stringify(refreshes.at(-1)?.reply)}`).toBe(true);
  }

  /** @returns the error that a person or another extension would meet */
  async #attempt({ kind, person, replies }: Exclude<Step, { kind: 'wait' | 'setClock' }>): Promise<{ problem?: AppError }> {
    const { machine } = this;
    try {
      const account = await machine.stored(person);
      const info = await machine.infoOf(person);
      if (kind === 'signIn') await machine.run(replies, () => machine.signIn(person));
      else if (!account || !info) await machine.run([], () => Promise.resolve());
      else if (kind === 'use' || kind === 'expiredUse')
        await machine.run(replies, () => machine.store.credential(account.hash, { correlationId: 'test' }));
      else if (kind === 'reportRefused') {
        await machine.run(replies, async () => {
          await machine.accounts.reportRefused(account.id, account.tokens.accessToken, 'test');
        });
      } else if (kind === 'signOut') await machine.run(replies, () => machine.store.disconnect(account.hash, { correlationId: 'test' }));
      else {
        const outcome = await machine.run(replies, () => machine.readUsage(info));
        if ('kind' in outcome) {
          const isExpired = (await machine.stored(person))?.state === 'expired';
          const { exchanges } = machine;
          expect({
            outcome,
            isTrue: isUsageFailureTrue(outcome, { exchanges, refreshes: this.#refreshes.get(person) ?? [], isExpired, isSignedIn: true }),
          }).toMatchObject({ isTrue: true });
        }
      }
      return {};
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'unexpected') throw error;
      return { problem: error };
    }
  }
}

/** Whether the last word of an account's own token endpoint ends its session: a final code word, or one refusal that stays for a day. */
function isFinal(refreshes: readonly Exchange[]): boolean {
  const refusals = refreshes.map(({ reply }) =>
    reply.kind === 'response' && reply.status >= 400 && reply.status < 500 && reply.status !== 429 && !isPage(reply) && reply.body !== huge
      ? reply
      : undefined,
  );
  const last = refusals.at(-1);
  if (!last) return false;
  const word = wordIn(last.body);
  if (word !== undefined && finalWords.includes(word)) return true;
  const isSame = (each: (typeof refusals)[number]) =>
    each !== undefined && (word === undefined ? [401] : [401, 403]).includes(each.status) && wordIn(each.body) === word;
  const since = refusals.findLastIndex(each => !isSame(each)) + 1;
  const [first, latest] = [refreshes[since], refreshes.at(-1)];
  return refusals.length - since >= 3 && first !== undefined && latest !== undefined && latest.at - first.at >= day;
}
