/** What changed in a collection since it was last read, whoever changed it: this window or another. */
export interface Change<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly T[];
}

export const noChange: Change<never> = { added: [], removed: [], changed: [] };

export function isEmpty({ added, removed, changed }: Change<unknown>): boolean {
  return added.length + removed.length + changed.length === 0;
}

/** @param isEqual whether listeners need not hear of the difference */
export function changeBetween<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  isEqual: (a: T, b: T) => boolean,
): Change<T> {
  return {
    added: [...after].filter(([id]) => !before.has(id)).map(([, value]) => value),
    removed: [...before].filter(([id]) => !after.has(id)).map(([, value]) => value),
    changed: [...after].flatMap(([id, value]) => {
      const old = before.get(id);
      return old === undefined || isEqual(old, value) ? [] : [value];
    }),
  };
}

export function mapChange<T, U>({ added, removed, changed }: Change<T>, map: (value: T) => U): Change<U> {
  return { added: added.map(map), removed: removed.map(map), changed: changed.map(map) };
}
