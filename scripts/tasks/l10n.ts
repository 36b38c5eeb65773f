// Writes the English bundle from the source, and says what the other languages lack or have too much.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { bundle, englishBundle } from '../l10n.ts';
import { root } from '../root.mjs';
import { say } from '../say.ts';

const english = englishBundle();
writeFileSync(bundle(), await format(JSON.stringify(english), { ...(await resolveConfig(bundle())), filepath: bundle() }));
say(`${path.relative(root, bundle())}: ${String(Object.keys(english).length)} strings`);

for (const name of readdirSync(path.dirname(bundle()))) {
  const language = /^bundle\.l10n\.(.+)\.json$/.exec(name)?.[1];
  if (language === undefined) continue;
  const translated = JSON.parse(readFileSync(bundle(language), 'utf8')) as Record<string, string>;
  const missing = Object.keys(english).filter(key => !(key in translated));
  const unknown = Object.keys(translated).filter(key => !(key in english));
  for (const key of missing) say(`${language} lacks: ${key}`);
  for (const key of unknown) say(`${language} has too much: ${key}`);
  if (missing.length + unknown.length > 0) process.exitCode = 1;
}
