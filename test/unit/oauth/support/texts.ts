import type { BrowserTexts } from '../../../../src/oauth/browserFlow.ts';
import type { CallbackPageText } from '../../../../src/oauth/callbackPage.ts';

const text = (mood: CallbackPageText['mood'], title: string): CallbackPageText => ({ mood, language: 'en', title, paragraphs: [] });

export const callbackTexts: BrowserTexts = {
  signedIn: text('good', 'signed in'),
  mismatchedState: text('bad', 'wrong state'),
  late: text('bad', 'late'),
  failed: error => text('bad', `failed: ${error.code}`),
};
