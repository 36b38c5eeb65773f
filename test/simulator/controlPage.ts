/** The page that says what the service can play, for those who test their own extension with it. */

import { errorShapes, faultRoutes, mutable, namedFaults, refusalCodes, streamEndings, windowKinds } from './contract.ts';
import { escape } from './pages.ts';
import type { State } from './state.ts';

interface Example {
  readonly what: string;
  readonly route: string;
  readonly order: object;
}

interface Section {
  readonly title: string;
  readonly text: string;
  readonly examples: readonly Example[];
}

const sections: readonly Section[] = [
  {
    title: 'Sign-in',
    text: 'Without an order, a person chooses one of the accounts above on the sign-in page. A browser that is signed in is not asked again, until a reset.',
    examples: [
      { what: 'sign in at once, without pages', route: 'set', order: { autoApprove: 'ada' } },
      { what: 'refuse the sign-in', route: 'set', order: { autoApprove: { account: 'ada', deny: true } } },
      { what: 'give the next sign-in a token for two minutes', route: 'mutate', order: { on: 'code', set: { expires_in: 120 } } },
      { what: 'end all sessions of an account', route: 'endSession', order: { account: 'ada' } },
    ],
  },
  {
    title: 'Usage',
    text: `Limits: ${list(windowKinds)}. A model response costs one percent of each.`,
    examples: [
      {
        what: 'use up the five hours, for ten minutes',
        route: 'account',
        order: { account: 'ada', used: { '5h': { percent: 100, resetsInSeconds: 600 } } },
      },
      { what: 'give the allowance back', route: 'account', order: { account: 'ada', used: { '5h': 0, weekly: 0 } } },
      { what: 'make each response cost twenty percent', route: 'set', order: { turnPercent: 20 } },
      { what: 'change the plan', route: 'account', order: { account: 'ada', plan: 'pro' } },
    ],
  },
  {
    title: 'Model requests',
    text: `A response comes word by word, and can end with ${list(streamEndings)}, after some of its words.`,
    examples: [
      { what: 'stream slowly, to try a cancellation', route: 'set', order: { streamDelayMs: 500 } },
      {
        what: 'fail after three words',
        route: 'fail',
        order: { route: 'responses', fault: { stream: 'failed', after: 3, code: 'server_is_overloaded' } },
      },
      { what: 'stop at the output limit', route: 'fail', order: { route: 'responses', fault: { stream: 'incomplete', after: 3 } } },
      { what: 'cut the connection within the text', route: 'fail', order: { route: 'responses', fault: { stream: 'cut', after: 3 } } },
      { what: 'refuse the token once, as expired', route: 'fail', order: { route: 'responses', fault: { code: 'token_expired' } } },
      {
        what: 'refuse the token even after a refresh',
        route: 'fail',
        order: { route: 'responses', times: 2, fault: { code: 'token_expired' } },
      },
      { what: 'be busy, for half a minute', route: 'fail', order: { route: 'responses', fault: { retryAfterSeconds: 30, as: 'seconds' } } },
    ],
  },
  {
    title: 'Faults on any route',
    text:
      `Routes: ${list(faultRoutes)}. Faults: ${list(namedFaults)}; a refusal with one of the codes ${list(refusalCodes)} in the shape ` +
      `${list(errorShapes)}; or any response. A fault is played once, or as often as times says. Responses that can be changed: ${list(mutable)}.`,
    examples: [
      { what: 'show the page of a network filter in place of usage', route: 'fail', order: { route: 'usage', fault: 'html' } },
      { what: 'lose the response to a refresh', route: 'fail', order: { route: 'refresh', fault: 'responseLost' } },
      { what: 'answer with any response', route: 'fail', order: { route: 'models', fault: { status: 503, body: { detail: 'Busy' } } } },
    ],
  },
  {
    title: 'Time, and an end of all orders',
    text: 'Settings, faults and changes last until a reset; sessions survive it.',
    examples: [
      { what: "put the service's clock two hours ahead", route: 'set', order: { clockOffsetSeconds: 7200 } },
      { what: 'go back to the beginning', route: 'reset', order: {} },
    ],
  },
];

export function controlPage({ issuer, people, settings }: State): string {
  const control = `${issuer}/control`;
  const accounts = people.all().map(({ key, name, email, workspaces, entitled }) => {
    const plans = workspaces.map(({ key: workspace, plan }) => `${plan} (${workspace})`).join(', ');
    return `<tr><td><code>${key}</code><td>${escape(name)}<td>${escape(email)}<td>${escape(plans)}${entitled ? '' : ', without Codex'}`;
  });
  const reads = ['requests', 'counts', 'sessions'].map(name => `<a href="/control/${name}">${name}</a>`).join(' · ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What the local account service can play</title>
<style>:root { color-scheme: light dark; } body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; } pre { overflow-x: auto; margin: 0 0 .75rem; } td { padding-right: 1.5rem; } dt { margin-top: .25rem; }</style>
</head>
<body>
<h1>What the local account service can play</h1>
<p>Send your extension's model requests to <code>${issuer}/backend-api</code> instead of <code>https://chatgpt.com/backend-api</code>, in a setting of its own. Install it
in the window of <code>npm start</code> with <i>Extensions: Install from VSIX…</i>. An order is a POST of JSON; a misspelled one is refused with what is wrong.</p>
<p>What came in: ${reads}</p>
<h2>Accounts</h2>
<table>${accounts.join('\n')}</table>
${sections.map(section => render(section, control)).join('\n')}
<h2>Settings as they are now</h2>
<pre>${escape(JSON.stringify(settings, undefined, 2))}</pre>
</body>
</html>`;
}

function render({ title, text, examples }: Section, control: string): string {
  const items = examples.map(
    ({ what, route, order }) =>
      `<dt>${escape(what)}</dt>\n<dd><pre>curl -d '${escape(JSON.stringify(order))}' ${control}/${route}</pre></dd>`,
  );
  return `<h2>${escape(title)}</h2>\n<p>${escape(text)}</p>\n<dl>\n${items.join('\n')}\n</dl>`;
}

function list(names: readonly string[]): string {
  return names.join(', ');
}
