import type { StreamEndpoint } from './stream-frame.ts';

/** What the record indexer is told at its start; plain data, written to a file for its process. */
export interface RecordsOptions {
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly token: string | null;
  };
  readonly store: RecordStoreLocation;
  /** Folders of lexicons and mappings. */
  readonly lexiconFolders: readonly string[];
  /** Null for all that there are mappings for. */
  readonly collections: readonly string[] | null;
  readonly source: RecordSourceOptions;
  /**
   * Name under which the lease is held. Whoever starts the process gives the same one again, and only when the last one
   * has ended: it need not wait for the lease of its own predecessor.
   */
  readonly holder: string;
  readonly jitterSecret: string;
  readonly batchMax: number;
  readonly retention: RecordRetention;
  /** Level and form of the log. */
  readonly log: { readonly level: string | null; readonly format: 'json' | 'pretty' };
  /** For crash tests: the point at which the process kills itself. */
  readonly crashPoint: { readonly name: string; readonly pass: number } | null;
}

export interface RecordStoreLocation {
  /** PostgreSQL, or null for the file. */
  readonly databaseUrl: string | null;
  readonly sqlitePath: string;
  readonly pendingMax: number;
}

/** Where events come from, and the bounds of what is under way. */
export interface RecordSourceOptions {
  /** Name of the cursor and the lease. */
  readonly stream: string;
  /** In order of preference; one is used at a time. */
  readonly endpoints: readonly StreamEndpoint[];
  /** Where to begin whatever is stored: at the tip, or at a cursor; null resumes. */
  readonly from: 'live' | number | null;
  readonly dids: readonly string[];
  readonly compress: boolean;
  readonly pauseAt: number;
  readonly resumeAt: number;
  readonly queueMax: number;
  readonly queueBytesMax: number;
  readonly pauseMaxMs: number;
  readonly idleTimeoutMs: number;
  /** Null never gives up. */
  readonly attemptsMax: number | null;
  readonly messageBytesMax: number;
  readonly leaseMs: number;
}

export interface RecordRetention {
  readonly keyAgeMs: number;
  readonly pendingAgeMs: number;
  readonly deadLettersMax: number;
}
