// What all the tests before have left on the disk. Its name sorts last, so that it comes last.
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

/** The user data, storage, extensions, workspace and logs of this VS Code are all below it. */
const home = process.env['HOST_HOME'] ?? '';

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
}

/** Undefined for a file that went away in between. */
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

describe('On the disk, when all is done,', () => {
  before(async () => {
    await startAfresh();
    // Whatever ran before, a session was signed in, renewed and signed out, and another one is still there.
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

  it('the log tells of a sign-in, a renewal and a sign-out', async () => {
    for (const step of ['signed in', 'refresh', 'signed out']) await until(`"${step}" in the log`, () => logText().includes(step));
  });

  it('no file holds a token, a code or anything else that the service gave out [R22]', async () => {
    const secrets = await simulator.secrets();
    const kinds = new Set(secrets.map(({ kind }) => kind));
    const expected = ['access_token', 'refresh_token', 'id_token', 'authorization_code', 'code_verifier', 'state'];
    for (const kind of [...expected, 'device_auth_id', 'device_code', 'user_code']) {
      assert.ok(kinds.has(kind), `the service gave out no ${kind}`);
    }
    const files = filesBelow(home);
    for (const part of ['vault-1.db', 'ChatGPT.log', 'settings.json']) {
      assert.ok(
        files.some(file => path.basename(file) === part),
        `${part} is not among what is looked at`,
      );
    }
    const found = files.flatMap(file => {
      const content = read(file);
      const kindsIn = secrets.filter(({ value }) => content?.includes(value)).map(({ kind }) => kind);
      return [...new Set(kindsIn)].map(kind => `${kind} in ${path.relative(home, file)}`);
    });
    assert.deepEqual(found, []);
  });

  it('the log holds no email and no id of an account [R52]', () => {
    const text = logText();
    for (const word of ['@example.com', 'user-Simulated', '51500003', 'auth0|']) assert.ok(!text.includes(word), `it holds ${word}`);
  });
});
