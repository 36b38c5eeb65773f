// The plan's models by vscode.lm: two other extensions use them in a second window, in which VS Code shows dialogs.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { version } from 'vscode';
import type { Fault, RequestEntry, ScriptedItem } from '../../simulator/client.ts';
import type { Answer, Question } from '../consumer/models.ts';
import { labelOf, signIn, simulator, startAfresh } from './support/accounts.ts';
import type { Consumer } from './support/consumer.ts';
import { openSecondWindow } from './support/secondWindow.ts';
import { until } from './support/until.ts';
import { describeWindows, type WorkbenchWindow } from './support/window.ts';

const model = 'gpt-6.1-sol';
/** These words stand for what people ask and get, and are searched for at the end. */
const prompt = 'Prompt canary: quetzal-under-glass.';
const answer = 'Answer canary: heron-on-the-roof.';
const ids: Readonly<Record<string, string>> = {
  Consumer: 'chatgpt-sign-in-tests.consumer',
  'Second Consumer': 'chatgpt-sign-in-tests.second-consumer',
};
const questionAbout = (name: string) => `Allow ${name} (${ids[name] ?? ''}) to use your ChatGPT plan?`;

/** Earlier ones let the request of a provider run to its end. */
const isCancelPassedOn = Number(version.split('.')[1]) >= 127;

const asks = (changes: Partial<Question> = {}): Question => ({ model, messages: [{ role: 'user', content: [prompt] }], ...changes });

