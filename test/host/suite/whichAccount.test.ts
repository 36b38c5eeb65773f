// Which of two accounts VS Code gives to an extension, by the options of its request: docs/for-extension-authors.md has the table.
import assert from 'node:assert/strict';
import { version, type AuthenticationGetSessionOptions } from 'vscode';
import {
  labelOf,
  nextTokenIsShort,
  scopes,
  signIn,
  signInForConsumer,
  signOut,
  simulator,
  startAfresh,
  untilDue,
} from './support/accounts.ts';
import { consumer as here, type Consumer } from './support/consumer.ts';
import { openSecondWindow } from './support/secondWindow.ts';
import { until } from './support/until.ts';
import { describeWindows, type WorkbenchWindow } from './support/window.ts';

/** What VS Code does where it remembers no account, or one that is not signed in, and may not ask; it changed after 1.105. */
const isOldest = version.startsWith('1.105.');

const [ada, ben] = [labelOf('ada'), labelOf('ben')];

/** The account of a request that asks nobody. */
async function given(options: AuthenticationGetSessionOptions = {}): Promise<string | undefined> {
  return (await here.getSession(scopes, { silent: true, ...options }))?.account.label;
}

async function accountOf(label: string) {
  const account = (await here.getAccounts()).find(each => each.label === label);
  assert.ok(account);
  return account;
}

describe('Which account an extension gets without a question', () => {
  beforeEach(async () => {
    await startAfresh();
    await signInForConsumer(here, 'ada');
    // The last one that the person signed in or chose for an extension is the one that VS Code remembers for it.
    await signInForConsumer(here, 'ben');
  });

  it('silently: the account that VS Code remembers', async () => {
    assert.equal(await given(), ben);
  });

  it('silently with an account: that account, and VS Code still remembers the other', async () => {
    assert.equal(await given({ account: await accountOf(ada) }), ada);
    assert.equal(await given(), ben);
  });

  it('silently once the remembered account is signed out: nothing on the oldest VS Code, later the other account', async () => {
    await signOut(ben);
    assert.equal(await given(), isOldest ? undefined : ada);
  });

  it('silently with an account that is signed out: nothing', async () => {
    const account = await accountOf(ben);
    await signOut(ben);
    assert.equal(await given({ account }), undefined);
  });

  it('silently once VS Code is told to forget: the first account on the oldest VS Code, later nothing while there are two', async () => {
    assert.equal(await given({ clearSessionPreference: true }), isOldest ? ada : undefined);
    assert.equal(await given(), isOldest ? ada : undefined);
    await signOut(ben);
    assert.equal(await given(), ada);
  });

  it('without silent and createIfNone: the same as silently', async () => {
    assert.equal((await here.getSession(scopes, {}))?.account.label, ben);
  });

  for (const options of [
    { createIfNone: true, silent: true },
    { forceNewSession: true, silent: true },
    { forceNewSession: true, createIfNone: true },
  ]) {
    it(`VS Code refuses ${Object.keys(options).join(' with ')}`, async () => {
      await assert.rejects(here.getSession(scopes, options), /Invalid combination of options/);
    });
  }
});

describe('The account that VS Code remembers for an extension', () => {
  /** Seconds that Ada's access token is valid. */
  const life = 4;

  beforeEach(startAfresh);

  it('stays the one that the extension gets while its token has expired and cannot be refreshed', async () => {
    await signInForConsumer(here, 'ben');
    await nextTokenIsShort(life);
    await signInForConsumer(here, 'ada');
    await simulator.fail({ route: 'refresh', fault: { status: 503 }, times: 1_000 });
    await untilDue(Date.now(), 2 * life);
    const session = await here.getSession(scopes, { silent: true });
    assert.equal(session?.account.label, ada);
    assert.deepEqual(await here.getSession(scopes, { createIfNone: true }), session);
    await assert.rejects(here.getSession(scopes, { silent: true, account: session.account }), { name: 'Offline' });
    assert.equal(await given({ account: await accountOf(ben) }), ben);
  });
});

