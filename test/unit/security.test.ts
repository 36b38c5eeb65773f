import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const tag = /\[R(\d+)\]/g;

const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8');
const numbersIn = (text: string) => Array.from(text.matchAll(tag), match => Number(match[1]));

/** The requirements of SECURITY.md, one a list item. */
const stated = Array.from(textOf('SECURITY.md').matchAll(/^- \*\*R(\d+)\*\* /gm), match => Number(match[1]));

const testFunctions = ['it', 'test', 'describe', 'suite'];
const skipping = ['skip', 'skipIf', 'runIf', 'todo'];
/** The workflow runs the tests on every system, so a test that only Windows skips is run. */
const onlyWindowsSkips = ["skipIf(process.platform === 'win32')", "runIf(process.platform !== 'win32')"];

/** The names in a call's function: `['it', 'skipIf']` for `it.skipIf(…)(name, …)`, also through `it.each(rows)(name, …)`. */
function namesIn(expression: ts.Expression, source: ts.SourceFile): string[] {
  if (ts.isIdentifier(expression)) return [expression.text];
  if (ts.isPropertyAccessExpression(expression)) return [...namesIn(expression.expression, source), expression.name.text];
  if (!ts.isCallExpression(expression)) return [];
  const names = namesIn(expression.expression, source);
  const condition = expression.arguments.map(each => each.getText(source)).join();
  return names.filter(name => !onlyWindowsSkips.includes(`${name}(${condition})`));
}

interface NamedTest {
  readonly name: string;
  /** It, or a group that it is in, may be skipped on every system. */
  readonly maySkip: boolean;
}

/** A file's tests and groups of tests. */
function testsOf(path: string, text = textOf(path)): NamedTest[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const tests: NamedTest[] = [];
  const visit = (node: ts.Node, groupMaySkip: boolean) => {
    let maySkip = groupMaySkip;
    if (ts.isCallExpression(node)) {
      const [called, ...modifiers] = namesIn(node.expression, source);
      if (called !== undefined && testFunctions.includes(called)) {
        maySkip ||= modifiers.some(modifier => skipping.includes(modifier));
        const [name] = node.arguments;
        if (name && (ts.isStringLiteralLike(name) || ts.isTemplateExpression(name))) tests.push({ name: name.getText(source), maySkip });
      }
    }
    ts.forEachChild(node, child => {
      visit(child, maySkip);
    });
  };
  visit(source, false);
  return tests;
}

const carried = readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => `test/${path}`)
  .filter(path => path !== 'test/unit/security.test.ts' && numbersIn(textOf(path)).length > 0)
  .map(path => ({ path, all: numbersIn(textOf(path)), tests: testsOf(path) }))
  .map(({ tests, ...file }) => ({ ...file, tests, numbers: tests.flatMap(({ name }) => numbersIn(name)) }));

describe('the requirements of SECURITY.md', () => {
  it('SECURITY.md states each requirement once, numbered without a gap', () => {
    expect(stated.toSorted((a, b) => a - b)).toEqual(Array.from({ length: stated.length }, (_, index) => index + 1));
  });

  const alwaysRun = carried.flatMap(({ tests }) => tests).filter(({ maySkip }) => !maySkip);

  it.each(stated)('R%i is carried by at least one test that is not skipped', number => {
    expect(alwaysRun.flatMap(({ name }) => numbersIn(name))).toContain(number);
  });

  it.each(['it.skip', 'test.todo', 'it.skipIf(true)', 'it.runIf(false).each([1])', 'it.each([1]).skip'])(
    'a test of %s, or one in such a group, carries no requirement',
    call => {
      const test = { name: "'[R0]'", maySkip: true };
      expect(testsOf('skipped.ts', `${call}('[R0]', () => {});`)).toEqual([test]);
      expect(testsOf('skipped.ts', `${call.replace(/^\w+/, 'describe')}('a', () => { it('[R0]', () => {}); });`)).toContainEqual(test);
    },
  );

  it.each(carried)('$path names only requirements of SECURITY.md, all of them in test names', ({ all, numbers }) => {
    expect(numbers.filter(number => !stated.includes(number))).toEqual([]);
    expect(numbers.toSorted()).toEqual(all.toSorted());
  });
});
