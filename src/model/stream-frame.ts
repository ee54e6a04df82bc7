/**
 * - `v1`: Jetstream `/subscribe`.
 * - `v2`: Jetstream `/xrpc/network.bsky.jetstream.subscribeEvents`.
 * - `firehose`: a relay's `/xrpc/com.atproto.sync.subscribeRepos`.
 */
export type StreamProtocol = 'v1' | 'v2' | 'firehose';

export interface StreamEndpoint {
  readonly url: string;
  readonly protocol: StreamProtocol;
}

/** One WebSocket message, or one entry of a recorded file, as it came. */
export interface StreamFrame {
  readonly data: Buffer;
  readonly binary: boolean;
  /** Milliseconds of `performance.now()`. */
  readonly receivedAtMs: number;
  readonly endpoint: StreamEndpoint;
}

/**
 * How far a stream was read. Times go from host to host, with some seconds of overlap; sequence numbers are of one
 * host only.
 */
export interface StreamPosition {
  /** Greatest `time_us` that is stored; 0 when none is known (a firehose). */
  readonly timeUs: number;
  /** Sequence number of `host`, or null where it sends none. */
  readonly seq: number | null;
  /** Host name and port that `seq` belongs to. */
  readonly host: string;
}
