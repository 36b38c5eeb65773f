// The history chart, its cursor and its table.
import type { ComponentChildren } from 'preact';
import { h } from 'preact';
import type { Chart, ChartReading, HistoryView } from '../ui/panel/panelTypes.ts';
import type { Page } from './page.ts';

export function History({ history, page }: { history: HistoryView; page: Page }): ComponentChildren {
  const { chart } = history;
  return h(
    'section',
    { 'aria-labelledby': 'history-title' },
    h('h2', { id: 'history-title' }, history.title),
    h(
      'div',
      { class: 'choices' },
      h(Choice, {
        label: history.limits.label,
        options: history.limits.options,
        choose: value => {
          page.send('window', value);
        },
      }),
      h(Choice, {
        label: history.spans.label,
        options: history.spans.options,
        choose: value => {
          page.send('span', value);
        },
      }),
    ),
    h('div', { class: 'chart' }, chart ? h(Drawing, { chart, history, page }) : h('p', { class: 'quiet' }, history.empty)),
    chart && h(Below, { chart, history, page }),
  );
}

interface ChoiceProps {
  label: string;
  options: HistoryView['limits']['options'];
  choose: (value: string) => void;
}

function Choice({ label, options, choose }: ChoiceProps): ComponentChildren {
  const buttons = options.map(({ value, name, isChosen }) =>
    h(
      'button',
      {
        key: value,
        type: 'button',
        class: 'secondary choice',
        'aria-pressed': isChosen,
        onClick: () => {
          choose(value);
        },
      },
      name,
    ),
  );
  return h('div', { class: 'choice-group', role: 'group', 'aria-label': label }, buttons);
}

function Drawing({ chart, history, page }: { chart: Chart; history: HistoryView; page: Page }): ComponentChildren {
  const { readings } = chart;
  const index = cursorOf(readings, page.local.cursor);
  const go = (to: number) => {
    const reading = readings[Math.min(readings.length - 1, Math.max(0, to))];
    if (!reading) return;
    page.change({ cursor: reading.at });
    page.announce(reading.words);
  };
  const steps: Record<string, number> = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    PageUp: index - 10,
    PageDown: index + 10,
    Home: 0,
    End: readings.length,
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(page.local.cursor === undefined && to < readings.length && to > 0 ? readings.length - 1 : to);
  };
  const onPointerMove = (event: PointerEvent) => {
    const svg = event.currentTarget as SVGSVGElement;
    const { left, width } = svg.getBoundingClientRect();
    const nearest = nearestTo(((event.clientX - left) / width) * chart.width, readings);
    if (nearest) page.change({ cursor: nearest.at });
  };
  const reading = page.local.cursor === undefined ? undefined : readings[index];
  return h(
    'div',
    { class: 'drawing', role: 'application', tabIndex: 0, 'aria-label': history.label, 'aria-describedby': 'history-hint', onKeyDown },
    h(
      'svg',
      { viewBox: `0 0 ${String(chart.width)} ${String(chart.height)}`, 'aria-hidden': 'true', onPointerMove },
      shapes(chart, reading),
    ),
  );
}

/** The reading that the cursor is at, or the newest one before it: what was there may have been left out since. */
function cursorOf(readings: readonly ChartReading[], cursor = Infinity): number {
  return Math.max(
    0,
    readings.findLastIndex(({ at }) => at <= cursor),
  );
}

function nearestTo(x: number, readings: readonly ChartReading[]): ChartReading | undefined {
  return readings.reduce<ChartReading | undefined>(
    (best, reading) => (best && Math.abs(best.x - x) <= Math.abs(reading.x - x) ? best : reading),
    undefined,
  );
}

