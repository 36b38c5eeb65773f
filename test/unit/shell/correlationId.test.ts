import { expect, it } from 'vitest';
import { newCorrelationId } from '../../../src/shell/correlationId.ts';
import { redact } from '../../../src/shell/redact.ts';

it('a correlation id is short, differs from the others, and is not redacted in the log', () => {
  const ids = Array.from({ length: 200 }, newCorrelationId);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-z]{4}$/);
    expect(redact(id)).toBe(id);
  }
  expect(new Set(ids).size).toBeGreaterThan(190);
});
