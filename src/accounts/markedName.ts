import { createHash } from 'node:crypto';
import { plainText } from '../base/plainText.ts';

const longestLabel = 80;

/**
 * A name that no other id is ever given, by a mark of its own. VS Code keys access grants and preferences by the label and keeps them
 * after a sign-out, when nothing is left here that could say whose the label was.
 */
export function markedName(name: string, id: string, about: readonly string[] = []): string {
  const mark = createHash('sha256').update(id).digest('hex').slice(0, 8);
  const tail = `(${[...about, mark].join(', ')})`;
  return `${plainText(name, longestLabel - tail.length - 1)} ${tail}`.trimStart();
}

/** A label as an earlier version gave it, which kept text from outside as it was. */
export function safeLabel(label: string, id: string): string {
  return label === plainText(label) ? label : markedName(label, id);
}
