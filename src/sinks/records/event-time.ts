/**
 * Unix time in ms of an RFC 3339 time, to order events by: their texts differ in precision and offset. What JavaScript
 * has no time for, such as a leap second, counts as the oldest time there is.
 */
export function eventTimeMs(text: string): number {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? 0 : ms;
}
