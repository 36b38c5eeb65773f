/** The words that a report may hold. What is in none of these lists gets into no report, whoever said it. */

/** @returns the word of the list that `value` is; `undefined` for anything else */
export function wordOf<const Word extends string>(words: readonly Word[], value: unknown): Word | undefined {
  return words.find(word => word === value);
}

/** Words of the extension's own manifest, which is as public as this file. */
export type ManifestWord = string & { readonly manifestWord: true };

/** A version as its numbers: what stands beside them may be anything, the name of a machine too. */
export type Version = readonly number[];

/** The numbers that a text begins with, three at most. @returns none where it does not begin as a version does */
export function versionOf(text: string | undefined): Version {
  const [, numbers] = /^v?(\d{1,5}(?:\.\d{1,5}){1,2})(?![\w@])/.exec(text ?? '') ?? [];
  return numbers?.split('.').map(Number) ?? [];
}

export const platforms = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openbsd', 'sunos', 'win32'] as const;
export const architectures = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'] as const;
export const editors = [
  'Visual Studio Code',
  'Visual Studio Code - Insiders',
  'Code - OSS',
  'VSCodium',
  'code-server',
  'Cursor',
  'Windsurf',
] as const;
/** `vscode.env.appHost` */
export const editorHosts = ['desktop', 'web', 'server-distro', 'codespaces', 'github.dev', 'code-server'] as const;
/** `vscode.env.remoteName`, by which extension connects the window. */
export const remotes = [
  'ssh-remote',
  'wsl',
  'dev-container',
  'attached-container',
  'k8s-container',
  'codespaces',
  'github',
  'tunnel',
] as const;
/** Each is only set or not. */
export const surroundings = ['CI', 'GITHUB_ACTIONS', 'CODESPACES', 'REMOTE_CONTAINERS', 'WSL_DISTRO_NAME', 'SSH_CONNECTION'] as const;

/** Names of the system's errors, of OpenSSL's verdicts on a certificate, and of the network stacks' own. */
export const networkWords = [
  'EACCES',
  'EADDRINUSE',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOBUFS',
  'ENOTFOUND',
  'EPERM',
  'EPIPE',
  'EPROTO',
  'ETIMEDOUT',
  'ECANCELLED',
  'ESERVFAIL',
  'EREFUSED',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CRL_HAS_EXPIRED',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_TLS_HANDSHAKE_TIMEOUT',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
  'ERR_SSL_NO_PROTOCOLS_AVAILABLE',
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_ABORTED',
  'net::ERR_ADDRESS_UNREACHABLE',
  'net::ERR_CERT_AUTHORITY_INVALID',
  'net::ERR_CERT_COMMON_NAME_INVALID',
  'net::ERR_CERT_DATE_INVALID',
  'net::ERR_CONNECTION_CLOSED',
  'net::ERR_CONNECTION_REFUSED',
  'net::ERR_CONNECTION_RESET',
  'net::ERR_CONNECTION_TIMED_OUT',
  'net::ERR_INTERNET_DISCONNECTED',
  'net::ERR_NAME_NOT_RESOLVED',
  'net::ERR_NETWORK_CHANGED',
  'net::ERR_PROXY_CONNECTION_FAILED',
  'net::ERR_SSL_PROTOCOL_ERROR',
  'net::ERR_TIMED_OUT',
  'net::ERR_TUNNEL_CONNECTION_FAILED',
] as const;
export type NetworkWord = (typeof networkWords)[number];

/** Those of our list that stand in what was said of a failure. */
export function networkWordsIn(said: readonly string[]): NetworkWord[] {
  const words = said.flatMap(each => each.split(' ')).map(each => wordOf(networkWords, each));
  return [...new Set(words.filter(word => word !== undefined))];
}
