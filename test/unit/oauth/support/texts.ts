import type { BrowserTexts } from '../../../../src/oauth/browserFlow.ts';
import type { LandingText } from '../../../../src/oauth/callbackPage.ts';

const text = (mood: LandingText['mood'], title: string): LandingText => ({ mood, language: 'en', title, paragraphs: [] });

export const landings: BrowserTexts = {
  signedIn: text('good', 'signed in'),
  stranger: text('bad', 'stranger'),
  late: text('bad', 'late'),
  failed: error => text('bad', `failed: ${error.code}`),
};
