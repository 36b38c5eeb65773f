import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notices } from '../../scripts/notices.mjs';

describe('third-party notices', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'csi-notices-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  /** Installs a package and returns the path of a module of it. */
  function install(name: string, license: string | undefined, files: Record<string, string>): string {
    const folder = path.join(root, 'node_modules', name);
    mkdirSync(path.join(folder, 'lib'), { recursive: true });
    const manifest = JSON.stringify({ name, version: '1.2.3', license });
    for (const [file, text] of Object.entries({ 'package.json': manifest, ...files })) writeFileSync(path.join(folder, file), text);
    return path.join(folder, 'lib', 'index.js');
  }

  it('the notices have name, version, license and texts of each package once, and nothing of our own files', () => {
    const a = install('a', 'MIT', { 'license.md': 'Permission is granted.', 'README.md': 'Read me.' });
    const b = install('@scope/b', 'Apache-2.0', { LICENSE: 'Apache License', NOTICE: 'Made by B.' });
    const text = notices([path.join(root, 'src', 'own.ts'), b, a, path.join(path.dirname(a), 'other.js')]);
    expect(text.split(/^-+$/m).map(section => section.trim())).toEqual([
      'This extension contains the following packages.',
      '@scope/b 1.2.3 (Apache-2.0)\n\nApache License\n\nMade by B.',
      'a 1.2.3 (MIT)\n\nPermission is granted.',
    ]);
  });

  it.each(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'])('a package with the license %s gets a notice', license => {
    expect(notices([install('a', license, { LICENSE: 'Text' })])).toContain(`a 1.2.3 (${license})`);
  });

  it.each(['GPL-3.0-only', 'MPL-2.0', 'UNLICENSED', '(MIT AND GPL-2.0-only)', undefined])(
    'a package with the license %s is refused',
    license => {
      const good = install('good', 'MIT', { LICENSE: 'Text' });
      expect(() => notices([good, install('a', license, { LICENSE: 'Text' })])).toThrow(`\na: license ${String(license)}`);
    },
  );

  it('a package without a license file is refused, whatever else it has', () => {
    expect(() => notices([install('a', 'MIT', { NOTICE: 'Made by A.', 'README.md': 'MIT' })])).toThrow('\na: no license file');
  });
});
