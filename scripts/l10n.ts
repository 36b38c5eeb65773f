import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from './root.mjs';

/** Where every word that a person reads is written, except those of the manifest: the `texts.ts` of each room. */
export const isTextsFile = (file: string): boolean => /(^|[/\\])(texts|\w+Texts)\.ts$/.test(file);

const sources = path.join(root, 'src');

const textsFiles = (): string[] =>
  readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter(isTextsFile)
    .sort()
    .map(name => path.join(sources, name));

export const bundle = (language?: string): string =>
  path.join(root, 'l10n', language === undefined ? 'bundle.l10n.json' : `bundle.l10n.${language}.json`);

/** A string as bundles name it, and for who translates it. */
export interface Translatable {
  /** The message, and after a slash the comment where there is one: so VS Code looks it up. */
  readonly key: string;
  readonly message: string;
  readonly comment?: readonly string[];
}

/**
 * The strings of each `l10n.t`, by files and in the order of the source.
 * @throws Error where one is not written as it can be read: a literal, or an object of literals
 */
export function translatables(): Translatable[] {
  const found = new Map<string, Translatable>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'l10n.t') {
      const each = translatable(node);
      found.set(each.key, each);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of textsFiles()) visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  return [...found.values()];
}

/** The English bundle, from which others are translated. */
export function englishBundle(): Record<string, string | { message: string; comment: readonly string[] }> {
  return Object.fromEntries(translatables().map(({ key, message, comment }) => [key, comment ? { message, comment } : message]));
}

function translatable(call: ts.CallExpression): Translatable {
  const [argument] = call.arguments;
  if (argument && ts.isStringLiteralLike(argument)) return { key: argument.text, message: argument.text };
  if (!argument || !ts.isObjectLiteralExpression(argument)) throw new Error(`Not readable: ${call.getText()}`);
  const message = literals(argument, 'message').join('');
  const comment = literals(argument, 'comment');
  if (message === '') throw new Error(`Without a message: ${call.getText()}`);
  return comment.length === 0 ? { key: message, message } : { key: `${message}/${comment.join('')}`, message, comment };
}

function literals(object: ts.ObjectLiteralExpression, name: string): string[] {
  const property = object.properties.find(each => each.name?.getText() === name);
  if (!property || !ts.isPropertyAssignment(property)) return [];
  const { initializer } = property;
  const values = ts.isArrayLiteralExpression(initializer) ? [...initializer.elements] : [initializer];
  return values.map(value => {
    if (!ts.isStringLiteralLike(value)) throw new Error(`Not readable: ${property.getText()}`);
    return value.text;
  });
}
