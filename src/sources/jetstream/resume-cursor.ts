import type { StreamEndpoint, StreamPosition } from '../../model/stream-frame.ts';

/** Times of a stream are not in order, so a little of it is read again; that changes nothing. */
const REWIND_US = 5_000_000;
/** Clocks of two servers differ. */
const HOST_SWITCH_REWIND_US = 10_000_000;
/** Cursors below are sequence numbers, others times. Source: bluesky-social/jetstream v2. */
const SEQ_CURSORS_BELOW = 1e15;

/** Jetstream takes any time before its oldest event as that one. */
export const OLDEST_CURSOR = SEQ_CURSORS_BELOW;

export interface ResumeCursor {
  /** Null begins at the tip. */
  readonly cursor: number | null;
  /** True when something before may be missing: a relay's numbers mean nothing to another one. */
  readonly gap: boolean;
}

/**
 * Where a connection has to begin so that nothing behind `position` is missed.
 * @param timeOnly leaves the sequence number aside, because the server did not take it.
 */
export function resumeCursor(
  position: StreamPosition | null,
  endpoint: StreamEndpoint,
  timeOnly: boolean,
): ResumeCursor {
  if (position === null) return { cursor: null, gap: false };
  const sameHost = position.host === new URL(endpoint.url).host;
  if (sameHost && position.seq !== null && !timeOnly) return { cursor: position.seq, gap: false };
  if (endpoint.protocol === 'firehose') return { cursor: null, gap: true };
  const rewind = sameHost ? REWIND_US : HOST_SWITCH_REWIND_US;
  const cursor = position.timeUs - rewind;
  return cursor >= SEQ_CURSORS_BELOW ? { cursor, gap: false } : { cursor: null, gap: true };
}
