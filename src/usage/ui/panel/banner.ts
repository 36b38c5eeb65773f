import { texts as accountsTexts } from '../../../accounts/ui/texts.ts';
import { commonTexts } from '../../../shell/commonTexts.ts';
import { errorText } from '../../../shell/errorTexts.ts';
import type { UsageState } from '../../usageView.ts';
import { formatAge, moment } from '../formatTime.ts';
import { formatFailure } from '../formatUsage.ts';
import { statusTexts } from '../statusTexts.ts';
import { texts as usageTexts } from '../texts.ts';
import type { LoadedUsage } from '../usageCondition.ts';
import { usageCondition } from '../usageCondition.ts';
import type { Banner, DisplayedUsage, PanelButton, UsagePanelState } from './panelTypes.ts';

/** What the panel says before everything else; `undefined` where the numbers say it all. */
export function bannerOf(state: UsagePanelState, displayed: DisplayedUsage | undefined): Banner | undefined {
  const condition = usageCondition(state);
  switch (condition.kind) {
    case 'signedOut':
      return { tone: 'info', headline: statusTexts.signedOutTooltip(), details: [], button: signIn(accountsTexts.signIn()) };
    case 'problem': {
      const button = { action: 'showLog', title: commonTexts.showLog() } as const;
      return { tone: 'error', headline: errorText(condition).message, details: [], button };
    }
    case 'sessionExpired':
      return signInAgain(statusTexts.sessionExpiredTooltip(), displayed, state);
    case 'workspaceInactive':
      return signInAgain(usageTexts.workspaceInactive(), displayed, state);
    case 'accountInactive':
      return { tone: 'error', headline: usageTexts.accountInactive(), details: [] };
    case 'notAvailable':
      return { tone: 'info', headline: statusTexts.noUsage(), details: [] };
    case 'turnedOff': {
      const button = { action: 'openSettings', title: commonTexts.openSettings() } as const;
      return { tone: 'info', headline: statusTexts.off(), details: [], button };
    }
    case 'notLoaded':
      return { tone: 'info', headline: notLoaded(condition.host, state), details: [] };
    case 'loaded':
      return displayed && loaded(condition, displayed, state);
  }
}

function signIn(title: string): PanelButton {
  return { action: 'signIn', title, isPrimary: true };
}

function signInAgain(headline: string, displayed: DisplayedUsage | undefined, { now, format }: UsagePanelState): Banner {
  const details = displayed ? [statusTexts.lastUpdated(moment(displayed.view.snapshot.fetchedAt, now, format))] : [];
  return { tone: 'warning', headline, details, button: signIn(commonTexts.signInAgain()) };
}

function notLoaded(host: string, { usage, now, format }: UsagePanelState): string {
  const failure = usage && formatFailure(usage, host, now, format);
  return failure === undefined || usage?.isReading ? unread(usage) : failure;
}

function unread(usage: UsageState | undefined): string {
  return usage?.isReading || usage?.nextAt !== undefined ? statusTexts.loading() : statusTexts.notLoadedTooltip();
}

function loaded({ usage, view, host }: LoadedUsage, displayed: DisplayedUsage, { now, format }: UsagePanelState): Banner | undefined {
  const failure = formatFailure(usage, host, now, format);
  const age = formatAge({ now, fetchedAt: view.snapshot.fetchedAt }, format);
  const doubts = failure !== undefined ? [failure, age] : view.isStale ? [age] : [];
  const banner = limitBanner(displayed);
  if (banner) return { ...banner, details: [...banner.details, ...doubts] };
  const [headline, ...details] = doubts;
  return headline === undefined ? undefined : { tone: 'info', headline, details };
}

/** What decides whether one can go on, where it is more than the numbers. */
function limitBanner({ view: { status }, summary }: DisplayedUsage): Banner | undefined {
  if (status.kind === 'normal' || (status.kind === 'allowance' && status.level === 'normal')) return undefined;
  const { headline, text, background: tone = 'info' } = summary;
  if (status.kind === 'outOfCredits') return { tone, headline: text, details: headline === undefined ? [] : [headline] };
  return { tone, headline: headline ?? text, details: [] };
}