describeWindows('Which account an extension gets after a question', () => {
  let there: Consumer;
  let second: WorkbenchWindow;

  before(async () => {
    ({ second, there } = await openSecondWindow());
  });

  after(async () => {
    await second.close();
  });

  beforeEach(async () => {
    await startAfresh();
    await signInForConsumer(here, 'ada');
    await signInForConsumer(here, 'ben');
    await until('both accounts there', async () => (await there.getAccounts()).length === 2);
    // Each window remembers for its own folder first, so the choice is made in this one.
    await allow({ createIfNone: true, clearSessionPreference: true }, () => second.choose(ben));
  });

  /** Requests a session, allows it in VS Code's dialog, and does the rest. */
  async function allow(options: AuthenticationGetSessionOptions, then: () => Promise<unknown> = () => Promise.resolve()) {
    const asked = there.getSession(scopes, options);
    asked.catch(() => undefined);
    await second.dialog();
    await second.click('Allow');
    await then();
    return (await asked)?.account.label;
  }

  const remembered = async () => (await there.getSession(scopes, { silent: true }))?.account.label;

  it('createIfNone: the remembered account, without a question', async () => {
    assert.equal((await there.getSession(scopes, { createIfNone: true }))?.account.label, ben);
  });

  it('createIfNone with an account that is allowed: that account, without a question', async () => {
    const account = await accountOf(ada);
    assert.equal((await there.getSession(scopes, { createIfNone: true, account }))?.account.label, ada);
    assert.equal(await remembered(), ben);
  });

  it('createIfNone with clearSessionPreference: the person chooses, and VS Code remembers that', async () => {
    const choose = async () => {
      assert.deepEqual(await second.rows(), [ada, ben, 'Sign in to another account']);
      await second.choose(ada);
    };
    assert.equal(await allow({ createIfNone: true, clearSessionPreference: true }, choose), ada);
    assert.equal(await remembered(), ada);
  });

  it('createIfNone once the remembered account is signed out: the person chooses', async () => {
    await signOut(ben);
    const choose = async () => {
      assert.deepEqual(await second.rows(), [ada, 'Sign in to another account']);
      await second.choose(ada);
    };
    await until('the sign-out there', async () => (await there.getAccounts()).length === 1);
    assert.equal(await allow({ createIfNone: true }, choose), ada);
  });

  it('createIfNone with an account that is signed out: it signs in again', async () => {
    const account = await accountOf(ben);
    await signOut(ben);
    await until('the sign-out there', async () => (await there.getAccounts()).length === 1);
    await simulator.set({ autoApprove: 'ben' });
    assert.equal(await allow({ createIfNone: true, account }), ben);
  });

  it('a choice that the person leaves is rejected with a bare string, which has no name', async () => {
    const asked = there.getSession(scopes, { createIfNone: true, clearSessionPreference: true });
    asked.catch(() => undefined);
    await second.dialog();
    await second.click('Allow');
    await second.rows();
    await there.runCommand('workbench.action.closeQuickOpen');
    await assert.rejects(asked, { name: undefined, message: 'User did not consent to account access' });
  });

  it("a consent that the person refuses is rejected with an error of VS Code's", async () => {
    const asked = there.getSession(scopes, { createIfNone: true, clearSessionPreference: true });
    asked.catch(() => undefined);
    await second.dialog();
    await second.click('Cancel');
    await assert.rejects(asked, { name: 'Error', message: 'User did not consent to login.' });
  });

  it('a sign-in that fails is rejected with a known name, once the person was told', async () => {
    await simulator.fail({ route: 'token', fault: { status: 500 } });
    await simulator.set({ autoApprove: 'ben' });
    await assert.rejects(allow({ forceNewSession: true }), { name: 'SignInFailed' });
  });

  it('a sign-in that the person cancels is rejected with the name of a cancellation', async () => {
    await simulator.set({ autoApprove: null });
    const cancel = () => there.runCommand('workbench.action.closeActiveEditor');
    await assert.rejects(
      allow({ forceNewSession: true }, async () => {
        await second.panelSays('browser');
        await cancel();
      }),
      { name: 'Canceled' },
    );
  });

  it('forceNewSession: the remembered account signs in again', async () => {
    await simulator.set({ autoApprove: 'ben' });
    assert.equal(await allow({ forceNewSession: true }), ben);
  });

  it('forceNewSession with an account: that account signs in again, and VS Code remembers it', async () => {
    await simulator.set({ autoApprove: 'ada' });
    assert.equal(await allow({ forceNewSession: true, account: await accountOf(ada) }), ada);
    assert.equal(await remembered(), ada);
  });

  it('forceNewSession with clearSessionPreference: any account signs in, and VS Code remembers it', async () => {
    await simulator.set({ autoApprove: { account: 'sam', workspace: 'personal' } });
    assert.equal(await allow({ forceNewSession: true, clearSessionPreference: true }), labelOf('sam'));
    assert.equal(await remembered(), labelOf('sam'));
  });

  it('an account that the extension may not use yet: createIfNone asks for that account alone', async () => {
    await signIn('sam', 'personal');
    const account = await accountOf(labelOf('sam'));
    assert.equal(await given({ account }), undefined);
    assert.equal(await allow({ createIfNone: true, account }), labelOf('sam'));
    assert.equal(await remembered(), labelOf('sam'));
  });
});
