import { wordOf } from './words.ts';

/** Where an address is, without saying which it is. */
export type AddressKind = 'usual' | 'thisMachine' | 'elsewhere';

export const proxyVariables = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'] as const;
const schemes = ['http:', 'https:', 'socks:', 'socks4:', 'socks4a:', 'socks5:', 'socks5h:'] as const;

/** A proxy without its name and without its credentials. */
export interface ProxyFacts {
  /** Where it is set. VS Code's setting comes before the environment. */
  readonly source: 'http.proxy' | (typeof proxyVariables)[number];
  readonly scheme: (typeof schemes)[number] | 'other';
  readonly place: Exclude<AddressKind, 'usual'>;
  readonly hasCredentials: boolean;
}

/** A proxy as it is reached. Its address stays in here: only the facts get into a report. */
export interface Proxy {
  readonly facts: ProxyFacts;
  readonly host: string;
  readonly port: number;
}

export interface ProxySources {
  /** The setting `http.proxy`. */
  readonly setting: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The proxy that the settings or the environment name. One that the system alone knows of is not seen here. */
export function findProxy({ setting, environment }: ProxySources): Proxy | undefined {
  const named = [['http.proxy', setting] as const, ...proxyVariables.map(name => [name, environment[name]] as const)];
  const [source, address] = named.find(([, value]) => value !== undefined && value.trim() !== '') ?? [];
  if (source === undefined || address === undefined) return undefined;
  const trimmed = address.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`);
  if (!url) return { facts: { source, scheme: 'other', place: 'elsewhere', hasCredentials: false }, host: '', port: 0 };
  const scheme = wordOf(schemes, url.protocol) ?? 'other';
  return {
    facts: {
      source,
      scheme,
      place: isThisMachine(url.hostname) ? 'thisMachine' : 'elsewhere',
      hasCredentials: url.username !== '' || url.password !== '',
    },
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (scheme === 'https:' ? 443 : scheme.startsWith('socks') ? 1080 : 80) : Number(url.port),
  };
}

/** Whether the environment or the setting `http.noProxy` takes this host out: by its name, a part of it, or all of them. */
export function bypassesProxy(hostname: string, exceptions: readonly string[]): boolean {
  const names = exceptions
    .flatMap(each => each.split(/[,\s]+/))
    .map(name =>
      name
        .toLowerCase()
        .replace(/^\*?\./, '')
        .replace(/:\d+$/, ''),
    );
  const host = hostname.toLowerCase();
  return isThisMachine(host) || names.some(name => name === '*' || (name !== '' && (host === name || host.endsWith(`.${name}`))));
}

/** Where the API is unless the settings say otherwise. */
export const usualApi = 'https://api.openai.com/v1';

/** @param address one that was checked, with or without a slash at its end */
export function placeOf(address: string, usual: string): AddressKind {
  const url = URL.parse(address);
  if (!url) return 'elsewhere';
  if (url.href.replace(/\/+$/, '') === usual) return 'usual';
  return isThisMachine(url.hostname) ? 'thisMachine' : 'elsewhere';
}

export function isThisMachine(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}
