import { AppError } from './errors.ts';
import { plainText } from './plainText.ts';

/** The longest address that a QR code has room for, with something to spare. */
const longestAddress = 2_000;
const loopback = /^(127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * A URL that tokens may be sent to: `https`, or `http` on this machine. It may have a query (RFC 6749, 3.1 and 3.2).
 * @returns the URL in its normal form
 * @throws AppError `addressInvalid`, `addressNotSecure`
 */
export function requireSecureAddress(address: string): string {
  const url = URL.parse(address);
  if (!url?.hostname || url.username || url.password || url.href.includes('#')) throw new AppError('addressInvalid');
  if (url.href.length > longestAddress) throw new AppError('addressInvalid');
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname));
  if (!secure) throw new AppError('addressNotSecure');
  return url.href;
}

/**
 * A URL that others are built from, such as an issuer (RFC 8414, 2): it has no query and is returned without a slash at its end.
 * @throws AppError `addressInvalid`, `addressNotSecure`
 */
export function requireBaseAddress(address: string): string {
  const href = requireSecureAddress(address);
  if (href.includes('?')) throw new AppError('addressInvalid');
  return href.replace(/\/+$/, '');
}

/** The host of a URL as plain text: its end, which says whose it is. */
export function hostOf(url: string, longest = 80): string {
  return plainText(new URL(url).host.slice(-longest), longest);
}
