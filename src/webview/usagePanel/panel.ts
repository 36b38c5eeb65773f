// All that the page shows, as a function of the view and of what the page knows itself.
import type { ComponentChildren } from 'preact';
import { Fragment, h } from 'preact';
import type { Banner, Fact, Meter, PanelButton, UsagePanelView } from '../../vscode/usagePanelView.ts';
import { History } from './history.ts';
import type { Page } from './page.ts';

export function Panel({ view, page }: { view: UsagePanelView; page: Page }): ComponentChildren {
  return h(
    Fragment,
    {},
    h(
      'header',
      {},
      h('h1', {}, view.title),
      view.accounts && h(Accounts, { accounts: view.accounts, page }),
      h(Facts, { facts: view.facts }),
    ),
    h('div', { class: view.isBusy ? 'progress' : 'progress idle', 'aria-hidden': 'true' }),
    view.banner && h(BannerBox, { banner: view.banner, page }),
    view.limits &&
      h(
        Section,
        { id: 'limits', title: view.limits.title },
        view.limits.note !== undefined && h('p', { class: 'quiet' }, view.limits.note),
        h(
          'div',
          { class: 'cards' },
          view.limits.meters.map(meter => h(Card, { key: meter.id, meter })),
        ),
      ),
    view.history && h(History, { history: view.history, page }),
    view.sections.map(({ id, title, meters, facts }) =>
      h(
        Section,
        { key: id, id, title },
        meters.length > 0 &&
          h(
            'div',
            { class: 'cards' },
            meters.map(meter => h(Card, { key: meter.id, meter })),
          ),
        h(Facts, { facts }),
      ),
    ),
    view.source &&
      h(
        Section,
        { id: 'source', title: view.source.title },
        view.source.lines.map(line => h('p', { key: line, class: 'quiet' }, line)),
      ),
    h(
      'div',
      { class: 'buttons' },
      view.buttons.map(button => h(Button, { key: button.action, button, page })),
    ),
  );
}

function Section({ id, title, children }: { id: string; title: string; children?: ComponentChildren }): ComponentChildren {
  return h('section', { 'aria-labelledby': `${id}-title` }, h('h2', { id: `${id}-title` }, title), children);
}

function Accounts({ accounts, page }: { accounts: NonNullable<UsagePanelView['accounts']>; page: Page }): ComponentChildren {
  const onChange = (event: Event) => {
    page.send('account', (event.currentTarget as HTMLSelectElement).value);
  };
  const options = accounts.options.map(({ value, name, isChosen }) => h('option', { key: value, value, selected: isChosen }, name));
  return h('label', { class: 'account' }, h('span', {}, accounts.label), h('select', { onChange }, options));
}

function Facts({ facts }: { facts: readonly Fact[] }): ComponentChildren {
  if (facts.length === 0) return null;
  return h(
    'dl',
    {},
    facts.map(({ term, text }) => h('div', { key: term }, h('dt', {}, term), h('dd', {}, text))),
  );
}

function BannerBox({ banner, page }: { banner: Banner; page: Page }): ComponentChildren {
  const { tone, headline, details, button } = banner;
  return h(
    'section',
    { class: `banner ${tone}`, 'aria-label': headline },
    h('p', { class: 'headline' }, headline),
    details.map(detail => h('p', { key: detail }, detail)),
    button && h(Button, { button, page }),
  );
}

function Button({ button: { action, title, isPrimary }, page }: { button: PanelButton; page: Page }): ComponentChildren {
  const onClick = () => {
    page.send(action);
  };
  return h('button', { type: 'button', class: isPrimary ? 'primary' : 'secondary', onClick }, title);
}

function Card({ meter }: { meter: Meter }): ComponentChildren {
  const { id, title, tone, value, pace, share, badge, sentence, lines } = meter;
  return h(
    'article',
    { class: `card ${tone}`, 'aria-labelledby': `${id}-name` },
    h('h3', { id: `${id}-name` }, title),
    h('p', { class: 'share' }, share, badge !== undefined && h('span', { class: 'badge' }, badge)),
    value !== undefined &&
      h(
        'div',
        {
          role: 'meter',
          'aria-label': title,
          'aria-valuemin': 0,
          'aria-valuemax': 100,
          'aria-valuenow': Math.round(value),
          'aria-valuetext': sentence,
        },
        h(Bar, { value, pace }),
      ),
    lines.map(line => h('p', { key: line, class: 'quiet' }, line)),
  );
}

/** The mark stands where an even pace would be. */
function Bar({ value, pace }: { value: number; pace: number | undefined }): ComponentChildren {
  const whole = { y: 3, height: 8, rx: 4 } as const;
  return h(
    'svg',
    { class: 'bar', width: '100%', height: 14, 'aria-hidden': 'true' },
    h('rect', { class: 'track', x: 0, width: '100%', ...whole }),
    value > 0 && h('rect', { class: 'fill', x: 0, width: `${String(value)}%`, ...whole }),
    pace !== undefined &&
      h('svg', { x: `${String(pace)}%`, overflow: 'visible' }, h('rect', { class: 'even', x: -1.5, y: 0, width: 3, height: 14 })),
  );
}
