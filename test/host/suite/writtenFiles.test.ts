// What the whole suite has written to disk. The name of this file sorts last, so that it runs last.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { commands } from 'vscode';
import {
  configure,
  nextTokenIsShort,
  scopes,
  signInForConsumer,
  simulator,
  startAfresh,
  untilDue,
  withCodeOf,
} from './support/accounts.ts';
import { consumer } from './support/consumer.ts';
import { until } from './support/until.ts';

/** The folder of this VS Code's user data, storage, extensions, workspace and logs. */
const home = process.env['HOST_HOME'] ?? '';

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
}

/** The content; undefined for a file deleted meanwhile. */
function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function logText(): string {
  const logs = filesBelow(home).filter(file => path.basename(file) === 'ChatGPT.log');
  return logs.map(file => read(file)?.toString() ?? '').join('\n');
}

describe('Files on disk after the suite', () => {
  before(async () => {
    await startAfresh();
    // Even alone, this suite signs in, refreshes and signs out a session, and leaves another one.
    await nextTokenIsShort();
    await signInForConsumer(consumer, 'ada');
    await untilDue(Date.now());
    await consumer.getSession(scopes, { silent: true });
    await startAfresh();
    const byCode = () => commands.executeCommand('chatgptSignIn.signInWithDeviceCode');
    await withCodeOf('ada', byCode);
    const restore = await configure({ service: 'oidc', issuer: simulator.plainIssuer, clientId: 'test-client' });
    await withCodeOf('ada', byCode, `${simulator.plainIssuer}/device`);
    await restore();
    await startAfresh();
    await signInForConsumer(consumer, 'ben');
  });

  it('the log has a sign-in, a refresh and a sign-out', async () => {
    for (const step of ['signed in', 'refresh', 'signed out']) await until(`"${step}" in the log`, () => logText().includes(step));
  });

  it('no file has a token, a code or any other secret that the service issued [R22]', async () => {
    const secrets = await simulator.secrets();
    const kinds = new Set(secrets.map(({ kind }) => kind));
    const expected = ['access_token', 'refresh_token', 'id_token', 'authorization_code', 'code_verifier', 'state'];
    for (const kind of [...expected, 'device_auth_id', 'device_code', 'user_code']) {
      assert.ok(kinds.has(kind), `the service issued no ${kind}`);
    }
    const files = filesBelow(home);
    for (const part of ['vault-1.db', 'ChatGPT.log', 'settings.json']) {
      assert.ok(
        files.some(file => path.basename(file) === part),
        `${part} is not among the files searched`,
      );
    }
    const found = files.flatMap(file => {
      const content = read(file);
      const kindsIn = secrets.filter(({ value }) => content?.includes(value)).map(({ kind }) => kind);
      return [...new Set(kindsIn)].map(kind => `${kind} in ${path.relative(home, file)}`);
    });
    assert.deepEqual(found, []);
  });

  it('the log has no email and no account id [R52]', () => {
    const text = logText();
    for (const word of ['@example.com', 'user-Simulated', '51500003', 'auth0|']) assert.ok(!text.includes(word), `it holds ${word}`);
  });
});
