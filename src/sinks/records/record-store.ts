import type { BatchOutcome, RecordBatch, StreamLease } from '../../model/record-batch.ts';
import type { GeoPoint } from '../../model/record-change.ts';
import type { StreamPosition } from '../../model/stream-frame.ts';

/** Kept of what could not be stored: a quarantined part of the stream, or a record that the database refused. */
export interface DeadLetter {
  readonly id: number;
  readonly stream: string;
  /** `rejected` holds a digest only; `refused` holds the mapped record and can be tried again. */
  readonly kind: 'rejected' | 'refused';
  readonly reason: string;
  readonly detail: string;
  readonly did: string | null;
  readonly collection: string | null;
  readonly rkey: string | null;
  readonly rev: string | null;
  readonly timeUs: number;
  readonly digest: string;
  /** The mapped change, of `refused` ones. */
  readonly change: unknown;
  /** RFC 3339. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** How often it was met. */
  readonly seen: number;
}

export interface DeadLetterQuery {
  readonly kind?: 'rejected' | 'refused';
  readonly reason?: string;
  /** Ids greater than this one. */
  readonly after: number;
  readonly limit: number;
}

export interface NearbyQuery {
  readonly table: string;
  readonly centre: GeoPoint;
  readonly radiusMetres: number;
  readonly limit: number;
}

export interface NearbyRow {
  readonly id: string;
  readonly did: string;
  readonly rkey: string;
  readonly metres: number;
  readonly displayPoint: GeoPoint;
}

/** Where records are kept: PostgreSQL with PostGIS, or one SQLite file, with one contract. */
export interface RecordStore {
  /**
   * Makes or upgrades all tables; doing so again changes nothing.
   * @throws {OperatingError} SINK_UNREACHABLE, SINK_REFUSED (a table that differs in a way that would lose data).
   */
  migrate(signal: AbortSignal): Promise<void>;
  /** @throws {OperatingError} SINK_UNREACHABLE. */
  ping(signal: AbortSignal): Promise<void>;
  /**
   * Takes the right to write the stream when nobody holds it, its time is over, or it is ours.
   * @returns null while another one holds it.
   */
  acquireLease(stream: string, holder: string, leaseMs: number): Promise<StreamLease | null>;
  /** Prolongs it. @throws {OperatingError} LEASE_LOST. */
  renewLease(lease: StreamLease): Promise<void>;
  releaseLease(lease: StreamLease): Promise<void>;
  readPosition(stream: string): Promise<StreamPosition | null>;
  /**
   * Resolves when the batch is durable as a whole.
   * @throws {OperatingError} SINK_UNREACHABLE (retryable; nothing is stored, or all was), SINK_REFUSED, LEASE_LOST.
   */
  apply(batch: RecordBatch): Promise<BatchOutcome>;
  deadLetters(query: DeadLetterQuery): Promise<readonly DeadLetter[]>;
  deadLetter(id: number): Promise<DeadLetter | null>;
  /** Applies a refused one again; true when it is stored, or newer than it is stored. Removes it then. */
  retryDeadLetter(id: number): Promise<boolean>;
  /**
   * Removes idempotency keys older than the age, pending records that waited longer (they become dead letters),
   * accounts without records of which nothing was heard for as long, and the oldest dead letters of
   * each kind beyond their bound.
   */
  prune(limits: PruneLimits): Promise<void>;
  /** Rows that are not deleted, nearest first, by the place that may be shown. */
  nearby(query: NearbyQuery): Promise<readonly NearbyRow[]>;
  /** Records that wait for others. */
  countPending(): Promise<number>;
  /** Rows that are not deleted, by table. */
  countRows(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

export interface PruneLimits {
  readonly keyAgeMs: number;
  readonly pendingAgeMs: number;
  readonly deadLettersMax: number;
}
