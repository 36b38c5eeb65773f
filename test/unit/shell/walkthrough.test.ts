// VS Code shows `x.nls.de.md` instead of `x.md` in German; no language pack can be installed here.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../../scripts/root.mjs';

interface Step {
  id: string;
  title: string;
  description: string;
  media: { markdown?: string; image?: Record<string, string>; altText?: string };
  completionEvents: string[];
}

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const { contributes } = JSON.parse(read('package.json')) as {
  contributes: { commands: { command: string }[]; walkthroughs: { id: string; when: string; steps: Step[] }[] };
};
const [walkthrough, ...others] = contributes.walkthroughs;
const steps = walkthrough?.steps ?? [];
const commands = contributes.commands.map(({ command }) => command);
const folder = 'media/firstSteps';

/** The cells of each row of a Markdown table. */
const table = (text: string) =>
  text
    .split('\n')
    .filter(line => line.startsWith('|'))
    .map(line => line.split('|').slice(1, -1));

describe('the walkthrough', () => {
  it('there is one walkthrough, hidden until its command runs, so that VS Code does not open it by itself', () => {
    expect(others).toEqual([]);
    expect({ id: walkthrough?.id, when: walkthrough?.when }).toEqual({ id: 'firstSteps', when: 'chatgptSignIn.firstSteps' });
    const source = read('src/shell/walkthrough.ts');
    expect(source).toContain("'setContext', 'chatgptSignIn.firstSteps', true");
    expect(source).toContain("walkthrough = 'firstSteps'");
  });

  it('the steps are benefits, plan or key, sign-in methods, status bar, models and sign-out', () => {
    expect(steps.map(({ id }) => id)).toEqual(['gives', 'planOrKey', 'waysIn', 'statusBar', 'models', 'leaving']);
  });

  it.each(['package.nls.json', 'package.nls.de.json'])(
    'the buttons in %s run commands of this extension, and there is no other link',
    file => {
      const words = JSON.parse(read(file)) as Record<string, string>;
      const wanted = steps.map(({ description }) => links(words[description.slice(1, -1)] ?? ''));
      expect(wanted).toEqual([
        ['signIn'],
        ['signIn', 'addApiKey'],
        ['signInWithBrowser', 'signInWithDeviceCode'],
        ['showUsage'],
        ['useModels', 'manageModelAccess'],
        ['manageAccounts', 'signOutAll'],
      ]);
      for (const name of wanted.flat()) expect(commands).toContain(`chatgptSignIn.${name}`);
    },
  );

  it('a step is completed by its command, or by reading it', () => {
    for (const event of steps.flatMap(({ completionEvents }) => completionEvents)) {
      expect(event === 'onStepSelected' || commands.includes(event.replace('onCommand:', '')), event).toBe(true);
    }
  });

  it('every picture exists in each theme, is small and has an alternative text', () => {
    const images = steps.flatMap(({ media }) => (media.image ? [media] : []));
    expect(images.length).toBe(3);
    for (const { image = {}, altText } of images) {
      expect(Object.keys(image)).toEqual(['dark', 'light', 'hc', 'hcLight']);
      for (const file of Object.values(image)) expect(statSync(path.join(root, file)).size, file).toBeLessThan(30_000);
      expect(altText).toMatch(/^%firstSteps\.\w+\.picture%$/);
    }
  });

  it.each(steps.flatMap(({ media }) => (media.markdown === undefined ? [] : [media.markdown])))(
    'the German page has the same structure as %s',
    file => {
      const [english, german] = [read(file), read(file.replace('.md', '.nls.de.md'))];
      expect(german).not.toBe(english);
      expect(table(german).map(row => row.length)).toEqual(table(english).map(row => row.length));
      expect(german.split('\n\n').length).toBe(english.split('\n\n').length);
      for (const text of [english, german]) expect(text, 'it stands alone').not.toMatch(/\]\(|<img/);
    },
  );

  it('the comparison of plan and API key has its six rows', () => {
    const [head, , ...rows] = table(read(`${folder}/planOrKey.md`));
    expect(head?.map(cell => cell.trim())).toEqual(['', 'ChatGPT plan', 'API key']);
    expect(rows.map(([name]) => name?.replaceAll('*', '').trim())).toEqual([
      'Who pays',
      'Who you are',
      'Limits',
      'Sharing',
      'Best for',
      'Ending access',
    ]);
    expect(rows.flat().every(cell => cell.trim() !== '')).toBe(true);
  });

  it('the folder has no file that the walkthrough does not show', () => {
    const shown = steps.flatMap(({ media }) => (media.markdown === undefined ? Object.values(media.image ?? {}) : [media.markdown]));
    const named = new Set([...shown, ...shown.filter(file => file.endsWith('.md')).map(file => file.replace('.md', '.nls.de.md'))]);
    expect(readdirSync(path.join(root, folder)).sort()).toEqual([...named].map(file => path.basename(file)).sort());
  });
});

function links(description: string): string[] {
  return [...description.matchAll(/\]\(([^)]*)\)/g)].map(([, target = '']) => target.replace('command:chatgptSignIn.', ''));
}
