import type { Logger } from 'pino';
import type { OperatingError } from '../../core/errors.ts';
import type { RecordsOptions } from '../../model/records-options.ts';
import type { ConnectionState } from '../../model/records-status.ts';
import type { StreamPosition } from '../../model/stream-frame.ts';
import type { RecordsMetrics } from '../../ops/records-metrics.ts';
import type { RecordCollections } from '../../protocols/records/record-collections.ts';
import type { RecordStore } from '../../sinks/records/record-store.ts';

/** What lives as long as the indexer's process, and its parts share. */
export interface RecordsRun {
  readonly options: RecordsOptions;
  readonly logger: Logger;
  readonly metrics: RecordsMetrics;
  readonly collections: RecordCollections;
  readonly store: RecordStore;
  readonly state: RunState;
  /** Told of every fault that is waited out. */
  readonly onFault: (error: OperatingError) => void;
}

/** How it goes, for readiness. */
export interface RunState {
  /** Whether the tables are there. */
  migrated: boolean;
  connection: ConnectionState;
  host: string | null;
  /** Attempts in a row that failed. */
  failures: number;
  /** Frames received and not yet handled. */
  waiting: () => number;
  /** Up to where this process has stored what it read; null before that. */
  reached: StreamPosition | null;
  lease: 'held' | 'standby';
}
