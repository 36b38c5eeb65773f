import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { consentFile } from '../../../src/codexCli/consent.ts';

describe("the consent to use the Codex CLI's sign-in [R61]", () => {
  it('consent applies to all windows and is an empty file that only its owner can read', async () => {
    const root = mkdtempSync(join(tmpdir(), 'consent-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const folder = join(root, 'storage');
    const [here, elsewhere] = [consentFile(folder), consentFile(folder)];
    expect([here.hasConsent(), elsewhere.hasConsent()]).toEqual([false, false]);
    await here.set(true);
    await elsewhere.set(true);
    expect([here.hasConsent(), elsewhere.hasConsent(), readdirSync(folder)]).toEqual([true, true, ['uses-codex-cli']]);
    const { size, mode } = statSync(join(folder, 'uses-codex-cli'));
    if (process.platform !== 'win32') expect([size, mode & 0o777]).toEqual([0, 0o600]);
    await elsewhere.set(false);
    await elsewhere.set(false);
    expect([here.hasConsent(), readdirSync(folder)]).toEqual([false, []]);
  });
});
