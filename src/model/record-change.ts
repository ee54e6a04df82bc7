import type { ColumnValue } from './record-table.ts';

/** What names a record for ever. */
export interface RecordKey {
  readonly did: string;
  readonly collection: string;
  readonly rkey: string;
}

/** Degrees, WGS 84. */
export interface GeoPoint {
  readonly lat: number;
  readonly lng: number;
}

/** Where something is, after consent was enforced. */
export interface RecordPlace {
  readonly allowPrecise: boolean;
  /** Null unless `allowPrecise`. */
  readonly precisePoint: GeoPoint | null;
  /** Geohash of six characters, or null when the place is not known. */
  readonly coarseGeohash: string | null;
  /** Where it may be shown: the precise point with consent, else a keyed random place inside the coarse cell. */
  readonly displayPoint: GeoPoint | null;
}

export interface RecordReference {
  readonly column: string;
  readonly key: RecordKey;
}

/** A valid record as it goes into its table: nothing of it is private any more. */
export interface MappedRecord {
  /** By column name; each column of the table but references. */
  readonly values: Readonly<Record<string, ColumnValue>>;
  /** Those that the record makes. */
  readonly references: readonly RecordReference[];
  /** Null where the table has no place. */
  readonly place: RecordPlace | null;
}

export interface UpsertChange {
  readonly type: 'upsert';
  readonly key: RecordKey;
  readonly rev: string;
  readonly cid: string;
  readonly timeUs: number;
  /** Revision of the lexicon that it is valid by. */
  readonly lexiconRevision: number;
  readonly record: MappedRecord;
}

export interface DeleteChange {
  readonly type: 'delete';
  readonly key: RecordKey;
  readonly rev: string;
  readonly timeUs: number;
}

export interface AccountChange {
  readonly type: 'account';
  readonly did: string;
  readonly active: boolean;
  readonly status: string | null;
  /** RFC 3339; a later one wins. */
  readonly time: string;
}

export interface IdentityChange {
  readonly type: 'identity';
  readonly did: string;
  readonly handle: string | null;
  readonly time: string;
}

export type RecordChange = UpsertChange | DeleteChange | AccountChange | IdentityChange;

/** Why something of the stream is not stored; the name is what the metrics count by. */
export type RejectReason =
  | 'ErrInvalidCBOR'
  | 'ErrMalformedJSON'
  | 'ErrMissingDID'
  | 'ErrMissingPath'
  | 'ErrMissingRecord'
  | 'ErrInvalidRecordCID'
  | 'ErrUnsupportedKind'
  | 'ErrMessageTooLarge'
  | 'ErrUnsupportedCollection'
  | 'ErrMissingField'
  | 'ErrInvalidFieldType'
  | 'ErrInvalidFieldValue'
  | 'ErrMissingRequiredField'
  | 'ErrInvalidTimestamp'
  | 'ErrProtectedData'
  | 'ErrNotOwner';

/** Something of the stream that is quarantined: its digest, never its content. */
export interface Rejection {
  readonly reason: RejectReason;
  /** What was expected and what came, at most 500 characters, without values of the record. */
  readonly detail: string;
  /** Null where not even that could be read. */
  readonly key: RecordKey | null;
  readonly rev: string | null;
  readonly timeUs: number;
  /** SHA-256 of the record's canonical JSON, or of the frame, in hex. */
  readonly digest: string;
}
