/** The week that is simulated: what the service does in it, and when nothing in particular happens. */
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export const week = 7 * day;
/** A Monday at midnight, UTC. */
export const begin = Date.parse('2026-11-23T00:00:00Z');

/** Half of the requests are answered 503, the others not at all. */
export const outage = { from: begin + day + 15 * hour, to: begin + day + 16 * hour };
/** The weekly windows of all accounts reset in one moment. */
export const commonReset = begin + 2 * day + 16 * hour;
/** Nine of ten requests are answered 429: half of them with 120 seconds to wait, half with the one moment at which it ends. */
export const storm = { from: begin + 4 * day + 15 * hour, to: begin + 4 * day + 15 * hour + 20 * minute };

/** A day without events, by whose same time the others are measured. */
export const calmDay = begin + 3 * day;

/** Whether an event, or what it leaves behind, is in this hour. */
export function isDisturbed(at: number): boolean {
  const events = [outage, { from: commonReset, to: commonReset }, storm];
  return events.some(({ from, to }) => at + hour > from && at < to + 2 * hour);
}
