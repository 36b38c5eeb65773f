/**
 * - `ready`: the refresh token has not been presented
 * - `refreshing`: it is being presented, or was, and the response is not known: perhaps it is spent
 * - `expired`: the service said that the session is over; the account keeps its place until it signs in again
 * - `signingOut`: signed out here, not yet revoked at the service
 */
export const accountStates = ['ready', 'refreshing', 'expired', 'signingOut'] as const;
export type AccountState = (typeof accountStates)[number];

/** The vault's words, which stay as they were first written: a record is sealed together with its state. */
export const storedStates: Readonly<Record<AccountState, string>> = {
  ready: 'ready',
  refreshing: 'asking',
  expired: 'ended',
  signingOut: 'leaving',
};
