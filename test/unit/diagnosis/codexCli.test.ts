import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { consentFile } from '../../../src/codexCli/consent.ts';
import type { CodexCliPlace } from '../../../src/diagnosis/codexCli.ts';
import { lookAtCodexCli } from '../../../src/diagnosis/codexCli.ts';
import { systemClock } from '../../../src/base/clock.ts';

/** A machine with a CLI that says this of its version, signed in to ChatGPT by a file with this mode. */
function machine(says: string, mode = 0o600): CodexCliPlace {
  const path = mkdtempSync(join(tmpdir(), 'diagnosis-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const [home, bin, folder] = ['home', 'bin', 'storage'].map(name => join(path, name)) as [string, string, string];
  for (const each of [home, bin, folder]) mkdirSync(each, { mode: 0o700 });
  writeFileSync(join(bin, 'codex'), `#!/bin/sh\necho '${says}'\n`);
  chmodSync(join(bin, 'codex'), 0o755);
  const file = join(home, 'auth.json');
  writeFileSync(file, JSON.stringify({ auth_mode: 'chatgpt', tokens: { access_token: 'secret' } }));
  chmodSync(file, mode);
  return { configured: '', environment: { PATH: bin, CODEX_HOME: home }, workspaces: [], folder };
}

const look = (place: CodexCliPlace) => lookAtCodexCli(place, systemClock, new AbortController().signal);

describe.runIf(process.platform !== 'win32')('the Codex CLI', () => {
  it('is told of by its version, and its session by what is there, once it may be read', async () => {
    const place = machine('codex-cli 0.169.0', 0o644);
    const found = { program: 'inPath', version: [0, 169, 0], isOpenToOthers: true };
    await expect(look(place)).resolves.toEqual({ ...found, isAllowed: false, session: 'notLookedAt' });
    await consentFile(place.folder).set(true);
    await expect(look(place)).resolves.toEqual({ ...found, isAllowed: true, session: 'chatgpt' });
  });

  it('has no version where it says something else, and none where it is not there', async () => {
    await expect(look(machine('ada@example.com'))).resolves.toMatchObject({ program: 'inPath', version: [], isOpenToOthers: false });
    const place = { ...machine('x'), configured: '/nowhere/codex' };
    await expect(look(place)).resolves.toMatchObject({ program: 'notFound', version: [] });
  });
});
