/** What failed, in the words of Node, Chromium and VS Code. */

/** The error codes along a chain of causes, each with its system call, and the codes that Chromium, Node and VS Code put into messages. */
export function reasons(error: unknown): string[] {
  const found: string[] = [];
  for (const at of causesOf(error)) {
    if ('code' in at && typeof at.code === 'string') {
      found.push('syscall' in at && typeof at.syscall === 'string' ? `${at.syscall} ${at.code}` : at.code);
    }
    found.push(
      ...(at.message.match(/net::ERR_\w+|Proxy response \(\d+\)|before secure TLS connection|socket connection to proxies/g) ?? []),
    );
  }
  return [...new Set(found)];
}

/** An error and its causes, each with the errors that it is made of. */
export function causesOf(error: unknown, depth = 0): Error[] {
  if (!(error instanceof Error) || depth >= 5) return [];
  const parts: unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error, ...parts.flatMap(part => causesOf(part, depth + 1)), ...causesOf(error.cause, depth + 1)];
}
