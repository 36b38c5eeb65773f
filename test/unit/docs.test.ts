import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.mjs';

const page = readFileSync(path.join(root, 'docs', 'for-extension-authors.md'), 'utf8');
const files = readdirSync(path.join(root, 'examples')).filter(name => name.endsWith('.ts'));
const example = files.map(name => readFileSync(path.join(root, 'examples', name), 'utf8')).join('\n');

/** A snippet may be from within a function. */
function unindented(code: string): string {
  return code.replaceAll(/^ +/gm, '');
}

/** The manifest, whose names the page has to repeat. */
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  publisher: string;
  name: string;
  contributes: {
    authentication: { id: string }[];
    commands: { command: string }[];
    configuration: { properties: Record<string, unknown> };
  };
};

describe('the page for extension authors', () => {
  const snippets = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);

  it('the page has code snippets', () => {
    expect(snippets.length).toBeGreaterThan(4);
  });

  it.each(snippets.map(code => [code.split('\n').find(line => /async|function|const/.test(line)) ?? code, code]))(
    'a code snippet of the page is part of the example: %s',
    (_, code) => {
      expect(unindented(example)).toContain(unindented(code));
    },
  );

  it('the page calls providers, extension, commands and settings by their names in the manifest', () => {
    const { publisher, name, contributes } = manifest;
    expect(contributes.authentication.map(({ id }) => id)).toEqual(['chatgpt-sign-in', 'openai-api-key']);
    for (const { id } of contributes.authentication) expect(page).toContain(`\`${id}\``);
    expect(page).toContain(`'${publisher}.${name}'`);
    // This command alone is in no manifest: the host suite calls it.
    const known = [
      'chatgptSignIn.tokenRefused',
      ...contributes.commands.map(({ command }) => command),
      ...Object.keys(contributes.configuration.properties),
    ];
    const named = [...page.matchAll(/chatgptSignIn\.\w+/g)].map(([each]) => each);
    expect(named.length).toBeGreaterThan(3);
    for (const each of named) expect(known).toContain(each);
  });

  it('the page, the example and the provider have the same scopes', () => {
    const scopes = "['openid', 'profile', 'email', 'offline_access']";
    expect(page).toContain(scopes);
    expect(example).toContain(`const scopes = ${scopes}`);
    expect(readFileSync(path.join(root, 'src', 'accounts', 'ui', 'sessionProvider.ts'), 'utf8')).toContain(scopes);
  });
});
