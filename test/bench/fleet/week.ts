/** The simulated week: its events at the service, and a day without any. */
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export const week = 7 * day;
/** A Monday at midnight, UTC. */
export const begin = Date.parse('2026-11-23T00:00:00Z');

/** Half of the requests get a 503, the others no response. */
export const outage = { from: begin + day + 15 * hour, to: begin + day + 16 * hour };
/** The weekly windows of all accounts reset at once. */
export const commonReset = begin + 2 * day + 16 * hour;
/** Nine of ten requests get a 429: half of them with a Retry-After of 120 seconds, half with one that lasts until the end. */
export const storm = { from: begin + 4 * day + 15 * hour, to: begin + 4 * day + 15 * hour + 20 * minute };

/** A day without events, with which the same time of other days is compared. */
export const calmDay = begin + 3 * day;

/** Whether an event or its aftermath falls into this hour. */
export function isDisturbed(at: number): boolean {
  const events = [outage, { from: commonReset, to: commonReset }, storm];
  return events.some(({ from, to }) => at + hour > from && at < to + 2 * hour);
}
