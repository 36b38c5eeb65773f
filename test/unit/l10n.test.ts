// These tests read the bundles as data, because no language pack can be installed here.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { bundle, englishBundle, isTextsFile, translatables } from '../../scripts/l10n.ts';
import { root } from '../../scripts/root.mjs';

const read = (file: string) => JSON.parse(readFileSync(path.resolve(root, file), 'utf8')) as Record<string, string>;
/** The parts of a text that are the same in every language: placeholders, names of settings and commands, code. */
const fixed = (text: string) =>
  [...text.matchAll(/\{\d\}|`[^`]*`|chatgptSignIn\.\w+|http\.\w+|\$\([\w~-]+\)/g)].map(([part]) => part).sort();

const manifest = readFileSync(path.join(root, 'package.json'), 'utf8');
const english = read('package.nls.json');
const languages = readdirSync(path.join(root, 'l10n')).flatMap(name => /^bundle\.l10n\.(.+)\.json$/.exec(name)?.[1] ?? []);

describe('the English bundle', () => {
  it('the English bundle has exactly the strings of the source, as `npm run l10n` writes it', () => {
    expect(JSON.parse(readFileSync(bundle(), 'utf8'))).toEqual(englishBundle());
    expect(translatables().length).toBeGreaterThan(200);
  });
});

it('there is a German bundle', () => {
  expect(languages).toContain('de');
});

describe.each(languages)('the bundle for the language %s', language => {
  const translated = read(bundle(language));

  it('the bundle has exactly the strings of the English bundle', () => {
    expect(Object.keys(translated).sort()).toEqual(
      translatables()
        .map(({ key }) => key)
        .sort(),
    );
  });

  it.each(translatables().map(({ key, message }) => [key, message]))(
    'a translation has the placeholders, names and final punctuation of: %s',
    (key, message) => {
      expect(fixed(translated[key] ?? '')).toEqual(fixed(message));
      expect(translated[key]?.trim()).not.toBe('');
      const end = /[.?…:]$/.exec(message)?.[0] ?? '';
      expect(translated[key]?.endsWith(end), 'final punctuation').toBe(true);
    },
  );

  it("the manifest's translation has the keys, placeholders and names of the English one", () => {
    const words = read(`package.nls.${language}.json`);
    expect(Object.keys(words)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries(english)) expect(fixed(words[key] ?? ''), key).toEqual(fixed(text));
  });
});

it('the manifest and package.nls.json have the same keys', () => {
  const used = [...manifest.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key);
  expect([...new Set(used)].sort()).toEqual(Object.keys(english).sort());
});

describe('texts in UI code', () => {
  const isShown = (file: string) =>
    /^(\w+\/(ui|page)\/|shell\/|\w+\.ts$)/.test(path.relative(path.join(root, 'src'), file).replaceAll('\\', '/'));
  const files = sources(path.join(root, 'src')).filter(isShown);

  it.each(files.filter(file => !isTextsFile(file)).map(file => [path.relative(root, file)]))(
    '%s has no text outside the texts files',
    file => {
      expect(proseIn(path.join(root, file))).toEqual([]);
    },
  );

  it('the search for texts finds those of the texts files', () => {
    for (const file of files.filter(isTextsFile)) expect(proseIn(file), file).not.toEqual([]);
  });
});

function sources(place: string): string[] {
  return readdirSync(place, { recursive: true, encoding: 'utf8' }).flatMap(name => (/\.tsx?$/.test(name) ? [path.join(place, name)] : []));
}

/** The strings that read like prose, two words in a row or a single capitalized one, except those that only a programmer sees. */
function proseIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node) || isForProgrammers(node)) return;
    const isPart = ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node);
    if (isPart || ts.isStringLiteralLike(node) || ts.isJsxText(node)) {
      const text = withoutMarkup(node.text);
      if (/\p{L}{2,} \p{L}{2,}/u.test(text) || (!isPart && /^\p{Lu}\p{Ll}{2,}$/u.test(text.trim()))) found.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Removes icons, and tags that may be open at either end. */
function withoutMarkup(text: string): string {
  return text
    .replace(/\$\([\w~-]+\)/g, '')
    .replace(/^[^<]*>/, '')
    .replace(/<[^>]*(>|$)/g, '');
}

/** Whether a string is part of an error, the log, a class name or an element's attribute. */
function isForProgrammers(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) return node.expression.getText().endsWith('Error');
  if (ts.isJsxAttribute(node) || ts.isPropertyAssignment(node)) return /^class(Name)?$/.test(node.name.getText());
  if (ts.isBinaryExpression(node)) return node.left.getText().endsWith('.className');
  if (!ts.isCallExpression(node)) return false;
  return (
    node.arguments[0]?.getText() === "'aria-describedby'" || /\b(#?log\.(info|warn|error)|sessionError)$/.test(node.expression.getText())
  );
}
