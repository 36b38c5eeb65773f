/** The pages that a person sees. They are plain HTML; every control has a stable accessible name. */

import { knownScopes } from './contract.ts';
import type { Member, Person, Workspace } from './people.ts';

export const serviceName = 'Local account service (simulator)';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] ?? character);
}

const style = `
:root { color-scheme: light dark; --page: #f4f4f6; --card: #ffffff; --text: #1c1c21; --dim: #5d5d6b; --line: #d9d9e0; --main: #0b6e4f; --on-main: #ffffff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --page: #141418; --card: #1f1f25; --text: #ececf1; --dim: #a3a3b2; --line: #3a3a44; --main: #37c593; --on-main: #07130e; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 2rem 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(28rem, 100%); background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 2rem; }
.service { margin: 0 0 1.5rem; color: var(--dim); font-size: .85rem; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1.25rem; color: var(--dim); }
ul { margin: 0 0 1.5rem; padding-left: 1.25rem; }
form { display: grid; gap: .6rem; margin: 0; }
label { font-weight: 600; }
input { font: 1.5rem/1.5 ui-monospace, monospace; width: 100%; letter-spacing: .1em; text-transform: uppercase; color: inherit; background: transparent; padding: .5rem .75rem; border: 1px solid var(--dim); border-radius: .7rem; }
input:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
.problem { color: var(--bad); font-weight: 600; }
button { font: inherit; color: inherit; text-align: left; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .7rem; background: transparent; cursor: pointer; }
button:hover { border-color: var(--main); }
button:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
button small { display: block; color: var(--dim); }
button.main, button.other { text-align: center; font-weight: 600; }
button.main { background: var(--main); border-color: var(--main); color: var(--on-main); }
`;

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} – ${serviceName}</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="service">${serviceName}</p>
<h1>${escape(title)}</h1>
${content}
</main>
</body>
</html>`;
}

/** The target of a page's form, and its hidden fields. */
export interface Form {
  action: string;
  hidden?: Record<string, string>;
}

function hidden(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escape(value)}">`)
    .join('\n');
}

function plans({ workspaces, entitled }: Person): string {
  const names = workspaces.map(({ name, structure, plan }) => (structure === 'personal' ? plan : `${plan}, ${name}`)).join(' · ');
  return entitled ? names : `${names}, without Codex`;
}

export function chooserPage({ action, hidden: otherFields = {} }: Form, people: readonly Person[]): string {
  const buttons = people.map(
    person => `<button name="account" value="${person.key}">${escape(person.name)}
<small>${escape(person.email)} · ${escape(plans(person))}</small></button>`,
  );
  return page(
    'Choose an account',
    `<p>None of these accounts is real. No password is asked.</p>
<form method="get" action="${action}">
${hidden(otherFields)}
${buttons.join('\n')}
</form>`,
  );
}

export function workspacePage({ action, hidden: otherFields = {} }: Form, person: Person, workspaces: readonly Workspace[]): string {
  const buttons = workspaces.map(
    ({ key, name, plan }) => `<button name="workspace" value="${key}">${escape(name)}<small>${escape(plan)}</small></button>`,
  );
  return page(
    'Choose a workspace',
    `<p>Signed in as ${escape(person.email)}.</p>
<form method="get" action="${action}">
${hidden({ ...otherFields, account: person.key })}
${buttons.join('\n')}
</form>`,
  );
}

const meanings: Record<string, string> = {
  openid: 'Know who you are',
  profile: 'See your name',
  email: 'See your email address',
  offline_access: 'Stay signed in',
  'api.connectors.read': 'Read your connectors',
  'api.connectors.invoke': 'Use your connectors',
};

export function consentPage(
  { action, hidden: otherFields = {} }: Form,
  application: string,
  { person, workspace }: Member,
  scope: string,
): string {
  const requested = scope.split(' ').filter(each => knownScopes.includes(each));
  return page(
    `Sign in to ${application}`,
    `<p>${escape(person.email)}, ${escape(workspace.name)} (${escape(workspace.plan)}). The application asks to:</p>
<ul>
${requested.map(each => `<li>${escape(meanings[each] ?? each)}</li>`).join('\n')}
</ul>
<form method="post" action="${action}">
${hidden({ ...otherFields, account: person.key, workspace: workspace.key })}
<button class="main" name="decision" value="approve">Approve</button>
<button class="other" name="decision" value="deny">Deny</button>
</form>`,
  );
}

export function codePage(action: string, typed = '', problem?: string): string {
  const alert = problem === undefined ? '' : `<p class="problem" id="problem" role="alert">${escape(problem)}</p>\n`;
  const described = problem === undefined ? '' : ' aria-invalid="true" aria-describedby="problem"';
  return page(
    'Enter your code',
    `<p>Enter the code that your device shows. Only go on if you started this sign-in yourself.</p>
${alert}<form method="get" action="${action}">
<label for="user_code">Code</label>
<input id="user_code" type="text" name="user_code" value="${escape(typed)}" required autofocus autocomplete="one-time-code" autocapitalize="characters" spellcheck="false"${described}>
<button class="main">Continue</button>
</form>`,
  );
}

export function donePage(title: string, text: string): string {
  return page(title, `<p role="status">${escape(text)}</p>`);
}

export function errorPage(code: string, description: string): string {
  return page('Something went wrong', `<p>${escape(description)}</p>\n<p><code>${escape(code)}</code></p>`);
}
