import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const tag = /\[R(\d+)\]/g;

const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8');
const numbersIn = (text: string) => Array.from(text.matchAll(tag), match => Number(match[1]));

/** The requirements of SECURITY.md, one a list item. */
const stated = Array.from(textOf('SECURITY.md').matchAll(/^- \*\*R(\d+)\*\* /gm), match => Number(match[1]));

/** The name of the called function, such as `it` or `describe`, also in `it.each(rows)(name, …)` and `describe.skipIf(…)(name, …)`. */
function calledBy(expression: ts.Expression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) || ts.isCallExpression(expression) ? calledBy(expression.expression) : undefined;
}

/** The names of a file's tests and groups of tests. */
function testNames(path: string): string[] {
  const source = ts.createSourceFile(path, textOf(path), ts.ScriptTarget.Latest);
  const names: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node) && ['it', 'test', 'describe'].includes(calledBy(node.expression) ?? '')) {
      const [name] = node.arguments;
      if (name && (ts.isStringLiteralLike(name) || ts.isTemplateExpression(name))) names.push(name.getText(source));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

const carried = readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => `test/${path}`)
  .filter(path => numbersIn(textOf(path)).length > 0)
  .map(path => ({ path, all: numbersIn(textOf(path)), numbers: testNames(path).flatMap(numbersIn) }));

describe('the requirements of SECURITY.md', () => {
  it('SECURITY.md states each requirement once, numbered without a gap', () => {
    expect(stated.toSorted((a, b) => a - b)).toEqual(Array.from({ length: stated.length }, (_, index) => index + 1));
  });

  it.each(stated)('R%i is carried by at least one test', number => {
    expect(carried.flatMap(({ numbers }) => numbers)).toContain(number);
  });

  it.each(carried)('$path names only requirements of SECURITY.md, all of them in test names', ({ all, numbers }) => {
    expect(numbers.filter(number => !stated.includes(number))).toEqual([]);
    expect(numbers.toSorted()).toEqual(all.toSorted());
  });
});
