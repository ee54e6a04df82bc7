import type { StreamEvent } from '../../model/stream-event.ts';
import type { StreamEndpoint, StreamPosition } from '../../model/stream-frame.ts';

/**
 * Where a stream stands after one more frame. Times go back and forth a little, so the greatest one is kept; numbers
 * of another host mean nothing here, so they go with their host.
 */
export function advancePosition(
  before: StreamPosition | null,
  frame: {
    readonly endpoint: StreamEndpoint;
    readonly events: readonly StreamEvent[];
    readonly seq: number | null;
  },
): StreamPosition | null {
  const { endpoint, events, seq } = frame;
  if (events.length === 0 && seq === null) return before;
  let timeUs = before?.timeUs ?? 0;
  for (const event of events) timeUs = Math.max(timeUs, event.time_us);
  const { host } = new URL(endpoint.url);
  if (before === null || before.host !== host) return { timeUs, seq, host };
  return { timeUs, seq: seq ?? before.seq, host };
}
