import { l10n } from 'vscode';

export const usagePanelTexts = {
  usagePanelTitle: () => l10n.t('ChatGPT Usage'),
  usagePanelAccount: () => l10n.t('Account'),
  usagePanelPlan: () => l10n.t('Plan'),
  usagePanelWorkspace: () => l10n.t('Workspace'),
  usagePanelPaidBy: () =>
    l10n.t({ message: 'Paid by', comment: ['What pays for the requests, as "Paid by: ChatGPT plan, usage windows"'] }),
  usagePanelLimits: () => l10n.t('Limits'),
  usagePanelLimitsAsOf: (moment: string) =>
    l10n.t({ message: 'Limits as of {0}', args: [moment], comment: ['{0} is a time, as "Thu 09:30"'] }),
  usagePanelLow: () => l10n.t({ message: 'low', comment: ['Said of a limit of which little is left'] }),
  usagePanelCritical: () => l10n.t({ message: 'critical', comment: ['Said of a limit of which next to nothing is left'] }),
  usagePanelEvenPace: (share: string) =>
    l10n.t({ message: '{0} at an even pace', args: [share], comment: ['{0} is a share and what it is of, as "48% left"'] }),
  usagePanelAllowances: () => l10n.t('Allowances'),
  usagePanelNoCap: () => l10n.t({ message: 'no cap', comment: ['Said of an allowance without an upper limit'] }),
  usagePanelCredits: () => l10n.t('Credits'),
  usagePanelBalance: () => l10n.t('Balance'),
  usagePanelLocalMessages: () => l10n.t('About as many local messages'),
  usagePanelCloudMessages: () => l10n.t('About as many cloud messages'),
  usagePanelRange: (least: string, most: string) => l10n.t({ message: '{0} to {1}', args: [least, most], comment: ['as "40 to 210"'] }),
  usagePanelOverage: () => l10n.t('Limit for what goes beyond the plan'),
  usagePanelResets: () => l10n.t('Saved resets'),
  usagePanelAvailable: () => l10n.t({ message: 'Available', comment: ['Resets that can be used'] }),
  usagePanelResetsWhere: () => l10n.t('They are used in ChatGPT, never by this extension.'),
  usagePanelMoreLimits: () => l10n.t('Further limits'),
  usagePanelHistory: () => l10n.t('History'),
  usagePanelPeriod: () => l10n.t({ message: 'Period', comment: ['How many days the chart shows'] }),
  usagePanelDays: (days: number) => l10n.t('{0} days', days),
  usagePanelChart: (limit: string, days: string, readings: number) =>
    l10n.t({
      message: '{0}, {1}: chart of {2} readings',
      args: [limit, days, readings],
      comment: ['as "Weekly limit, 7 days: chart of 96 readings"'],
    }),
  usagePanelChartHint: () => l10n.t('Left and right arrow keys go from reading to reading.'),
  usagePanelHistoryLoading: () => l10n.t('Loading the history…'),
  usagePanelHistoryBegins: () => l10n.t('History begins with the first readings.'),
  usagePanelThinned: () =>
    l10n.t(
      'There are more readings than can be drawn: of each stretch the one with the most used and the last are shown. An export has all of them.',
    ),
  usagePanelUsed: () => l10n.t({ message: 'Used', comment: ['Share of a limit'] }),
  usagePanelLeft: () => l10n.t({ message: 'Left', comment: ['Share of a limit'] }),
  usagePanelPace: () => l10n.t('Even pace'),
  usagePanelWarning: (share: string) => l10n.t({ message: 'Warning at {0}', args: [share], comment: ['as "Warning at 20% left"'] }),
  usagePanelReset: () => l10n.t('Reset'),
  usagePanelGap: () => l10n.t('Nothing read'),
  usagePanelShowTable: () => l10n.t('Show as Table'),
  usagePanelHideTable: () => l10n.t('Hide Table'),
  usagePanelTable: (limit: string, days: string) =>
    l10n.t({ message: '{0}, {1}, newest first', args: [limit, days], comment: ['as "Weekly limit, 7 days, newest first"'] }),
  usagePanelTime: () => l10n.t('Time'),
  usagePanelSource: () => l10n.t('About these numbers'),
  usagePanelFrom: (host: string) =>
    l10n.t('Reported by {0}, read once for all windows of this machine. What it reports may lag behind.', host),
  usagePanelNext: (moment: string) => l10n.t('Next reading {0}.', moment),
  usagePanelZone: (zone: string) =>
    l10n.t({ message: 'Times are in {0}.', args: [zone], comment: ['{0} is a time zone, as "Europe/Berlin"'] }),
  usagePanelClock: (span: string) => l10n.t("This machine's clock and the service's are {0} apart; resets go by the service's.", span),
  usagePanelPartial: (fields: string) => l10n.t('Could not be read: {0}.', fields),
  usagePanelCopy: () => l10n.t('Copy Diagnostics'),
  usagePanelCopied: () => l10n.t('The diagnostics are on the clipboard. They name no person, account or workspace.'),
  usagePanelExport: () => l10n.t('Export History…'),
  usagePanelOpenPage: () => l10n.t('Open ChatGPT Usage Page'),
} as const;
