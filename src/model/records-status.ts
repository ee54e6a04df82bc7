/**
 * - `idle`: not wanted, because another instance writes the stream or the process stops.
 * - `connecting`: being dialled.
 * - `open`: frames are read.
 * - `paused`: open, but not read until the queue is shorter.
 * - `waiting`: backing off before it is dialled again.
 */
export type ConnectionState = 'idle' | 'connecting' | 'open' | 'paused' | 'waiting';

/** What `/readyz` answers about the indexer. Secrets and records have no place in it. */
export interface RecordsReadiness {
  /** True when records get stored, or would as soon as the lease is ours. */
  readonly ready: boolean;
  readonly stream: {
    readonly state: ConnectionState;
    /** Host name and port, null before the first attempt. */
    readonly host: string | null;
    /** Attempts in a row that failed. */
    readonly failures: number;
    /** Frames received and not yet stored. */
    readonly pending: number;
    /** Unix time in µs up to which everything is stored, null when nothing is. */
    readonly cursorTimeUs: number | null;
  };
  readonly database: {
    readonly kind: 'postgres' | 'sqlite';
    readonly reachable: boolean;
  };
  /** `standby`: another instance writes the stream. */
  readonly lease: 'held' | 'standby';
}