function shapes({ plot, ...chart }: Chart, reading: ChartReading | undefined): ComponentChildren {
  const { left, right, top, bottom } = plot;
  const newest = chart.readings.at(-1);
  const upright = (x: number, name: string) => h('line', { class: name, x1: x, x2: x, y1: top, y2: bottom });
  const level = (y: number, name: string) => h('line', { class: name, x1: left, x2: right, y1: y, y2: y });
  return [
    h(
      'defs',
      {},
      h(
        'pattern',
        { id: 'nothing-read', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
        h('line', { class: 'hatch', x1: 0, x2: 0, y1: 0, y2: 6 }),
      ),
      h('clipPath', { id: 'plot' }, h('rect', { x: left, y: top - 2, width: right - left, height: bottom - top + 4 })),
    ),
    ...chart.shares.flatMap(({ y, label }) => [level(y, 'grid'), h('text', { class: 'share-tick', x: left - 8, y: y + 4 }, label)]),
    ...chart.days.flatMap(({ x, label }) => [
      h('line', { class: 'grid', x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
      h('text', { class: 'day-tick', x, y: bottom + 18 }, label),
    ]),
    h(
      'g',
      { 'clip-path': 'url(#plot)' },
      ...chart.gaps.map(([from, to]) => h('rect', { class: 'gap', x: from, y: top, width: to - from, height: bottom - top })),
      ...chart.resets.map(x => upright(x, 'reset')),
      h('path', { class: 'area', d: chart.area }),
      h('path', { class: 'pace', d: chart.evenPace }),
      level(chart.warnY, 'warn'),
      h('path', { class: 'steps', d: chart.line }),
    ),
    ...(newest ? [h('circle', { class: 'newest', cx: newest.x, cy: newest.y, r: 3 })] : []),
    ...(reading ? [upright(reading.x, 'cursor'), h('circle', { class: 'cursor', cx: reading.x, cy: reading.y, r: 4 })] : []),
  ];
}

function Below({ chart, history, page }: { chart: Chart; history: HistoryView; page: Page }): ComponentChildren {
  const { isTable, cursor } = page.local;
  const reading = cursor === undefined ? undefined : chart.readings[cursorOf(chart.readings, cursor)];
  return h(
    'div',
    {},
    h('p', { class: 'reading', 'aria-hidden': 'true' }, reading ? reading.words : history.hint),
    h('p', { id: 'history-hint', hidden: true }, history.hint),
    h(
      'ul',
      { class: 'legend' },
      history.legend.map(({ kind, label }) => h('li', { key: kind }, h(Sample, { kind }), label)),
    ),
    history.note === undefined ? null : h('p', { class: 'quiet' }, history.note),
    h(
      'button',
      {
        type: 'button',
        class: 'secondary',
        'aria-expanded': isTable,
        'aria-controls': 'history-table',
        onClick: () => {
          page.change({ isTable: !isTable });
        },
      },
      isTable ? history.table.hide : history.table.show,
    ),
    h(
      'div',
      {
        id: 'history-table',
        class: 'table',
        hidden: !isTable,
        tabIndex: isTable ? 0 : -1,
        role: 'region',
        'aria-label': history.table.caption,
      },
      isTable ? h(Table, { chart, history }) : null,
    ),
  );
}

function Table({ chart, history }: { chart: Chart; history: HistoryView }): ComponentChildren {
  const { caption, columns } = history.table;
  return h(
    'table',
    {},
    h('caption', {}, caption),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        columns.map(column => h('th', { key: column, scope: 'col' }, column)),
      ),
    ),
    h(
      'tbody',
      {},
      chart.readings
        .toReversed()
        .map(({ at, when, used, left }) => h('tr', { key: at }, h('th', { scope: 'row' }, when), h('td', {}, used), h('td', {}, left))),
    ),
  );
}

/** A sample of each mark of the chart, for the legend. */
function Sample({ kind }: { kind: HistoryView['legend'][number]['kind'] }): ComponentChildren {
  const box = { width: 24, height: 12, viewBox: '0 0 24 12', 'aria-hidden': 'true' } as const;
  switch (kind) {
    case 'gap':
      return h('svg', box, h('rect', { class: 'gap', x: 0, y: 0, width: 24, height: 12 }));
    case 'reset':
      return h('svg', box, h('line', { class: 'reset', x1: 12, x2: 12, y1: 0, y2: 12 }));
    case 'steps':
    case 'pace':
    case 'warn':
      return h('svg', box, h('line', { class: kind, x1: 0, x2: 24, y1: 6, y2: 6 }));
  }
}
