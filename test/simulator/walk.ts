/** A person at the sign-in pages, with cookies, forms and buttons but without a browser. */

export interface Choice {
  account: string;
  workspace?: string;
  deny?: boolean;
}

const mostSteps = 12;

/** Cookies given are those of the person's browser, and are kept there. */
export async function walkSignIn(authorizeUrl: string, choice: Choice, cookies = new Map<string, string>()): Promise<string> {
  const { origin } = new URL(authorizeUrl);
  let next: Step = { url: authorizeUrl };
  for (let step = 0; step < mostSteps; step += 1) {
    const response = await fetch(next.url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(pair => pair.join('=')).join('; ') },
      ...(next.body ? { method: 'POST', body: next.body } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) keep(cookies, cookie);
    const location = response.headers.get('location');
    if (location === null) {
      next = press(await response.text(), next.url, choice);
    } else {
      next = { url: new URL(location, next.url).href };
      if (new URL(next.url).origin !== origin) return next.url;
    }
  }
  throw new Error('the sign-in pages lead nowhere');
}

interface Step {
  url: string;
  body?: URLSearchParams;
}

function keep(cookies: Map<string, string>, header: string): void {
  const [name = '', value = ''] = (header.split(';')[0] ?? '').split('=');
  if (value === '') cookies.delete(name);
  else cookies.set(name, value);
}

/** Presses the button that fits the choice, on whichever page this is. */
function press(html: string, url: string, choice: Choice): Step {
  const form = /<form method="(?<method>\w+)" action="(?<action>[^"]+)">(?<content>.*?)<\/form>/s.exec(html)?.groups;
  if (!form) throw new Error(`no form on the page: ${text(html)}`);
  const content = form['content'] ?? '';
  const buttons = content.matchAll(/<button[^>]*name="(?<name>\w+)" value="(?<value>[^"]*)">(?<label>.*?)<\/button>/gs);
  const wanted = [...buttons].map(({ groups = {} }) => groups).find(button => fits(button, choice));
  if (!wanted) throw new Error(`no button for ${JSON.stringify(choice)} on the page: ${text(html)}`);
  const fields = new URLSearchParams(
    [...content.matchAll(/<input type="hidden" name="(?<name>\w+)" value="(?<value>[^"]*)">/g)].map(({ groups = {} }) => [
      groups['name'] ?? '',
      groups['value'] ?? '',
    ]),
  );
  fields.set(wanted['name'] ?? '', wanted['value'] ?? '');
  const target = new URL(form['action'] ?? '', url);
  if (form['method'] === 'post') return { url: target.href, body: fields };
  target.search = fields.toString();
  return { url: target.href };
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
