import { defined } from '../../../base/defined.ts';
import { shownExtra } from '../../limitStatus.ts';
import type { UsageView } from '../../usageView.ts';
import { formatShare, windowTitle } from '../formatUsage.ts';
import { usageChart } from './chart.ts';
import { texts } from './texts.ts';
import type { Chart, HistoryView, UsagePanelState } from './panelTypes.ts';
import { chartSpans } from './panelTypes.ts';

/** The history of one limit; `undefined` where there is none. */
export function historyView({ snapshot, status }: UsageView, state: UsagePanelState): HistoryView | undefined {
  const { windows, fetchedAt } = snapshot;
  const { history, now, span, width, format, settings } = state;
  const all = [...windows, ...shownExtra(snapshot, status)];
  const window = all.find(({ id }) => id === state.windowId) ?? windows.at(-1) ?? all[0];
  if (!window) return undefined;
  const { workDays, thresholds } = settings.alerts;
  const samples = history?.filter(({ windowId }) => windowId === window.id);
  const chart =
    samples &&
    usageChart({ samples, window, fetchedAt, now, span, width, share: settings.show, warnAt: thresholds.warnAt, workDays, format });
  const notes = [...(chart && chart.readings.length < 2 ? [texts.noHistory()] : []), ...(chart?.isThinned ? [texts.thinned()] : [])];
  return {
    title: texts.history(),
    limits: {
      label: texts.limits(),
      options: all.map(each => ({ value: each.id, name: windowTitle(each), isChosen: each === window })),
    },
    spans: {
      label: texts.period(),
      options: chartSpans.map(days => ({ value: String(days), name: texts.days(days), isChosen: days === span })),
    },
    label: texts.chart(windowTitle(window), texts.days(span), chart?.readings.length ?? 0),
    hint: texts.chartHint(),
    empty: texts.historyLoading(),
    legend: legendOf(chart, state),
    ...defined({ chart, note: notes.length === 0 ? undefined : notes.join(' ') }),
    table: {
      show: texts.showTable(),
      hide: texts.hideTable(),
      caption: texts.table(windowTitle(window), texts.days(span)),
      columns: [texts.time(), texts.used(), texts.left()],
    },
  };
}

/** Of what is drawn. */
function legendOf(chart: Chart | undefined, { settings: { show, alerts }, format }: UsagePanelState): HistoryView['legend'] {
  const share = show === 'left' ? texts.left() : texts.used();
  const all: (readonly [boolean | undefined, HistoryView['legend'][number]])[] = [
    [true, { kind: 'steps', label: share }],
    [chart?.evenPace !== '', { kind: 'pace', label: texts.pace() }],
    [true, { kind: 'warn', label: texts.warning(formatShare(alerts.thresholds.warnAt, show, format)) }],
    [chart?.resets.length !== 0, { kind: 'reset', label: texts.reset() }],
    [chart?.gaps.length !== 0, { kind: 'gap', label: texts.gap() }],
  ];
  return all.filter(([isDrawn]) => isDrawn).map(([, entry]) => entry);
}
