import { mkdtempSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
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

  it('a file in a folder that is a link to another place is no consent, and none is given there', async () => {
    const root = mkdtempSync(join(tmpdir(), 'consent-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const elsewhere = consentFile(join(root, 'elsewhere'));
    await elsewhere.set(true);
    symlinkSync(join(root, 'elsewhere'), join(root, 'storage'), 'junction');
    const consent = consentFile(join(root, 'storage'));
    expect(consent.hasConsent()).toBe(false);
    await expect(consent.set(true)).rejects.toMatchObject({ code: 'folderNotOurs' });
  });

  it('a folder that cannot be read or made is an error with a code, and no consent', async () => {
    const root = mkdtempSync(join(tmpdir(), 'consent-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    writeFileSync(join(root, 'file'), '');
    const consent = consentFile(join(root, 'file', 'storage'));
    expect(consent.hasConsent()).toBe(false);
    await expect(consent.set(true)).rejects.toMatchObject({ name: 'AppError' });
  });
});
