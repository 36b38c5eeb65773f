// What the status bar shows, as text and to a screen reader.
import { commands } from 'vscode';
import { labelOf, signIn, signOut, simulator, startAfresh } from './support/accounts.ts';
import { describeWindows, passSpacing, testWindow } from './support/window.ts';

describeWindows('The status bar', () => {
  beforeEach(startAfresh);

  it('the signed-out status bar offers to sign in', async () => {
    await testWindow.statusSays('ChatGPT: Sign in', 'ChatGPT, not signed in. Sign in.');
  });

  it('a signed-in account shows its plan and what is left of each limit', async () => {
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
    await signIn('ada');
    await testWindow.statusSays(
      'Plus · 5h 66% · wk 42% left',
      /^ChatGPT Plus\. 5-hour limit 66 percent left, resets .+\. Weekly limit 42 percent left, resets /,
    );
  });

  it('a plan without limits shows that there are none', async () => {
    await signIn('eli');
    await testWindow.statusSays('Enterprise · no fixed limit', 'ChatGPT Enterprise, no fixed limit reported.');
  });

  it('the command Refresh Usage updates the status bar', async () => {
    await simulator.account({ account: 'ada', used: { '5h': 34, weekly: 58 } });
    await signIn('ada');
    await testWindow.statusSays('Plus · 5h 66% · wk 42% left');
    await simulator.account({ account: 'ada', used: { '5h': 90, weekly: 70 } });
    await passSpacing();
    await commands.executeCommand('chatgptSignIn.refreshUsage');
    await testWindow.statusSays('Plus · 5h 10% · wk 30% left');
  });

  it('a failure to read usage is named in the tooltip', async () => {
    await simulator.fail({ route: 'usage', times: 5, fault: { status: 503 } });
    await signIn('ada');
    await testWindow.statusSays('ChatGPT', /Couldn't load usage\. The service is currently unavailable or too busy\./);
  });

  it('a sign-in in progress is shown, and then the account', async () => {
    await simulator.set({ authorizeDelayMs: 2_000 });
    const signingIn = signIn('ada');
    await testWindow.statusSays('ChatGPT: Signing in', 'ChatGPT, signing in.');
    await signingIn;
    await testWindow.statusSays(/^Plus/);
  });

  it('a sign-out in progress is shown, and then the offer to sign in', async () => {
    await signIn('ada');
    await simulator.set({ revokeDelayMs: 2_000 });
    const signingOut = signOut(labelOf('ada'));
    await testWindow.statusSays('ChatGPT: Signing out');
    await signingOut;
    await testWindow.statusSays('ChatGPT: Sign in');
  });

  it('an expired session asks to sign in again, and the usage is back after that', async () => {
    await signIn('ada');
    await testWindow.statusSays(/^Plus · .* left$/);
    await simulator.expireSession('ada');
    await passSpacing();
    // The command resolves when the person closes its notification.
    void commands.executeCommand('chatgptSignIn.refreshUsage');
    await testWindow.statusSays('ChatGPT: Sign in again', 'ChatGPT session expired. Sign in again.');
    await signIn('ada');
    await passSpacing();
    await testWindow.statusSays(/^Plus · .* left$/);
  });
});
