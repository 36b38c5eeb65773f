// What the status bar says, as a person and as a screen reader reads it.
import { commands } from 'vscode';
import { labelOf, signIn, signOut, simulator, startAfresh } from './support/accounts.ts';
import { describeWindows, testWindow } from './support/window.ts';

describeWindows('The status bar', () => {
  beforeEach(startAfresh);

  it('offers to sign in while nobody is signed in', async () => {
    await testWindow.statusSays('ChatGPT: Sign in', 'ChatGPT, not signed in. Sign in.');
  });

  it('shows the plan and what is left of each window once somebody is', async () => {
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
    await signIn('ada');
    await testWindow.statusSays(
      'Plus · 5h 66% · wk 42% left',
      /^ChatGPT Plus\. 5-hour limit 66 percent left, resets .+\. Weekly limit 42 percent left, resets /,
    );
  });

  it('says so where nothing limits the plan', async () => {
    await signIn('eli');
    await testWindow.statusSays('Enterprise · no fixed limit', 'ChatGPT Enterprise, no fixed limit reported.');
  });

  it('reads again on command', async () => {
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
    await signIn('ada');
    await testWindow.statusSays('Plus · 5h 66% · wk 42% left');
    await simulator.account({ account: 'ada', used: { '5h': 90, weekly: 70 } });
    await commands.executeCommand('chatgptSignIn.refreshUsage');
    await testWindow.statusSays('Plus · 5h 10% · wk 30% left');
  });

  it('says why while the usage cannot be read', async () => {
    await simulator.fail({ route: 'usage', times: 5, fault: { status: 503 } });
    await signIn('ada');
    await testWindow.statusSays('ChatGPT', /Couldn't load usage\. The service is currently unavailable\./);
  });

  it('says that somebody is signing in, and afterwards who came', async () => {
    await simulator.set({ authorizeDelayMs: 2_000 });
    const signingIn = signIn('ada');
    await testWindow.statusSays('ChatGPT: Signing in', 'ChatGPT, signing in.');
    await signingIn;
    await testWindow.statusSays(/^Plus/);
  });

  it('says that it is signing out, and then offers to sign in', async () => {
    await signIn('ada');
    await simulator.set({ revokeDelayMs: 2_000 });
    const signingOut = signOut(labelOf('ada'));
    await testWindow.statusSays('ChatGPT: Signing out');
    await signingOut;
    await testWindow.statusSays('ChatGPT: Sign in');
  });

  it('asks to sign in again when the service has ended the session, and is content once that is done', async () => {
    await signIn('ada');
    await testWindow.statusSays(/^Plus · .* left$/);
    await simulator.endSession('ada');
    // It waits for a person to answer its notification.
    void commands.executeCommand('chatgptSignIn.refreshUsage');
    await testWindow.statusSays('ChatGPT: Sign in again', 'ChatGPT session expired. Sign in again.');
    await signIn('ada');
    await testWindow.statusSays(/^Plus · .* left$/);
  });
});
