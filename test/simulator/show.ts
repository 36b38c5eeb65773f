/** Sends a page to a person. */

import type { ServerResponse } from 'node:http';

export function show(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(html);
}
