// All that the page shows, as a function of the view and of what the page knows itself.
import type { ComponentChildren } from 'preact';
import { Fragment, h } from 'preact';
import type { Banner, Fact, LimitCard, PanelButton, UsagePanelView } from '../ui/panel/panelTypes.ts';
import { History } from './history.ts';
import type { Page } from './page.ts';

export function Panel({ view, page }: { view: UsagePanelView; page: Page }): ComponentChildren {
  const { accounts, facts, buttons, banner, limits, history, sections, source } = view;
  return h(
    Fragment,
    {},
    h(
      'header',
      {},
      h('h1', {}, view.title),
      accounts && h(Accounts, { accounts, page }),
      h(Facts, { facts }),
      h(
        'div',
        { class: 'buttons' },
        buttons.map(button => h(Button, { key: button.action, button, page })),
      ),
    ),
    h('div', { class: view.isBusy ? 'progress' : 'progress idle', 'aria-hidden': 'true' }),
    banner && h(BannerBox, { banner, page }),
    limits && h(Section, { id: 'limits', title: limits.title }, h(Note, { text: limits.note }), h(Cards, { cards: limits.cards })),
    history && h(History, { history, page }),
    sections.map(({ id, title, note, cards, facts: known }) =>
      h(Section, { key: id, id, title }, h(Cards, { cards }), h(Facts, { facts: known }), h(Note, { text: note })),
    ),
    source &&
      h(
        Section,
        { id: 'source', title: source.title },
        source.lines.map(text => h(Note, { key: text, text })),
      ),
  );
}

function Section({ id, title, children }: { id: string; title: string; children?: ComponentChildren }): ComponentChildren {
  return h('section', { 'aria-labelledby': `${id}-title` }, h('h2', { id: `${id}-title` }, title), children);
}

function Note({ text }: { text: string | undefined }): ComponentChildren {
  return text === undefined ? null : h('p', { class: 'quiet' }, text);
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

function Cards({ cards }: { cards: readonly LimitCard[] }): ComponentChildren {
  if (cards.length === 0) return null;
  return h(
    'div',
    { class: 'cards' },
    cards.map(card => h(Card, { key: card.id, card })),
  );
}

function Card({ card }: { card: LimitCard }): ComponentChildren {
  const { id, title, tone, value, pace, share, badge, sentence, lines } = card;
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
    lines.map(text => h(Note, { key: text, text })),
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
