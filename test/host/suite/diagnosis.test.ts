// The diagnosis of a window after each kind of failure, by a test that knows every secret.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { homedir, tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { commands, ConfigurationTarget, window, workspace } from 'vscode';
import type { Fault, FaultRoute } from '../../simulator/client.ts';
import { configure, panelTabs, signIn, simulator, startAfresh, trySignIn, withCodeOf } from './support/accounts.ts';
import { until } from './support/until.ts';

/** Runs the command and returns the report that it opens. */
async function diagnosis(): Promise<string> {
  await commands.executeCommand('chatgptSignIn.diagnose');
  const document = window.activeTextEditor?.document;
  assert.equal(document?.languageId, 'markdown');
  assert.ok(document.isUntitled);
  const text = document.getText();
  await commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  return text;
}

function section(text: string, heading: string): string {
  return text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
}

async function occupy(port: number): Promise<() => Promise<void>> {
  const server = createServer(socket => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return () =>
    new Promise(resolve => {
      server.close(() => {
        resolve();
      });
    });
}

/** A certificate that no authority signed. */
function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(path.join(tmpdir(), 'diagnosis-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const how = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  execFileSync('openssl', [...how, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return pair;
}

const byDeviceCode = () => commands.executeCommand('chatgptSignIn.signInWithDeviceCode');

/** A browser sign-in during this fault of the service. */
const at = (route: FaultRoute, fault: Fault) => async () => {
  await simulator.fail({ route, fault, times: 5 });
  await trySignIn('ada');
};

/** A device code sign-in during this fault of the service. */
const atDevice = (route: FaultRoute, fault: Fault) => async () => {
  await simulator.set({ deviceInterval: 1 });
  await simulator.fail({ route, fault });
  await byDeviceCode();
};

const withSettings = (settings: Record<string, string | undefined>) => async () => {
  const restore = await configure(settings);
  try {
    await byDeviceCode();
  } finally {
    await restore();
  }
};

const faults: readonly (readonly [string, () => Promise<void>])[] = [
  [
    'denied',
    async () => {
      await simulator.set({ autoApprove: { account: 'ada', deny: true } });
      await commands.executeCommand('chatgptSignIn.signIn');
    },
  ],
  [
    'noEntitlement',
    async () => {
      await simulator.account({ account: 'ada', entitled: false });
      await trySignIn('ada');
      await simulator.account({ account: 'ada', entitled: true });
    },
  ],
  [
    'wrongWorkspace',
    async () => {
      const setting = workspace.getConfiguration('chatgptSignIn');
      await setting.update('allowedWorkspace', ['another-workspace'], ConfigurationTarget.Global);
      await withCodeOf('ada', byDeviceCode);
      await setting.update('allowedWorkspace', undefined, ConfigurationTarget.Global);
    },
  ],
  [
    'portsBusy',
    async () => {
      const leave = await Promise.all([occupy(1455), occupy(1457)]);
      await trySignIn('ada');
      const text = await diagnosis();
      assert.match(section(text, 'Ports'), /1455: used by another program[^]*1457: used by another program/);
      assert.match(section(text, 'Findings'), /portsBusy/);
      await Promise.all(leave.map(each => each()));
    },
  ],
  [
    'cancelled',
    async () => {
      const signingIn = byDeviceCode();
      await until('the panel', () => panelTabs().length === 1);
      await window.tabGroups.close(panelTabs());
      await signingIn;
    },
  ],
  [
    'stateMismatch',
    async () => {
      await simulator.set({ autoApprove: 'ada', authorizeDelayMs: 1_500 });
      const signingIn = commands.executeCommand('chatgptSignIn.signIn');
      await until('a forged redirect to be refused', () =>
        fetch('http://127.0.0.1:1455/auth/callback?code=forged&state=forged').then(
          ({ status }) => status === 400,
          () => false,
        ),
      );
      const text = await diagnosis();
      assert.match(section(text, 'Ports'), /1455: used by a sign-in of this extension/);
      await signingIn;
    },
  ],
  [
    'issuerMismatch',
    async () => {
      await simulator.mutate({ on: 'callback', set: { iss: 'https://another.example' } });
      await trySignIn('ada');
    },
  ],
  [
    'identityInvalid',
    async () => {
      await simulator.mutate({ idToken: { aud: 'another-client' } });
      await trySignIn('ada');
    },
  ],
  ['codeExpired', atDevice('devicePoll', 'expired')],
  ['codeRefused', atDevice('devicePoll', 'denied')],
  ['deviceCodeDisabled', atDevice('deviceStart', 'disabled')],
  ['answerNotUnderstood', at('token', 'brokenJson')],
  ['blocked', at('token', 'html')],
  ['serviceUnavailable', at('token', { status: 503 })],
  ['offline', at('token', 'drop')],
  ['nameNotResolved', withSettings({ issuer: 'https://nobody.invalid' })],
  [
    'certificateNotTrusted',
    async () => {
      const server = createHttpsServer(selfSigned());
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      const issuer = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
      await withSettings({ issuer })();
      const restore = await configure({ issuer });
      const text = await diagnosis();
      await restore();
      server.close();
      assert.match(section(text, 'Findings'), /The certificate of the sign-in service is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
      assert.match(section(text, 'Errors in this window'), /^\n- certificateNotTrusted \(.*DEPTH_ZERO_SELF_SIGNED_CERT.*\), times: 1/);
    },
  ],
  ['addressNotSecure', withSettings({ issuer: 'http://auth.example' })],
  ['addressInvalid', withSettings({ issuer: 'nonsense' })],
  ['settingsIncomplete', withSettings({ service: 'oidc', issuer: undefined, clientId: undefined })],
];

describe('Diagnose Sign-In', () => {
  beforeEach(startAfresh);

  after(startAfresh);

  for (const [code, act] of faults) {
    it(`the report names the newest error: ${code}`, async () => {
      await act();
      const [newest = ''] = section(await diagnosis(), 'Errors in this window')
        .trim()
        .split('\n');
      assert.match(newest, new RegExp(`^- ${code}\\b`));
    });
  }

  it('the report has the responses of the services to requests without credentials [R50]', async () => {
    await signIn('ada');
    const before = (await simulator.requests()).length;
    const text = await diagnosis();
    assert.match(section(text, 'Network'), /Sign-in service: a URL on this computer; .*reachable, status 200/);
    assert.match(section(text, 'Network'), /Backend: a URL on this computer; .*reachable, status 401/);
    assert.match(section(text, 'Accounts (included in your ChatGPT plan)'), /^\n- 1: ready; service: openai at a URL on this computer; /);
    const asked = (await simulator.requests()).slice(before).filter(({ headers }) => headers['authorization'] === undefined);
    assert.ok(asked.some(({ path }) => path.includes('openid-configuration')));
    const own = asked.filter(({ path }) => path.includes('wham/usage'));
    assert.equal(own.length, 1);
    assert.equal(own[0]?.headers['cookie'], undefined);
  });

  it('the report says that a service is unavailable, filtered, unreachable or unresolved, or has another clock', async () => {
    await simulator.fail({ route: 'discovery', fault: { status: 503 } });
    assert.match(section(await diagnosis(), 'Findings'), /The sign-in service is not available \(serviceUnavailable, status 503\)/);
    await simulator.fail({ route: 'discovery', fault: 'html' });
    assert.match(section(await diagnosis(), 'Findings'), /The sign-in service returned a web page instead of a response \(blocked/);
    await simulator.fail({ route: 'discovery', fault: 'drop' });
    assert.match(section(await diagnosis(), 'Findings'), /The sign-in service cannot be reached through VS Code \(offline/);
    const restore = await configure({ issuer: 'https://nobody.invalid' });
    const text = await diagnosis();
    await restore();
    assert.match(section(text, 'Findings'), /The host name of the sign-in service was not found on this computer/);
    await simulator.set({ clockOffsetSeconds: 600 });
    assert.match(section(await diagnosis(), 'Findings'), /differ by (599|600|601) seconds/);
  });

  it('the report has no secret that the service issued, and nothing that identifies a person [R49]', async () => {
    await signIn('ada');
    await withCodeOf('ben', byDeviceCode);
    const text = await diagnosis();
    assert.match(section(text, 'Accounts (included in your ChatGPT plan)'), /- 1: ready[^]*- 2: ready/);
    const secrets = await simulator.secrets();
    assert.ok(secrets.length > 10);
    assert.deepEqual(
      secrets.filter(({ value }) => text.includes(value)).map(({ kind }) => kind),
      [],
    );
    const home = process.env['HOST_HOME'] ?? homedir();
    const names = [
      '@example.com',
      'user-Simulated',
      '51500003',
      'auth0|',
      home,
      homedir(),
      `/${userInfo().username}/`,
      new URL(simulator.issuer).host,
    ];
    assert.deepEqual(
      names.filter(name => text.includes(name)),
      [],
    );
  });
});
