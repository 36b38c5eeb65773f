/** A person on the sign-in pages, with cookies, forms and buttons but without a browser. */

export interface Choice {
  account: string;
  workspace?: string;
  deny?: boolean;
}

const mostSteps = 12;

interface Step {
  url: string;
  body?: URLSearchParams;
}

/** Walks through the sign-in pages; the given cookies are those of the person's browser, and are updated. */
export async function walkSignIn(authorizeUrl: string, choice: Choice, cookies = new Map<string, string>()): Promise<string> {
  const { origin } = new URL(authorizeUrl);
  let next: Step = { url: authorizeUrl };
  for (let step = 0; step < mostSteps; step += 1) {
    const { location, html } = await visit(next, cookies);
    if (location === undefined) {
      next = press(html, next.url, choice);
    } else {
      next = { url: location };
      if (new URL(location).origin !== origin) return location;
    }
  }
  throw new Error('the sign-in pages do not end');
}

/** Walks to the first page without a form, and returns its text. */
export async function walkDevice(page: string, userCode: string, choice: Choice): Promise<string> {
  const cookies = new Map<string, string>();
  const first = await visit({ url: page }, cookies);
  let next = type(first.html, page, userCode);
  for (let step = 0; step < mostSteps; step += 1) {
    const { html } = await visit(next, cookies);
    if (!html.includes('<form')) return text(html);
    next = press(html, next.url, choice);
  }
  throw new Error('the device pages do not end');
}

async function visit({ url, body }: Step, cookies: Map<string, string>): Promise<{ location: string | undefined; html: string }> {
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { cookie: [...cookies].map(pair => pair.join('=')).join('; ') },
    ...(body ? { method: 'POST', body } : {}),
  });
  for (const cookie of response.headers.getSetCookie()) keep(cookies, cookie);
  const location = response.headers.get('location');
  return { location: location === null ? undefined : new URL(location, url).href, html: await response.text() };
}

function keep(cookies: Map<string, string>, header: string): void {
  const [name = '', value = ''] = (header.split(';')[0] ?? '').split('=');
  if (value === '') cookies.delete(name);
  else cookies.set(name, value);
}

interface Form {
  method: string;
  action: string;
  content: string;
  fields: URLSearchParams;
}

function formOf(html: string): Form {
  const {
    method = '',
    action = '',
    content = '',
  } = /<form method="(?<method>\w+)" action="(?<action>[^"]+)">(?<content>.*?)<\/form>/s.exec(html)?.groups ?? {};
  if (content === '') throw new Error(`no form on the page: ${text(html)}`);
  const hidden = content.matchAll(/<input type="hidden" name="(?<name>\w+)" value="(?<value>[^"]*)">/g);
  const fields = new URLSearchParams([...hidden].map(({ groups = {} }) => [groups['name'] ?? '', groups['value'] ?? '']));
  return { method, action, content, fields };
}

function submit({ method, action, fields }: Form, url: string): Step {
  const target = new URL(action, url);
  if (method === 'post') return { url: target.href, body: fields };
  target.search = fields.toString();
  return { url: target.href };
}

function type(html: string, url: string, userCode: string): Step {
  const form = formOf(html);
  if (!form.content.includes('name="user_code"')) throw new Error(`no field for a code on the page: ${text(html)}`);
  form.fields.set('user_code', userCode);
  return submit(form, url);
}

/** Presses the button that fits the choice, on any of the pages. */
function press(html: string, url: string, choice: Choice): Step {
  const form = formOf(html);
  const buttons = form.content.matchAll(/<button[^>]*name="(?<name>\w+)" value="(?<value>[^"]*)">(?<label>.*?)<\/button>/gs);
  const wanted = [...buttons].map(({ groups = {} }) => groups).find(button => fits(button, choice));
  if (!wanted) throw new Error(`no button for ${JSON.stringify(choice)} on the page: ${text(html)}`);
  form.fields.set(wanted['name'] ?? '', wanted['value'] ?? '');
  return submit(form, url);
}

function fits({ name = '', value, label = '' }: Record<string, string>, { account, workspace, deny }: Choice): boolean {
  switch (name) {
    case 'account':
      return value === account || label.includes(account);
    case 'workspace':
      return value === workspace || (workspace !== undefined && label.includes(workspace));
    default:
      return value === (deny === true ? 'deny' : 'approve');
  }
}

function text(html: string): string {
  return html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
