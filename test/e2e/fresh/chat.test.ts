import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { beforeEach, expect, it } from 'vitest';
import type { Fault, RequestEntry } from '../../simulator/client.ts';
import { Chat, chatSettings } from '../chat.ts';
import { searchFolder } from '../secrets.ts';
import { showsStatus, signInAs, soon, useFreshStage } from '../stage.ts';
import { dialogButton, runCommand, screenshot, setTheme, visibleText, type Theme } from '../workbench.ts';

const themes: readonly Theme[] = ['dark', 'light', 'hc'];
const model = 'GPT-6.1 Sol';

interface Item {
  readonly type: string;
  readonly role?: string;
  readonly id?: string;
  readonly call_id?: string;
  readonly content?: readonly { readonly text: string }[];
  readonly output?: string;
}

useFreshStage(
  stage => {
    let chat: Chat;

    beforeEach(async () => {
      const { window } = stage;
      chat = new Chat(window);
      await stage.simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
      await signInAs(stage, 'ada');
      await runCommand(window, 'ChatGPT: Use the Plan in Chat');
      const notice = dialogButton(window, 'Got It');
      const listed = window.locator('.notification-list-item').filter({ hasText: '2 models of the plan of' });
      await notice.or(listed).first().waitFor();
      if (await notice.isVisible()) await notice.click();
      await listed.waitFor();
      await chat.open();
      // Nothing keeps the chat from showing them, and nothing is said to.
      expect((await visibleText(window)).notifications).not.toContainEqual(expect.stringContaining('VS Code'));
      await runCommand(window, 'Notifications: Clear All Notifications');
      await expect.poll(() => visibleText(window), soon).toEqual({ dialogs: [], notifications: [] });
    });

    const asked = async (): Promise<RequestEntry[]> =>
      (await stage.simulator.requests()).filter(({ path: of }) => of.endsWith('/codex/responses'));
    const inputOf = (request: RequestEntry | undefined) => JSON.parse(request?.params['input'] ?? '[]') as Item[];

    /** Sends first messages until the chat offers its tools: a window that has just opened leaves them out. */
    async function warmUp(): Promise<void> {
      for (let tries = 0; tries < 4; tries += 1) {
        await stage.simulator.respond({ output: [{ text: 'Hello to you.' }] });
        await chat.ask('Hello', /Hello to you\.|Please try again/);
        const tools = (await asked()).at(-1)?.params['tools'] ?? '';
        if (tools.includes('"read_file"')) break;
      }
      await chat.startAnew();
    }

    async function inThemes(name: string, take: (page: Page, picture: string) => Promise<void>): Promise<void> {
      for (const theme of themes) {
        await setTheme(stage.window, theme);
        await take(stage.window, `${name}-${theme}`);
      }
    }

    it("VS Code's chat lists the plan's models with who pays, and their efforts", async () => {
      await chat.chooseModel(model);
      await inThemes('chat-models', async (page, picture) => {
        const menu = await chat.openPicker();
        await expect.poll(() => menu.innerText(), soon).toMatch(/GPT-6\.1 Luna[^]*Plus · ada@example\.com .*\(unofficial\)/);
        await screenshot(page, picture);
        // In the walkthrough.
        await screenshot(page, picture.replace('chat-', ''), { x: 580, y: 575, width: 700, height: 195 });
        await chat.closeMenu();
      });
      await inThemes('chat-effort', async (page, picture) => {
        const efforts = await chat.openEffort();
        expect(await efforts.count()).toBe(3);
        await expect.poll(() => efforts.allInnerTexts(), soon).toEqual(['low', expect.stringMatching(/^medium\s+Default$/), 'high']);
        await screenshot(page, picture);
        await chat.closeMenu();
      });
    });

    it('the chat uses a real tool in agent mode, and its next turn brings the reasoning back in order', async () => {
      const { simulator, workbench } = stage;
      await chat.chooseModel(model);
      await warmUp();
      const before = (await asked()).length;
      const { usage } = await simulator.counts();
      const filePath = path.join(workbench.folders.workspace, 'notes.txt');
      await writeFile(filePath, 'The canary sings at noon.\n');
      const read = { call: 'read_file', arguments: { filePath, startLine: 1, endLine: 20 } };
      await simulator.respond({ output: [{ reasoning: 'The notes may say it.' }, { text: 'I look into the notes.' }, read] });
      await simulator.respond({ output: [{ reasoning: 'Now I know.' }, { text: 'The canary sings **at noon**.' }] });
      await chat.ask('When does the canary sing?', /The canary sings at noon\./);
      await simulator.respond({ output: [{ reasoning: 'Easy.' }, { text: 'You are welcome.' }] });
      await chat.ask('Thank you', /You are welcome\./);

      const requests = (await asked()).slice(before);
      // The simulator refuses reasoning that is missing or out of place.
      expect(requests.map(({ status }) => status)).toEqual([200, 200, 200]);
      const items = inputOf(requests[2]).slice(2);
      expect(items.map(({ type, role }) => role ?? type)).toEqual([
        ...['reasoning', 'assistant', 'function_call', 'function_call_output'],
        ...['reasoning', 'assistant', 'user'],
      ]);
      expect(items[3]?.output).toContain('The canary sings at noon.');
      expect(items[3]?.call_id).toBe(items[2]?.call_id);
      expect(new Set(requests.map(({ headers }) => headers['session-id'])).size).toBe(1);

      const left = `Plus · 5h ${String(66 - before - 3)}% · wk ${String(42 - before - 3)}% left`;
      await showsStatus(stage, left);
      expect((await simulator.counts()).usage, 'usage requests').toBe(usage);
      const words = ['canary sings', 'notes may say', 'You are welcome', 'gAAAAA'].map(value => ({ value, kind: value }));
      const { found, files } = await searchFolder(workbench.home, words);
      const ours = /unofficial\.chatgpt-sign-in\/|settings\.json$/;
      expect(found.filter(line => ours.test(line.split(':')[0] ?? ''))).toEqual([]);
      expect([...files.keys()].filter(file => ours.test(file)).length).toBeGreaterThan(2);
      await chat.showSteps();
      await inThemes('chat-tool', async (page, picture) => {
        await screenshot(page, picture);
      });
    });

    it('each failure is one sentence in the chat, without a stack', async () => {
      const { simulator } = stage;
      await chat.chooseModel(model);
      await warmUp();
      for (const [index, { fault, times, says, text = '' }] of failures.entries()) {
        await simulator.respond({ output: [{ text: 'These words come before the end of it all.' }] });
        await simulator.fail({ route: 'responses', fault, ...(times === undefined ? {} : { times }) });
        await chat.ask(`Try ${String(index)}.`, new RegExp(says));
        const shown = await chat.readResponse();
        expect(shown).toContain(text);
        expect(shown).not.toMatch(/\n\s*at |Error:|LanguageModel|undefined/);
        await inThemes(`chat-error-${String(index + 1)}`, async (page, picture) => {
          await screenshot(page, picture);
        });
        await simulator.reset();
        await chat.startAnew();
      }
    }, 300_000);
  },
  { settings: chatSettings },
);

