import { window } from 'vscode';
import type { SignInMethod } from '../../../oauth/flows.ts';
import type { SignIn } from './signIn.ts';
import { texts } from './texts.ts';

/** Signs in and says so. A failure is shown by the sign-in itself. */
export async function signInByCommand(signIn: SignIn, method?: SignInMethod): Promise<void> {
  try {
    const { label } = await signIn.run(method === undefined ? {} : { method });
    void window.showInformationMessage(texts.signedInAs(label));
  } catch {
    // The sign-in panel has shown it.
  }
}
