// The notices of what is bundled. rollup-plugin-license would do it, but takes rollup, lodash and moment along to read two files a
// package; the license checkers read what is installed instead of what was bundled.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const allowed = ['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'];

/** The text of ThirdPartyNotices.txt for the packages that these files come from. Throws for one that may not be bundled. */
export function notices(files) {
  const folders = new Set(files.flatMap(file => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0] ?? []));
  const packages = [...folders].map(folder => ({ ...manifestOf(folder), texts: textsOf(folder) }));
  const refused = packages.filter(({ license, texts }) => !allowed.includes(license) || texts.length === 0);
  if (refused.length > 0) {
    const reasons = refused.map(
      ({ name, license, texts }) => `${name}: ${texts.length === 0 ? 'no license file' : `license ${String(license)}`}`,
    );
    throw new Error(`These packages must not be bundled, only ${allowed.join(', ')} with its text may:\n${reasons.join('\n')}`);
  }
  const sections = packages.map(({ name, version, license, texts }) => `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`).sort();
  return ['This extension contains the following packages.\n', ...sections].join(`\n${'-'.repeat(80)}\n\n`);
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
}

/** The license, and the notice that Apache-2.0 wants passed on. */
function textsOf(folder) {
  const names = readdirSync(folder)
    .filter(name => /^(licen[cs]e|copying|notice)\b/i.test(name))
    .sort();
  if (!names.some(name => !/^notice/i.test(name))) return [];
  return names.map(name => readFileSync(path.join(folder, name), 'utf8').trim());
}
