import { describe, expect, it } from 'vitest';
import type { AccessAnswer, AccessEntry } from '../../../src/models/access.ts';
import { ModelAccess } from '../../../src/models/access.ts';
import { ManualClock } from '../support/clock.ts';

class Person {
  readonly questions: (string | undefined)[] = [];
  stored: readonly AccessEntry[] = [];
  readonly clock = new ManualClock();
  readonly access = new ModelAccess({
    memory: {
      get: () => this.stored,
      set: entries => {
        this.stored = entries;
        return Promise.resolve();
      },
    },
    clock: this.clock,
    ownId: 'unofficial.chatgpt-sign-in',
    ask: id => {
      this.questions.push(id);
      return this.answer;
    },
  });
  answer: Promise<AccessAnswer>;

  constructor(answer: AccessAnswer | Promise<AccessAnswer>) {
    this.answer = Promise.resolve(answer);
  }
}

describe('access to the models', () => {
  it.each(['unofficial.chatgpt-sign-in', 'github.copilot-chat', 'GitHub.copilot-chat', 'core'])('%s is never asked for', async id => {
    const { access, questions } = new Person('never');
    expect(await access.isAllowed(id)).toBe(true);
    expect(questions).toEqual([]);
  });

  it('an extension is asked for once, and its requests are counted', async () => {
    const person = new Person('allow');
    const { access, clock } = person;
    expect(await access.isAllowed('Acme.Agent')).toBe(true);
    await access.used('acme.agent');
    await access.used('acme.agent');
    expect(await access.isAllowed('acme.agent')).toBe(true);
    expect(person.questions).toEqual(['acme.agent']);
    expect(access.entries).toEqual([{ extensionId: 'acme.agent', access: 'allowed', requests: 2, usedAt: clock.now() }]);
  });

  it('eight requests of two extensions at once: one question each, one after the other [R76]', async () => {
    const { promise, resolve } = Promise.withResolvers<AccessAnswer>();
    const person = new Person(promise);
    const ids = ['a.a', 'b.b', 'a.a', 'b.b', 'a.a', 'b.b', 'a.a', 'b.b'];
    const answers = Promise.all(ids.map(id => person.access.isAllowed(id)));
    await new Promise(setImmediate);
    expect(person.questions).toEqual(['a.a']);
    resolve('allow');
    expect(await answers).toEqual(ids.map(() => true));
    expect(person.questions).toEqual(['a.a', 'b.b']);
  });

  it('"not now" holds in this window until models are switched off and on', async () => {
    const person = new Person('notNow');
    expect(await person.access.isAllowed('a.a')).toBe(false);
    expect(await person.access.isAllowed('a.a')).toBe(false);
    expect(person.questions).toHaveLength(1);
    expect(person.access.entries).toEqual([]);
    person.access.askAgain();
    await person.access.isAllowed('a.a');
    expect(person.questions).toHaveLength(2);
  });

  it('"never" is kept, and can be taken back [R76]', async () => {
    const person = new Person('never');
    expect(await person.access.isAllowed('a.a')).toBe(false);
    person.access.askAgain();
    expect(await person.access.isAllowed('a.a')).toBe(false);
    expect(person.questions).toHaveLength(1);
    await person.access.allowQuestion('a.a');
    await person.access.isAllowed('a.a');
    expect(person.questions).toHaveLength(2);
  });

  it.each([
    ['allow', true],
    ['never', false],
  ] as const)('whoever VS Code does not name is asked for once a window: %s', async (answer, expected) => {
    const person = new Person(answer);
    expect(await person.access.isAllowed(undefined)).toBe(expected);
    expect(await person.access.isAllowed(undefined)).toBe(expected);
    expect(person.questions).toEqual([undefined]);
    expect(person.access.entries).toEqual([]);
  });

  it('a question that fails is asked again', async () => {
    const person = new Person(Promise.reject(new Error('The window closes.')));
    await expect(person.access.isAllowed('a.a')).rejects.toThrow();
    person.answer = Promise.resolve('allow');
    expect(await person.access.isAllowed('a.a')).toBe(true);
  });
});