describeWindows("The plan's models", () => {
  let second: WorkbenchWindow;
  let there: Consumer;
  let otherThere: Consumer;

  before(async () => {
    ({ second, there, otherThere } = await openSecondWindow());
  });

  after(async () => {
    await startAfresh();
    await second.close();
  });

  beforeEach(async () => {
    await startAfresh();
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
  });

  afterEach(async () => {
    await simulator.reset();
    for (const name of decided.splice(0)) {
      await second.command('ChatGPT: Manage Access to Models');
      await second.rows();
      await second.choose(name);
    }
    // This ends what was decided for now.
    await second.command('ChatGPT: Manage Access to Models');
    await second.command('ChatGPT: Stop Using the Plan in Chat');
    await until('no models', async () => (await there.selectModels()).length === 0);
    await there.runCommand('notifications.clearAll');
  });

  /** The extensions that the person has decided about for longer. */
  const decided: string[] = [];
  /** How often the notice was shown. */
  let notices = 0;

  const modelRequests = async (): Promise<RequestEntry[]> =>
    (await simulator.requests()).filter(({ path: of }) => of.startsWith('/backend-api/codex/'));
  const asked = async () => (await modelRequests()).filter(({ path: of }) => of.endsWith('/responses'));

  const noDialog = async () => {
    assert.deepEqual((await second.text()).dialogs, []);
  };

  /** Signs in, and switches models on as a person does. */
  async function switchOn(): Promise<void> {
    await signIn('ada');
    await second.statusSays(/^Plus/);
    await second.command('ChatGPT: Use the Plan in Chat');
    await until('the models', async () => {
      if ((await second.text()).dialogs.some(text => text.includes("You're using your ChatGPT plan"))) {
        notices += 1;
        await second.click('Got It');
      }
      return (await there.selectModels()).length > 0;
    });
  }

  /** Waits for the question about an extension, and presses a button. */
  async function decide(name: string, button: 'Allow' | 'Not Now' | 'Never'): Promise<void> {
    const asksFor = questionAbout(name);
    await until(`the question about ${name}`, async () => (await second.text()).dialogs.some(text => text.includes(asksFor)));
    await second.click(button);
    if (button !== 'Not Now') decided.push(name);
    await until('the dialog to go', async () => !(await second.text()).dialogs.some(text => text.includes(asksFor)));
  }

  async function allow(): Promise<void> {
    const first = there.askModel(asks());
    await decide('Consumer', 'Allow');
    assert.equal((await first).failed, undefined);
    await simulator.reset();
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
  }

  const codeOf = ({ failed }: Answer) => failed?.code;

  describe('while they are off', () => {
    it('nobody is signed in: there are none, and no request is sent', async () => {
      assert.deepEqual(await there.selectModels(), []);
      assert.deepEqual(await modelRequests(), []);
    });

    it('an account is signed in: there are none, and nothing asks for them', async () => {
      await signIn('ada');
      await second.statusSays(/^Plus/);
      assert.deepEqual(await there.selectModels(), []);
      assert.deepEqual(await modelRequests(), []);
      await noDialog();
    });
  });

  describe('switched on', () => {
    it('the notice comes once, and the models are those of the catalogue, for every extension and window', async () => {
      await switchOn();
      const models = await there.selectModels();
      assert.deepEqual(models.map(({ id, name, maxInputTokens }) => [id, name, maxInputTokens]).sort(), [
        ['gpt-6.1-luna', 'GPT-6.1 Luna', 128_000],
        ['gpt-6.1-sol', 'GPT-6.1 Sol', 272_000],
      ]);
      assert.deepEqual(await otherThere.selectModels(), models);
      await second.command('ChatGPT: Stop Using the Plan in Chat');
      await until('no models', async () => (await there.selectModels()).length === 0);
      await second.command('ChatGPT: Use the Plan in Chat');
      await until('the models', async () => (await there.selectModels()).length > 0);
      await noDialog();
      assert.ok(notices <= 1, `the notice came ${String(notices)} times`);
    });

    it('a tool round works, and brings the reasoning back in order', async () => {
      await switchOn();
      await allow();
      const output: ScriptedItem[] = [
        { reasoning: 'Two at once.' },
        { text: answer },
        { call: 'one', arguments: { a: 1 } },
        { call: 'two' },
      ];
      await simulator.respond({ output });
      const first = await there.askModel(asks({ tools: ['one', 'two'] }));
      assert.deepEqual(
        [first.text, first.calls.map(({ name, input }) => ({ name, input }))],
        [
          answer,
          [
            { name: 'one', input: { a: 1 } },
            { name: 'two', input: {} },
          ],
        ],
      );
      const results = first.calls.map(({ callId }) => ({ callId, result: 'done' }));
      const round = [
        ...asks().messages,
        { role: 'assistant' as const, content: [first.text, ...first.calls] },
        { role: 'user' as const, content: results },
      ];
      await simulator.respond({ output: [{ reasoning: 'Done.' }, { text: answer }] });
      const next = await there.askModel(asks({ messages: round, tools: ['one', 'two'] }));
      assert.deepEqual([next.text, next.failed], [answer, undefined]);
      // The simulator refuses reasoning that is missing or out of place.
      assert.deepEqual(
        (await asked()).map(({ status }) => status),
        [200, 200],
      );
    });

    it('the status bar equals what the service knows after ten responses, without a usage request', async () => {
      await switchOn();
      await allow();
      await simulator.set({ turnPercent: 2 });
      const { usage } = await simulator.counts();
      for (let count = 0; count < 10; count += 1) assert.equal((await there.askModel(asks())).failed, undefined);
      await second.statusSays('Plus · 5h 46% · wk 22% left');
      assert.equal((await simulator.counts()).usage, usage);
    });

    it('tokens are counted without a request', async () => {
      await switchOn();
      assert.ok((await there.countTokens(model, 'Twelve words are in this sentence, which is only here to be counted.')) > 8);
      assert.deepEqual(await asked(), []);
    });
  });

  describe('an extension asks for them', () => {
    beforeEach(switchOn);

    it('the question names it and who pays; Not Now refuses it without another question until access is managed', async () => {
      const first = there.askModel(asks());
      const dialog = await second.dialog();
      assert.ok(dialog.includes(questionAbout('Consumer')), dialog);
      assert.ok(dialog.includes(labelOf('ada')), dialog);
      await second.click('Not Now');
      assert.equal(codeOf(await first), 'NoPermissions');
      assert.equal(codeOf(await there.askModel(asks())), 'NoPermissions');
      await noDialog();
      assert.deepEqual(await asked(), []);
      await second.command('ChatGPT: Manage Access to Models');
      const again = there.askModel(asks());
      await decide('Consumer', 'Allow');
      assert.equal((await again).failed, undefined);
    });

    it('Never refuses it at once, until the person takes that back', async () => {
      const first = there.askModel(asks());
      await decide('Consumer', 'Never');
      assert.equal(codeOf(await first), 'NoPermissions');
      await second.command('ChatGPT: Stop Using the Plan in Chat');
      await until('no models', async () => (await there.selectModels()).length === 0);
      await second.command('ChatGPT: Use the Plan in Chat');
      await until('the models', async () => (await there.selectModels()).length > 0);
      assert.equal(codeOf(await there.askModel(asks())), 'NoPermissions');
      await noDialog();
      await second.command('ChatGPT: Manage Access to Models');
      await until('it in the list', async () => (await second.rows()).join(' · ') === 'Consumer · Never allowed');
      await second.choose('Consumer');
      decided.length = 0;
      const again = there.askModel(asks());
      await decide('Consumer', 'Allow');
      assert.equal((await again).failed, undefined);
    });

    it('what was allowed is allowed until it is taken back, and says nothing about another extension', async () => {
      await allow();
      assert.equal((await there.askModel(asks())).failed, undefined);
      await noDialog();
      const other = otherThere.askModel(asks());
      await decide('Second Consumer', 'Never');
      assert.equal(codeOf(await other), 'NoPermissions');
      await second.command('ChatGPT: Manage Access to Models');
      const listed = /^Consumer · Allowed · 2 requests · Last used .+ · Second Consumer · Never allowed$/;
      await until('both in the list', async () => listed.test((await second.rows()).join(' · ')));
      await second.choose('Consumer');
      decided.splice(0, 1);
      await until('access to be gone', async () => codeOf(await there.askModel(asks())) === 'NoPermissions');
      await noDialog();
      assert.equal((await asked()).length, 1);
    });

    it('eight requests of two extensions at once lead to one question each', async () => {
      const all = [there, otherThere, there, otherThere, there, otherThere, there, otherThere].map(each => each.askModel(asks()));
      // Either may come first.
      const dialog = await second.dialog();
      const names = Object.keys(ids);
      for (const name of dialog.includes(questionAbout('Consumer')) ? names : names.reverse()) await decide(name, 'Allow');
      const answers = await Promise.all(all);
      assert.deepEqual(
        answers.map(({ failed }) => failed),
        answers.map(() => undefined),
      );
      await noDialog();
      assert.equal((await asked()).length, 8);
    });
  });

  describe('an extension that nobody has decided about', () => {
    beforeEach(switchOn);

    it('cancels its request while the question is open: the request ends unsent, and the question stays for the next one', async () => {
      const first = there.askModel(asks());
      await until('the question', async () => (await second.text()).dialogs.some(text => text.includes(questionAbout('Consumer'))));
      await there.cancelRequests();
      if (isCancelPassedOn) assert.equal((await first).parts, 0);
      const next = there.askModel(asks());
      await decide('Consumer', 'Allow');
      assert.equal((await next).failed, undefined);
      await noDialog();
      if (isCancelPassedOn) assert.equal((await asked()).length, 1);
    });
  });

  describe('a request fails', () => {
    beforeEach(async () => {
      await switchOn();
      await allow();
    });

    const error = (status: number, body: Record<string, unknown>): Fault => ({ status, body: { error: body } });

    for (const [fault, times, code, requests] of [
      [{ code: 'token_expired' }, 2, 'NoPermissions', 2],
      [error(403, { code: 'usage_not_included' }), 1, 'NoPermissions', 1],
      [error(404, { code: 'model_not_found' }), 1, 'NotFound', 1],
      [
        { status: 400, body: { detail: `The '${model}' model is not supported when using Codex with a ChatGPT account.` } },
        1,
        'NotFound',
        1,
      ],
      [{ usedUpForSeconds: 600 }, 1, 'Blocked', 1],
      [{ usedUpForSeconds: null }, 1, 'Blocked', 1],
      [{ retryAfterSeconds: 30, as: 'seconds' }, 1, 'Blocked', 1],
      ['html', 1, undefined, 1],
      ['html200', 1, undefined, 1],
      [error(400, { param: 'tools', code: 'invalid_value' }), 1, undefined, 1],
      [{ stream: 'failed', code: 'context_length_exceeded' }, 1, undefined, 1],
      [{ status: 503 }, 2, undefined, 2],
    ] as const satisfies readonly (readonly [Fault, number, string | undefined, number])[]) {
      it(`before any text, with ${JSON.stringify(fault)}: ${code ?? 'a plain error'}`, async () => {
        await simulator.fail({ route: 'responses', fault, times });
        const { failed, parts } = await there.askModel(asks());
        assert.ok(failed, 'it did not fail');
        if (code === undefined) assert.ok(!['NoPermissions', 'NotFound', 'Blocked'].includes(failed.code ?? ''), failed.code);
        else assert.equal(failed.code, code);
        assert.match(failed.message, /^[A-Z].*\.$/s);
        assert.equal(parts, 0);
        assert.equal((await asked()).length, requests);
      });
    }

    for (const [fault, code] of [
      [{ stream: 'failed', code: 'rate_limit_exceeded', after: 2 }, 'Blocked'],
      [{ stream: 'error', code: 'usage_limit_reached', after: 2 }, 'Blocked'],
      [{ stream: 'failed', after: 2 }, undefined],
      [{ stream: 'incomplete', code: 'content_filter', after: 2 }, undefined],
      [{ stream: 'cut', after: 2 }, undefined],
    ] as const satisfies readonly (readonly [Fault, string | undefined])[]) {
      it(`after the first words, which the caller keeps, with ${JSON.stringify(fault)}`, async () => {
        await simulator.respond({ output: [{ text: answer }] });
        await simulator.fail({ route: 'responses', fault });
        const { failed, text } = await there.askModel(asks());
        assert.equal(
          text,
          answer
            .split(/(?<= )/)
            .slice(0, 2)
            .join(''),
        );
        assert.ok(failed, 'it did not fail');
        if (code !== undefined) assert.equal(failed.code, code);
        assert.equal((await asked()).length, 1);
      });
    }

    it('a refusal is text, and the end of the output is none of an error', async () => {
      await simulator.respond({ output: [{ refusal: answer }] });
      assert.deepEqual((({ text, failed }) => [text, failed])(await there.askModel(asks())), [answer, undefined]);
      await simulator.respond({ output: [{ text: answer }] });
      await simulator.fail({ route: 'responses', fault: { stream: 'incomplete', after: 2 } });
      assert.equal((await there.askModel(asks())).failed, undefined);
      await simulator.respond({ output: [{ text: answer }], deltas: false });
      assert.equal((await there.askModel(asks())).text, answer);
    });

    it('of twenty requests to a plan that is used up until a time, one reaches the service', async () => {
      await simulator.account({ account: 'ada', used: { '5h': { percent: 100, resetsInSeconds: 600 } } });
      const codes = [];
      for (let count = 0; count < 20; count += 1) codes.push(codeOf(await there.askModel(asks())));
      assert.deepEqual(new Set(codes), new Set(['Blocked']));
      assert.equal((await asked()).length, 1);
      // They stay listed.
      assert.equal((await there.selectModels()).length, 2);
    });

    (isCancelPassedOn ? it : it.skip)(
      'a cancelled request closes its connection within 100 ms, and reports nothing more (VS Code 1.127)',
      async () => {
        await simulator.respond({ output: [{ text: 'word '.repeat(500) }] });
        const { cancelledAt = 0, lastPartAt = 0, failed } = await there.askModel(asks({ cancelAfter: 2 }));
        const [request] = await until('the end of the request', async () => {
          const all = await asked();
          return all.every(({ endedAt }) => endedAt !== undefined) && all;
        });
        const closed = Date.parse(request?.endedAt ?? '') - cancelledAt;
        assert.ok(closed <= 100, `it was closed after ${String(closed)} ms`);
        // What VS Code had got before still reaches the caller.
        assert.ok(lastPartAt - cancelledAt <= 100, `a part came after ${String(lastPartAt - cancelledAt)} ms`);
        assert.equal(failed, undefined);
      },
    );
  });

  describe('after all of this', () => {
    it('the notice came once in all of these tests, however often models were switched on', () => {
      assert.equal(notices, 1);
    });

    it('nothing of a request or response is in the log, the settings or the storage of the extension', async () => {
      await switchOn();
      await allow();
      await simulator.respond({ output: [{ reasoning: 'Thought canary: ibis-in-the-rain.' }, { text: answer }] });
      await there.askModel(asks());
      await simulator.fail({ route: 'responses', fault: { status: 400, body: { error: { message: prompt, param: 'tools' } } } });
      await there.askModel(asks());
      await until('the request in the log', () => readAll(/ChatGPT\.log$/).some(([, text]) => text.includes('model response')));
      const found = readAll(/ChatGPT\.log$|settings\.json$|globalStorage|state\.vscdb/).flatMap(([file, text]) =>
        ['quetzal', 'heron', 'ibis', 'gAAAAA'].filter(word => text.includes(word)).map(word => `${word} in ${file}`),
      );
      assert.deepEqual(found, []);
    });
  });
});

/** The files of this VS Code with such a name, and what is in them. */
function readAll(name: RegExp): [string, string][] {
  const home = process.env['HOST_HOME'] ?? '';
  const files = readdirSync(home, { withFileTypes: true, recursive: true }).filter(entry => entry.isFile());
  return files
    .map(entry => path.join(entry.parentPath, entry.name))
    .filter(file => name.test(file))
    .flatMap(file => {
      try {
        return [[file, readFileSync(file, 'latin1')] as [string, string]];
      } catch {
        return [];
      }
    });
}