interface Failure {
  readonly fault: Fault;
  readonly times?: number;
  /** The sentence, of which a part varies. */
  readonly says: string;
  /** What was said before it. */
  readonly text?: string;
}

const refusal = (status: number, error: Record<string, unknown>): Fault => ({ status, body: { error } });

/** The one that has to be waited for comes last. */
const failures: readonly Failure[] = [
  { fault: { code: 'token_expired' }, times: 2, says: "Reason: OpenAI doesn't accept this account" },
  {
    fault: refusal(403, { code: 'usage_not_included' }),
    says: "Reason: Your plan doesn't include this model, or its use here. Choose another model.",
  },
  { fault: 'html', says: 'Reason: A network filter or browser check is blocking the service' },
  { fault: refusal(404, { code: 'model_not_found' }), says: "Reason: This model isn't available to your account any more" },
  { fault: { retryAfterSeconds: 30, as: 'seconds' }, says: 'Reason: OpenAI is receiving too many requests' },
  {
    fault: refusal(400, { param: 'tools[0].name', code: 'invalid_value' }),
    says: 'Reason: OpenAI rejected the request because of its parameter',
  },
  { fault: { stream: 'failed', code: 'context_length_exceeded' }, says: `Reason: The conversation is too long for ${model}` },
  {
    fault: { stream: 'incomplete', code: 'content_filter', after: 3 },
    says: 'Reason: OpenAI ended the response because of its content policy',
    text: 'These words come',
  },
  { fault: { status: 503 }, times: 2, says: 'Reason: The service is currently unavailable' },
  { fault: { stream: 'cut', after: 3 }, says: 'Reason: The response ended early', text: 'These words come' },
  { fault: { usedUpForSeconds: 600 }, says: 'Reason: Your ChatGPT plan is used up until' },
];
