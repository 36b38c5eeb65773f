import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { consentFile } from '../../../src/codexCli/consent.ts';
import type { CodexCliPlace } from '../../../src/diagnosis/codexCliFacts.ts';
import { probeCodexCli } from '../../../src/diagnosis/codexCliFacts.ts';
import { systemClock } from '../../../src/base/clock.ts';

/** A machine with an executable that prints this version, signed in to ChatGPT by an auth file with this mode. */
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

const inspect = (place: CodexCliPlace) => probeCodexCli(place, systemClock, new AbortController().signal);

describe.runIf(process.platform !== 'win32')('the diagnosis of the Codex CLI', () => {
  it('the report has the version, and the kind of sign-in only after the person consented', async () => {
    const place = machine('codex-cli 0.169.0', 0o644);
    const found = { executable: 'path', version: [0, 169, 0], isOpenToOthers: true };
    await expect(inspect(place)).resolves.toEqual({ ...found, isAllowed: false, session: 'notRead' });
    await consentFile(place.folder).set(true);
    await expect(inspect(place)).resolves.toEqual({ ...found, isAllowed: true, session: 'chatgpt' });
  });

  it('an executable that prints something else, or is missing, has no version', async () => {
    await expect(inspect(machine('ada@example.com'))).resolves.toMatchObject({ executable: 'path', version: [], isOpenToOthers: false });
    const place = { ...machine('x'), configured: '/nowhere/codex' };
    await expect(inspect(place)).resolves.toMatchObject({ executable: 'codexNotFound', version: [] });
  });
});
