import type { RecordChange, Rejection } from './record-change.ts';
import type { StreamPosition } from './stream-frame.ts';

/** The right to write what comes from one stream. A newer token takes it away from the holder of an older one. */
export interface StreamLease {
  readonly stream: string;
  readonly holder: string;
  readonly token: number;
}

/** What becomes durable at once: data, quarantine and cursor, or nothing. */
export interface RecordBatch {
  readonly lease: StreamLease;
  /** In the order of the stream. */
  readonly changes: readonly RecordChange[];
  readonly rejections: readonly Rejection[];
  /** Everything up to here is in this batch or an earlier one; null leaves the cursor where it is. */
  readonly position: StreamPosition | null;
}

/** What a batch came to, in records. */
export interface BatchOutcome {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Revisions that were there already, or older than what is there. */
  readonly skipped: number;
  /** Set aside until the records they refer to are there. */
  readonly pending: number;
  /** Of the pending ones of earlier batches, those whose references are there now. */
  readonly resolved: number;
  /** Refused by a constraint of the database, or too many pending ones. */
  readonly deadLetters: number;
  /** Accounts whose records were hidden or shown. */
  readonly accounts: number;
}
