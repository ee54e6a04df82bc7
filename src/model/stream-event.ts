/** JSON as AT Protocol writes it: links are `{"$link"}`, bytes `{"$bytes"}`, numbers are integers. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * One event of the network, in the shape that Jetstream v1 sends; every source is decoded to it.
 * Source: bluesky-social/jetstream, `/subscribe`.
 */
export type StreamEvent = CommitEvent | IdentityEvent | AccountEvent | SyncEvent;

interface EventBase {
  readonly did: string;
  /** Unix time in µs at which the server saw it; not monotonic. */
  readonly time_us: number;
  /** Sequence number of this one server; only newer servers send it. */
  readonly cursor?: number;
}

export interface CommitEvent extends EventBase {
  readonly kind: 'commit';
  readonly commit: CommitChange;
}

export type CommitChange =
  | {
      /** TID: later revisions of a repository sort behind earlier ones. */
      readonly rev: string;
      readonly operation: 'create' | 'update';
      readonly collection: string;
      readonly rkey: string;
      readonly record: JsonObject;
      readonly cid: string;
    }
  | {
      readonly rev: string;
      readonly operation: 'delete';
      readonly collection: string;
      readonly rkey: string;
    };

export interface IdentityEvent extends EventBase {
  readonly kind: 'identity';
  readonly identity: {
    readonly did: string;
    readonly seq: number;
    /** RFC 3339. */
    readonly time: string;
    readonly handle?: string;
  };
}

export interface AccountEvent extends EventBase {
  readonly kind: 'account';
  readonly account: {
    readonly active: boolean;
    readonly did: string;
    readonly seq: number;
    /** RFC 3339. */
    readonly time: string;
    /** takendown, suspended, deleted, deactivated, desynchronized, throttled; only of inactive ones. */
    readonly status?: string;
  };
}

/** A repository was set anew; only Jetstream v2 and the firehose tell. */
export interface SyncEvent extends EventBase {
  readonly kind: 'sync';
  readonly sync: { readonly did: string; readonly rev: string; readonly time: string };
}
