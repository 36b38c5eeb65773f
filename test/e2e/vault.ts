// The vault, read by a process of its own: nothing here opens the database in the process of the tests or the extension.
import { execFile, spawn } from 'node:child_process';
import { createDecipheriv } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { Workbench } from './workbench.ts';

const answer = `
const { DatabaseSync } = require('node:sqlite');
const [file, sql] = process.argv.slice(1);
console.log(JSON.stringify(new DatabaseSync(file, { timeout: 10_000 }).prepare(sql).all()));
`;

const begin = `
const { DatabaseSync } = require('node:sqlite');
const [file, sql] = process.argv.slice(1);
new DatabaseSync(file, { timeout: 10_000 }).exec('BEGIN IMMEDIATE; ' + sql);
console.log('begun');
setInterval(() => undefined, 60_000);
`;

function argumentsOf(program: string, workbench: Workbench, sql: string): string[] {
  return ['--disable-warning=ExperimentalWarning', '-e', program, path.join(workbench.globalStorage, 'vault-1.db'), sql];
}

/** The rows that a statement on the vault returns, run in a process of its own. */
export async function inVault(workbench: Workbench, sql: string): Promise<Record<string, unknown>[]> {
  const { stdout } = await promisify(execFile)(process.execPath, argumentsOf(answer, workbench, sql));
  return JSON.parse(stdout) as Record<string, unknown>[];
}

/** A process that starts a write and does not end it. @returns a function that kills it */
export async function beginWrite(workbench: Workbench, sql: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, argumentsOf(begin, workbench, sql), { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const isReady = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isReady) throw new Error('The write was not begun.');
  onTestFinished(kill);
  return kill;
}

/** The entries of our extension in the secret storage of a window's browser. The server's part of its key comes from `newContext`. */
export async function secretStoreOf(window: Page): Promise<string[]> {
  const sealed = await window.evaluate(() => localStorage.getItem('secrets.provider'));
  if (sealed === null) return [];
  const bytes = Buffer.from(sealed, 'base64');
  const key = bytes.subarray(0, 32).map(byte => byte ^ 7);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(32, 44)).setAuthTag(bytes.subarray(-16));
  const text = Buffer.concat([decipher.update(bytes.subarray(44, -16)), decipher.final()]).toString();
  return Object.keys(JSON.parse(text) as Record<string, string>).filter(name => name.includes('chatgpt-sign-in'));
}
