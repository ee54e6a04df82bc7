import type { DecodedFrame } from '../../decode/atproto/decoded-frame.ts';
import type { StreamEndpoint, StreamPosition } from '../../model/stream-frame.ts';

/**
 * Where a stream stands after one more frame. Times go back and forth a little, so the greatest one is kept; numbers
 * of another host mean nothing here, so they go with their host.
 */
export function advancePosition(
  before: StreamPosition | null,
  endpoint: StreamEndpoint,
  frame: Pick<DecodedFrame, 'events' | 'seq' | 'timeUs'>,
): StreamPosition | null {
  const { events, seq } = frame;
  if (events.length === 0 && seq === null && frame.timeUs === null) return before;
  let timeUs = Math.max(before?.timeUs ?? 0, frame.timeUs ?? 0);
  for (const event of events) timeUs = Math.max(timeUs, event.time_us);
  const { host } = new URL(endpoint.url);
  if (before === null || before.host !== host) return { timeUs, seq, host };
  return { timeUs, seq: seq ?? before.seq, host };
}
