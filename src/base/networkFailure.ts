/** Why a request failed, by the words of Node, Chromium and VS Code, and whether it may have left this machine. */
import type { ErrorCode } from './errors.ts';
import { causesOf, reasons } from './reasons.ts';

type Causes = readonly [RegExp, ErrorCode][];

/** Failures that come before a request has left this machine. */
const notSent: Causes = [
  [/PROXY|Proxy response|to proxies|NO_SUPPORTED_PROXIES|TUNNEL_CONNECTION|SOCKS_CONNECTION|PAC_SCRIPT_FAILED/, 'proxyFailed'],
  [/ENOTFOUND|EAI_AGAIN|EAI_FAIL|NAME_NOT_RESOLVED|NAME_RESOLUTION/, 'nameNotResolved'],
  [/CERT_NOT_YET_VALID|CERT_HAS_EXPIRED|CERT_DATE_INVALID/, 'clockWrong'],
  [/CERT|ERR_TLS|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/, 'certificateNotTrusted'],
  // Node's message for a failed handshake: no request is written before the handshake is over.
  [/before secure TLS connection/, 'offline'],
  [
    /SSL_(WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|SSLV3_ALERT_HANDSHAKE_FAILURE|TLSV1_ALERT_PROTOCOL_VERSION|VERSION_OR_CIPHER_MISMATCH)/,
    'certificateNotTrusted',
  ],
  [/ECONNREFUSED|connect (EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EACCES|EPERM)/, 'offline'],
  [/net::ERR_(CONNECTION_(REFUSED|FAILED)|INTERNET_DISCONNECTED|ADDRESS_(UNREACHABLE|INVALID)|NETWORK_ACCESS_DENIED)/, 'offline'],
  [/net::ERR_BLOCKED_BY_(CLIENT|ADMINISTRATOR)/, 'offline'],
  [/CONNECT_TIMEOUT|CONNECTION_TIMED_OUT|connect ETIMEDOUT/, 'noAnswer'],
];

/** Failures that may come at any time: a TLS alert may end a connection that a request has gone through. */
const maybeSent: Causes = [
  [/ERR_SSL|EPROTO/, 'certificateNotTrusted'],
  [/TIMED_?OUT|_TIMEOUT/, 'noAnswer'],
];

/** Failures to connect, which are the proxy's where the connection was one to it. */
const connecting = new Set<ErrorCode>(['nameNotResolved', 'offline', 'noAnswer']);

/** @param target the URL that was requested */
export function explainFailure(error: unknown, target: URL, timedOut: boolean): { code: ErrorCode; sent: boolean } {
  const words = reasons(error).join(' ');
  const find = (causes: Causes) => causes.find(([pattern]) => pattern.test(words))?.[1];
  const code = find(notSent);
  if (code !== undefined) return { code: connecting.has(code) && isAtProxy(error, target) ? 'proxyFailed' : code, sent: false };
  return { code: timedOut ? 'noAnswer' : (find(maybeSent) ?? 'offline'), sent: true };
}

/** Whether the connection was one to another place than the URL names: with requests that follow no redirect, that is a proxy. */
function isAtProxy(error: unknown, target: URL): boolean {
  const targetHost = target.hostname.replace(/^\[|\]$/g, '');
  const targetPort = target.port || (target.protocol === 'http:' ? '80' : '443');
  return causesOf(error).some(at => {
    const [, attempted] = /attempted address(?:es)?: ([^\s,)]+)/.exec(at.message) ?? [];
    const port = 'port' in at ? String(at.port) : attempted?.replace(/^.*:/, '');
    const host = 'hostname' in at ? String(at.hostname) : undefined;
    return (port !== undefined && port !== targetPort) || (host !== undefined && host !== targetHost);
  });
}
