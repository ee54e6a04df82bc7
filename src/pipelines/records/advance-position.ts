import type { DecodedFrame } from '../../decode/atproto/decoded-frame.ts';
import type { StreamEndpoint, StreamPosition } from '../../model/stream-frame.ts';

/**
 * Where a stream stands after one more frame. Times go back and forth a little, so the greatest one is kept; numbers
 * of another host mean nothing here, so they go with their host. On a firehose any account's server says what time it
 * is; a time that has not come yet would stay the greatest for years, and the next host would be asked for nothing
 * before it. Hence no time counts as later than now.
 * @param nowUs Unix time in µs.
 */
export function advancePosition(
  before: StreamPosition | null,
  endpoint: StreamEndpoint,
  frame: Pick<DecodedFrame, 'events' | 'seq' | 'timeUs'>,
  nowUs: number,
): StreamPosition | null {
  const { events, seq } = frame;
  if (events.length === 0 && seq === null && frame.timeUs === null) return before;
  let latestUs = frame.timeUs ?? 0;
  for (const event of events) latestUs = Math.max(latestUs, event.time_us);
  const timeUs = Math.max(before?.timeUs ?? 0, Math.min(latestUs, nowUs));
  const { host } = new URL(endpoint.url);
  if (before === null || before.host !== host) return { timeUs, seq, host };
  return { timeUs, seq: seq ?? before.seq, host };
}
