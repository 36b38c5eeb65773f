import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);

interface Claim {
  /** As SECURITY.md names it, e.g. `custody/rotation`. */
  readonly file: string;
  /** Absent where the whole file is meant. What stands for a part of the name that varies is `…`. */
  readonly name?: string;
}

/** Of a cell such as `` `file`: a test; another; `other file` ``. What is in parentheses is for the reader. */
function claimsOf(cell: string): Claim[] {
  const claims: Claim[] = [];
  for (const part of cell.replace(/\([^()]*\)$/, '').split(/;\s+/)) {
    const [, file = claims.at(-1)?.file ?? '', name = ''] = /^(?:`([^`]+)`:?\s*)?(.*)$/.exec(part.trim()) ?? [];
    claims.push({ file, ...(name === '' ? {} : { name: name.trim() }) });
  }
  return claims;
}

function sourceOf(file: string): string | undefined {
  const places = [`test/unit/oauth/${file}`, `test/unit/${file}`, `test/${file}`, `test/${file.replace(/^host\//, 'host/suite/')}`];
  const found = places.flatMap(place => [`${place}.test.ts`, `${place}.ts`]).find(place => existsSync(new URL(place, root)));
  // Names are compared as they are read, whichever quotes they stand in.
  return found && readFileSync(new URL(found, root), 'utf8').replaceAll("\\'", "'");
}

/** What stands in the column "held by" of every table, and in every line that begins so. */
function cells(): string[] {
  const found: (string | undefined)[] = [];
  let column = -1;
  for (const line of readFileSync(new URL('SECURITY.md', root), 'utf8').split('\n')) {
    found.push(/^- Held by: (.+)$/.exec(line)?.[1]);
    const row = line.startsWith('|') ? line.split(/\s*(?<!\\)\|\s*/) : [];
    if (row.length === 0) column = -1;
    else if (column === -1) column = row.indexOf('held by');
    else if (!/^-+$/.test(row[column] ?? '')) found.push(row[column]);
  }
  return found.filter(cell => cell !== undefined);
}

describe('what SECURITY.md claims', () => {
  it('is claimed in every row', () => {
    expect(cells().length).toBeGreaterThan(40);
  });

  it.each(cells().flatMap(claimsOf))('is held by a test that is there: $file, $name', ({ file, name }) => {
    const source = sourceOf(file);
    expect(source, `no such file: ${file}`).toBeDefined();
    for (const part of name?.split('…') ?? []) expect(source).toContain(part.trim());
  });
});
