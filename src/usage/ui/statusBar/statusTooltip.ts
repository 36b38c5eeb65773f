import { escapeMarkdown } from '../../../shell/markdown.ts';
import { commonTexts } from '../../../shell/commonTexts.ts';
import { statusTexts } from '../statusTexts.ts';

export type Link = 'showUsage' | 'refresh' | 'accounts' | 'signInAgain';

const links: Readonly<Record<Link, { readonly icon: string; readonly title: () => string; readonly command: string }>> = {
  showUsage: { icon: 'graph', title: statusTexts.showUsage, command: 'chatgptSignIn.showUsage' },
  refresh: { icon: 'refresh', title: statusTexts.refresh, command: 'chatgptSignIn.refreshUsage' },
  accounts: { icon: 'account', title: statusTexts.accountsShort, command: 'chatgptSignIn.manageAccounts' },
  signInAgain: { icon: 'key', title: commonTexts.signInAgain, command: 'chatgptSignIn.signIn' },
};

/** All that a tooltip may run. */
export const tooltipCommands: readonly string[] = Object.values(links).map(({ command }) => command);

/** A limit in the tooltip, in plain text. */
export interface TooltipRow {
  readonly title: string;
  /** 0 to 100; absent where it is not known. */
  readonly bar?: number;
  /** Stands beside the bar. */
  readonly numbers: string;
  readonly details: readonly string[];
}

export interface TooltipParts {
  readonly plan?: string | undefined;
  /** Whose account it is. */
  readonly label: string;
  /** What pays for its requests. */
  readonly payer?: string | undefined;
  /** Markdown. */
  readonly headline?: string | undefined;
  readonly rows?: readonly TooltipRow[];
  /** Plain text, a line each. */
  readonly notes?: readonly string[];
  /** How old the numbers are, in plain text. */
  readonly age?: { readonly icon: string; readonly text: string };
  readonly links: readonly Link[];
}

const cells = 20;

/** Everything in one tooltip, as Markdown. */
export function tooltip({ plan, label, payer, headline, rows = [], notes = [], age, links: shown }: TooltipParts): string {
  const title = plan === undefined ? escapeMarkdown(label) : `**${escapeMarkdown(plan)}** · ${escapeMarkdown(label)}`;
  const blocks = [
    payer === undefined ? title : [title, escapeMarkdown(payer)].join(newLine),
    ...(headline === undefined ? [] : [headline]),
    ...rows.map(rowBlock),
    ...(notes.length > 0 ? [notes.map(escapeMarkdown).join(newLine)] : []),
    ...(age ? [`$(${age.icon}) ${escapeMarkdown(age.text)}`] : []),
    `---`,
    shown.map(link).join(' &nbsp; '),
  ];
  return blocks.join('\n\n');
}

const newLine = '  \n';

function rowBlock({ title, bar, numbers, details }: TooltipRow): string {
  const drawn = [bar === undefined ? '' : `\`${blocks(bar)}\``, escapeMarkdown(numbers)].filter(part => part !== '').join(' ');
  const lines = [drawn, escapeMarkdown(details.join(' · '))].filter(line => line !== '');
  return [`**${escapeMarkdown(title)}**`, ...lines].join(newLine);
}

/** Something is only drawn full or empty where it is. */
function blocks(share: number): string {
  const full = Math.min(share > 0 ? Math.max(1, Math.round((share * cells) / 100)) : 0, share < 100 ? cells - 1 : cells);
  return '█'.repeat(full) + '░'.repeat(cells - full);
}

function link(name: Link): string {
  const { icon, title, command } = links[name];
  return `[$(${icon}) ${escapeMarkdown(title())}](command:${command})`;
}
