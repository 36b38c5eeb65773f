/** Runs work one at a time, so that of two requests with the same refresh token exactly one is the first. */

export type TakeTurn = (work: () => Promise<void>) => Promise<void>;

export function takeTurns(): TakeTurn {
  let turn: Promise<unknown> = Promise.resolve();
  return async work => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    await mine;
  };
}
