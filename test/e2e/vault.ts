// The vault as another process has it: nothing here opens a database in the process that the tests or the extension run in.
import { execFile } from 'node:child_process';
import { createDecipheriv } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import type { Workbench } from './workbench.ts';

const program = `
const { DatabaseSync } = require('node:sqlite');
const [file, sql] = process.argv.slice(1);
console.log(JSON.stringify(new DatabaseSync(file, { timeout: 10_000 }).prepare(sql).all()));
`;

/** The rows that one statement answers, run on the vault by a process of its own. */
export async function inVault(workbench: Workbench, sql: string): Promise<Record<string, unknown>[]> {
  const args = ['--disable-warning=ExperimentalWarning', '-e', program, path.join(workbench.globalStorage, 'vault-1.db'), sql];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Record<string, unknown>[];
}

/** Which entries the secret store of a window's browser holds for our extension. The server's part of its key is the one of `newContext`. */
export async function secretStoreOf(window: Page): Promise<string[]> {
  const sealed = await window.evaluate(() => localStorage.getItem('secrets.provider'));
  if (sealed === null) return [];
  const bytes = Buffer.from(sealed, 'base64');
  const key = bytes.subarray(0, 32).map(byte => byte ^ 7);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(32, 44)).setAuthTag(bytes.subarray(-16));
  const text = Buffer.concat([decipher.update(bytes.subarray(44, -16)), decipher.final()]).toString();
  return Object.keys(JSON.parse(text) as Record<string, string>).filter(name => name.includes('chatgpt-sign-in'));
}
