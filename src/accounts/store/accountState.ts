/**
 * - `ready`: the refresh token has not been presented
 * - `refreshing`: it is being presented, or was, and the response is not known: perhaps it is spent
 * - `accessOnly`: the service said that the session is over, but the access token has not expired: it is used until then
 * - `expired`: the service said that the session is over; the account keeps its place until it signs in again
 * - `signingOut`: signed out here, not yet revoked at the service
 */
export const accountStates = ['ready', 'refreshing', 'accessOnly', 'expired', 'signingOut'] as const;
export type AccountState = (typeof accountStates)[number];

/**
 * The vault's words, which stay as they were first written: a record is sealed together with its state. A version that does not know
 * `accessOnly` reads it as `expired`; a field in the record tells the two apart.
 */
export const storedStates: Readonly<Record<AccountState, string>> = {
  ready: 'ready',
  refreshing: 'asking',
  accessOnly: 'ended',
  expired: 'ended',
  signingOut: 'leaving',
};
