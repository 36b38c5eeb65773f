/** Cookies that last as long as the browser does. */

import type { OutgoingHttpHeaders } from 'node:http';

/** Removes the expiry: a browser would judge it by its own clock, which may differ widely from the service's. */
export function forgetCookieExpiry({ headers }: { headers: OutgoingHttpHeaders }): void {
  const cookies = headers['set-cookie'];
  if (!Array.isArray(cookies)) return;
  for (const [index, cookie] of cookies.entries()) {
    if (!cookie.includes('expires=Thu, 01 Jan 1970')) cookies[index] = cookie.replace(/; expires=[^;]+/i, '');
  }
}
